"""Drawing: maps over pictures, boxes, spectrograms, contact sheets, pages of samples.

- :mod:`drawing`: marks on pictures
- :mod:`axes`, :mod:`text`: pictures, spectrograms and text of figures
- :mod:`sheets`: pages of pictures
- :mod:`captions`: a line of text over a picture
- :mod:`samples`: a sheet of one sample
- :mod:`visualizer`: such sheets for MMEngine's backends. This module is registered and stands on a
  higher floor, so it is not imported here.
"""

from .captions import Caption
from .drawing import MAP_COLOURS, MapLayer, draw_box, draw_mask, draw_spectrogram, overlay_map
from .samples import SampleCase, sample_page
from .sheets import contact_sheet, figure_pixels, result_grid

__all__ = [
    'MAP_COLOURS',
    'Caption',
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
