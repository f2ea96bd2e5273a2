"""Drawing: maps over pictures, boxes, spectrograms, contact sheets, pages of samples.

Functions named ``draw`` and ``overlay`` take and return arrays; pictures are uint8 RGB ``(H, W,
3)``. Others return figures of matplotlib, which :func:`figure_pixels` renders.

- :mod:`drawing`: marks on pictures
- :mod:`axes`, :mod:`text`: pictures, spectrograms and text of figures
- :mod:`sheets`: pages of pictures
- :mod:`clips`: the maps of a whole clip, over its frames and on a sheet
- :mod:`captions`: a line of text over a picture
- :mod:`samples`: a sheet of one sample
- :mod:`visualizer`: such sheets for MMEngine's backends. This module is registered and belongs to a
  higher floor, so it is not imported here.
"""

from .captions import Caption
from .clips import StepLayers, clip_sheet, draw_sheet, overlay_maps
from .drawing import (
    MAP_COLOURS,
    MapLayer,
    draw_box,
    draw_boxes,
    draw_mask,
    draw_spectrogram,
    overlay_map,
)
from .samples import SampleCase, sample_page
from .sheets import confusion_sheet, contact_sheet, figure_pixels, result_grid

__all__ = [
    'MAP_COLOURS',
    'Caption',
    'MapLayer',
    'SampleCase',
    'StepLayers',
    'clip_sheet',
    'confusion_sheet',
    'contact_sheet',
    'draw_box',
    'draw_boxes',
    'draw_mask',
    'draw_sheet',
    'draw_spectrogram',
    'figure_pixels',
    'overlay_map',
    'overlay_maps',
    'result_grid',
    'sample_page',
]
