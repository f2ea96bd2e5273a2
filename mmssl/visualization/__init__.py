"""Drawing: maps over pictures, boxes, spectrograms, contact sheets, pages for comparison."""

from .boxes import BoxCase, BoxPanel, boxes_page
from .drawing import draw_box, draw_spectrogram, overlay_map
from .moments import MomentCase, moments_page
from .sheets import contact_sheet, result_grid

__all__ = [
    'BoxCase',
    'BoxPanel',
    'MomentCase',
    'boxes_page',
    'contact_sheet',
    'draw_box',
    'draw_spectrogram',
    'moments_page',
    'overlay_map',
    'result_grid',
]
