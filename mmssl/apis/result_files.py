"""Result files of one localized input: overlay video, boxes, contact sheet, maps."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..evaluation.map_files import write_map_file
from ..media import Clip, step_at
from ..media.files import atomic_file, check_folder, write_text
from ..media.remux import VideoOptions
from ..media.writer import LOCALIZED
from ..structures import LocalizationDataSample
from ..visualization import clip_sheet
from .inputs import Input
from .overlays import MapPainter, maps_shown, write_overlay
from .predictions import facts

#: Kinds of files and the ends of their names, in the order in which they are written.
RESULT_FILES = {
    'maps': '_maps.npz',
    'boxes': '_boxes.json',
    'sheet': '_sheet.png',
    'video': LOCALIZED,
}


def result_paths(out: str | os.PathLike, name: str) -> dict[str, Path]:
    """Kind to path of the files of a name."""
    return {kind: Path(out) / f'{name}{end}' for kind, end in RESULT_FILES.items()}


def refused_names(
    out: str | os.PathLike,
    inputs: Sequence[Input],
    paths_of: Callable[[str | os.PathLike, str], dict[str, Path]] = result_paths,
) -> Callable[[str, Input], bool]:
    """A function that tells whether a name would overwrite files of another input.

    That is one of the inputs, or the results of another input from an earlier run.

    Args:
        out: Folder of the results.
        inputs: All of them.
        paths_of: Kind to path of the files of a name; ``'boxes'`` is the JSON file that names the
            input.

    Raises:
        ValueError: If results cannot be written to ``out``.
    """
    check_folder(out)
    given = {os.path.realpath(path) for item in inputs for path in (item.video, item.audio) if path}

    def refuses(name: str, item: Input) -> bool:
        paths = paths_of(out, name)
        if any(os.path.realpath(path) in given for path in paths.values()):
            return True
        return _source_in(paths['boxes']) not in (None, (item.video, item.audio))

    return refuses


def write_results(
    sample: LocalizationDataSample,
    item: Input,
    clip: Clip,
    out: str | os.PathLike,
    kinds: Sequence[str],
    video: VideoOptions | None = None,
    progress: Callable[[Iterable, int], Iterable] = lambda frames, total: frames,
) -> Iterator[tuple[str, Path]]:
    """Write the files of one input, each atomically.

    Args:
        sample: Result of the inferencer's forward stage; ``video_id`` names the files.
        item: The input.
        clip: The same, opened.
        out: Folder, made where it is missing.
        kinds: Some of :data:`RESULT_FILES`.
        video: Size, rate and quality of the video; the defaults if ``None``.
        progress: Wraps the frames of the video, given with their number, to show how far it is.

    Yields:
        Kind and path of each written file.

    Raises:
        MediaError: If the video cannot be rewritten; all other files are there by then.
    """
    paths = result_paths(out, sample.video_id)
    maps = sample.pred_map.numpy()
    shown = maps_shown(maps, clip)
    for kind in filter(kinds.__contains__, RESULT_FILES):
        if kind == 'maps':
            write_map_file(paths[kind], sample.video_id, maps)
        elif kind == 'boxes':
            write_text(paths[kind], json.dumps(facts(sample, item), indent=1))
        elif kind == 'sheet':
            _write_sheet(paths[kind], clip, sample, shown)
        else:
            write_overlay(paths[kind], item, clip, [MapPainter(shown)], video, progress)
        yield kind, paths[kind]


def _source_in(path: Path) -> tuple | None:
    """Video and sound of a JSON file of results; ``None`` without such a file."""
    try:
        result = json.loads(path.read_text(encoding='utf-8'))
        return result['video'], result.get('audio')
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # not ours: never the same as an input's


def _write_sheet(path: Path, clip: Clip, sample: LocalizationDataSample, maps: np.ndarray) -> None:
    moments = sorted(sample.pred_moments, key=lambda moment: moment['time'])
    sheet = clip_sheet(
        clip,
        maps,
        times=[moment['time'] for moment in moments],
        boxes=[[moment['box']] for moment in moments],
        titles=[_title(moment, sample) for moment in moments],
        curve=sample.pred_agreement.numpy() if 'pred_agreement' in sample else None,
    )
    with atomic_file(path) as partial:
        sheet.savefig(partial, dpi=110)


def _title(moment: dict, sample: LocalizationDataSample) -> str:
    """Time and class of a moment and, below, the words that are heard in it."""
    title = f'{moment["time"]:.1f} s  {moment.get("class", "")}'.rstrip()
    if 'heard_words' not in sample:
        return title
    heard = sample.heard_words[step_at(moment['time'])]
    return '\n'.join([title, *(f'{word} {score:.2f}' for word, score in heard)])
