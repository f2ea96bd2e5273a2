"""Draw mid-frames and selected moments side by side: spectrograms with marks, and frames.

Examples:
    python -m projects.mining_pictures.moments moments.json \\
        --videos data/vggsound/videos --out pictures
    python -m projects.mining_pictures.moments moments.json \\
        --videos data/soundingshapes/videos --truth data/soundingshapes/truth \\
        --ids test-000000_000000 --out pictures
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.collection.clip_files import ClipFolder
from mmssl.datasets.annotations import read_scored_moments
from mmssl.media import Clip, log_mel
from mmssl.media.paths import FILE_IN, FOLDER_IN
from mmssl.media.video import DECODER
from mmssl.soundingshapes import ClipTruth, read_truth

from .moment_page import MomentCase, moments_page
from .pages import (
    Drawn,
    add_page_options,
    at_least_one,
    chosen_clips,
    draw_pages,
    tell,
    time_within,
)

#: Faults of the mid-frame, by the behaviour outside a SoundingShapes event.
FAILURES = {
    'silent': 'audio-wise: the event sounds elsewhere',
    'hidden': 'visual-wise: the object is out of the picture, and silent',
    'offscreen': 'visual-wise: the object is out of the picture, its sound continues',
    'cut': 'visual-wise: another scene',
    'fade': 'visual-wise: faded to black',
}


def visualize_moments(
    moments_file: str | os.PathLike,
    videos: str | os.PathLike,
    out: str | os.PathLike,
    *,
    ids: Sequence[str] | None = None,
    truth: str | os.PathLike | None = None,
    top: int = 3,
    count: int = 12,
    per_page: int = 3,
    dpi: int = 130,
    decoder: str = DECODER,
) -> Drawn:
    """Draw mid-frames and selected moments side by side.

    Args:
        moments_file: Moments, best first, in either format.
        videos: Folder of the video files.
        out: Folder for ``moments_001.png`` and so on.
        ids: Clips to draw; the first ``count`` of the file if ``None``.
        truth: Folder of SoundingShapes' truth files: the event is shaded, and
            the title names the fault of the mid-frame.
        top: Number of moments for each clip.
        count: Number of clips to draw without ``ids``.
        per_page: Number of clips on a page.
        dpi: Pixels per inch of the pages.
        decoder: Decoder, ``'pyav'`` or ``'decord'``.

    Raises:
        ValueError: If a file is malformed, the folder holds no video, or the moments lack a clip
            of ``ids``.
    """
    at_least_one(top=top, count=count, per_page=per_page, dpi=dpi)
    moments = read_scored_moments(moments_file)
    clips = ClipFolder(videos, decoder)

    def make(name: str) -> MomentCase:
        clip = clips.open(name)
        return _moment_case(name, clip, moments[name][:top], truth)

    names = chosen_clips(moments, ids, count, moments_file)
    items = ((name, name) for name in names)
    return draw_pages(items, make, moments_page, Path(out) / 'moments', per_page, dpi)


def _moment_case(
    name: str,
    clip: Clip,
    moments: Sequence[tuple[float, float | None]],
    truth: str | os.PathLike | None,
) -> MomentCase:
    times = [time_within(time, name, clip) for time, _ in moments]
    mid = clip.duration / 2
    known = read_truth(truth, name) if truth else None
    frames = clip.frames(np.array([mid, *times]))
    return MomentCase(
        title=_moment_title(name, known, mid),
        spectrogram=log_mel(clip.samples(0, clip.duration)).numpy(),
        mid=mid,
        mid_frame=frames[0],
        times=times,
        frames=frames[1:],
        scores=[score for _, score in moments],
        event=known.event if known else None,
    )


def _moment_title(name: str, known: ClipTruth | None, mid: float) -> str:
    if known is None:
        return name
    state = 'the mid-frame is inside the event'
    if not known.sounds_at(mid):
        state = FAILURES.get(known.outside, f'outside the event: {known.outside}')
    return f'{name}: {known.label_name} ({state})'


def main() -> int:
    parser = Parser(__doc__)
    parser.add_argument('moments', type=FILE_IN, help='moments file that mmssl moments wrote')
    add_page_options(parser, 'clips', 3)
    parser.add_argument('--truth', type=FOLDER_IN, help="folder of SoundingShapes' truth files")
    parser.add_argument('--top', type=int, default=3, help='number of moments for each clip')
    args = vars(parser.checked_args())
    drawn = visualize_moments(args.pop('moments'), args.pop('videos'), args.pop('out'), **args)
    return tell(drawn)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.mining_pictures.moments'))
