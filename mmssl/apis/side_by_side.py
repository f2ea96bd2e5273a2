"""One video of an input under the maps of two models, side by side."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..localization import map_correlation
from ..media.files import write_text
from ..media.remux import VideoOptions
from ..media.video import DECODER, require_decoder
from ..media.writer import SIDE_BY_SIDE
from .display import Display
from .inputs import as_inputs, result_names
from .localizer import Localizer
from .opened import OpenedInput, named_error, notes_of, open_input
from .overlays import MapPainter, maps_shown, write_overlay
from .result_files import refused_names
from .windows import localize_with_each


def side_by_side_paths(out: str | os.PathLike, name: str) -> dict[str, Path]:
    """Kind to path of the files of a name."""
    video = Path(out) / f'{name}{SIDE_BY_SIDE}'
    return {'video': video, 'boxes': video.with_suffix('.json')}


def localize_side_by_side(
    models: Mapping[str, Localizer],
    inputs: Any,
    out_dir: str | os.PathLike,
    *,
    decoder: str = DECODER,
    video: VideoOptions | None = None,
    show_progress: bool = True,
) -> Iterator[dict[str, Any]]:
    """Write, for each input, one video with the maps of several models, and the similarity of the
    maps.

    All maps have one clock and one colour rule: for each model, the lower 30 % of its values in the
    video have no colour, and the 99.5 % quantile has the hottest. Values of different models have
    different units.

    Args:
        models: Models by the names above their pictures, from left to right.
        inputs: As for :class:`mmssl.apis.inferencer.SoundLocalizationInferencer`.
        out_dir: Folder for ``NAME_side_by_side.mp4`` and ``NAME_side_by_side.json``: ``video``,
            ``audio``, ``duration``, ``models``, and the ``correlation`` of the first two models'
            maps of every step, see :func:`mmssl.localization.map_correlation`.
        decoder: Of the pictures.
        video: Size, rate and quality; the size is that of all pictures together.
        show_progress: Show a progress bar on the standard error stream.

    Returns:
        Results, as soon as they are ready: dicts of ``input``, ``files`` (kind to path),
        ``failed``, the reason or ``None``, and ``notes``, as
        :meth:`SoundLocalizationInferencer.stream` gives them.

    Raises:
        ValueError: If there are fewer than two models, or the decoder or an input is of another
            kind.
    """
    if len(models) < 2:
        raise ValueError(f'{len(models)} models are given, expected two with different names')
    require_decoder(decoder)
    items = as_inputs(inputs)
    refuses = refused_names(out_dir, items, side_by_side_paths)
    names = result_names(items, refuses)
    display = Display(show_progress)

    def results() -> Iterator[dict[str, Any]]:
        for item, name in zip(items, names):
            opened = open_input(item, name, decoder)
            result: dict[str, Any] = {
                'input': item.label,
                'files': {},
                'failed': opened.unreadable,
                'notes': [],
            }
            if opened.clip is not None:
                try:
                    result['notes'] = notes_of(opened.clip)
                    result['files'] = _write(models, opened, out_dir, video, display)
                except Exception as error:  # one input never stops the others
                    result['failed'] = named_error(item, error)
            yield result

    return display.inputs(results(), len(items))


def _write(
    models: Mapping[str, Localizer],
    opened: OpenedInput,
    out_dir: str | os.PathLike,
    video: VideoOptions | None,
    display: Display,
) -> dict[str, Path]:
    clip: Any = opened.clip
    localized = localize_with_each(models, clip, display.windows)
    maps = {name: maps_shown(found.maps, clip) for name, found in localized.items()}
    paths = side_by_side_paths(out_dir, opened.name)
    first, second, *_ = maps.values()
    facts = {
        'video': opened.item.video,
        'audio': opened.item.audio,
        'duration': round(clip.duration, 3),
        'models': [*models],
        'correlation': [round(value, 4) for value in map_correlation(first, second).tolist()],
    }
    write_text(paths['boxes'], json.dumps(facts, indent=1))
    painters = [MapPainter(values, name) for name, values in maps.items()]
    progress = display.frames(opened.item.label)
    write_overlay(paths['video'], opened.item, clip, painters, video, progress)
    return paths
