"""Drawing: maps over pictures, boxes, spectrograms, contact sheets, pages of samples.

:mod:`visualizer`, which hands such pages to MMEngine's backends, is registered and stands a
floor higher: it is not imported here.
"""

from .drawing import MAP_COLOURS, MapLayer, draw_box, draw_mask, draw_spectrogram, overlay_map
from .samples import SampleCase, sample_page
from .sheets import contact_sheet, figure_pixels, result_grid

__all__ = [
    'MAP_COLOURS',
    'MapLayer',
    'SampleCase',
    'contact_sheet',
    'draw_box',
    'draw_mask',
    'draw_spectrogram',
    'figure_pixels',
    'overlay_map',
    'result_grid',
    'sample_page',
]
