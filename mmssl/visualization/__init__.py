"""Drawing: maps over pictures, boxes, spectrograms, contact sheets."""

from .drawing import draw_box, overlay_map
from .sheets import contact_sheet, result_grid

__all__ = ['contact_sheet', 'draw_box', 'overlay_map', 'result_grid']
