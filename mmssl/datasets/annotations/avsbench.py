"""AVSBench: frames with masks of the sounding objects."""

import os
import re
from dataclasses import dataclass

from .text import AnnotationError, Rows, cell_name, columns, shown, unique_rows

_FRAME = re.compile(r'(.+)_([1-9][0-9]?)\Z')


@dataclass(frozen=True, slots=True)
class MaskRow:
    """A frame of a 5 s clip: ``second`` counts from 1."""

    video: str
    second: int
    label: str

    @property
    def video_id(self) -> str:
        """Name of the frame."""
        return f'{self.video}_{self.second}'

    @property
    def moment(self) -> float:
        """Middle of the second that the frame belongs to, in seconds."""
        return self.second - 0.5


def read_avsbench(path: str | os.PathLike) -> Rows[MaskRow]:
    """Read a list of S4 or MS3.

    Args:
        path: CSV file without a header: ``VIDEO_k,class``; MS3 names several
            classes, with commas and in quotes.

    Returns:
        Its rows, in order; ``repeated`` tells the lines that name a frame again.

    Raises:
        AnnotationError: If a row is not of that form.
    """
    return unique_rows(path, _row)


def _row(place: str, cells: list[str]) -> MaskRow:
    frame, label = columns(place, cells, 'VIDEO_k, class')
    match = _FRAME.match(cell_name(place, 'frame', frame))
    if not match:
        raise AnnotationError(
            f'{place}: frame is {shown(frame)}, expected VIDEO_k with the second k from 1'
        )
    # S4 keeps its files in a folder of the class.
    return MaskRow(match[1], int(match[2]), cell_name(place, 'class', label))
