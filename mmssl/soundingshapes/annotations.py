"""Annotation files of a collection, written from the ground truth of its clips."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..clock import STEPS_PER_SECOND
from ..media.files import write_rows, write_text
from .plan import PlannedClip
from .truth import boxes_of_steps


def write_annotations(out: Path, clips: list[PlannedClip]) -> None:
    """Write the table, boxes, pairs, turns and negatives of a collection to its folder."""
    truths = _read_truths(out, clips)
    main = [clip for clip in clips if clip.group == 'main']
    write_rows(out / 'soundingshapes.csv', _table(main, truths))
    files = {
        'boxes_val.json': ('main', 'val'),
        'boxes_test.json': ('main', 'test'),
        'interactive.json': ('interactive', 'test'),
        'turns.json': ('main', 'turns'),
    }
    for name, place in files.items():
        chosen = [clip for clip in clips if (clip.group, clip.split) == place]
        entries = [_box_entry(clip, truths[clip.name]) for clip in chosen]
        write_text(out / name, json.dumps(entries, indent=1))
    negatives = [
        {'file': clip.name, 'kind': clip.kind, 'time': truths[clip.name]['time']}
        for clip in clips
        if clip.group == 'negative'
    ]
    write_text(out / 'negatives.json', json.dumps(negatives, indent=1))


def write_vggsound_annotations(out: Path, clips: list[PlannedClip]) -> None:
    """Write a table in VGGSound's format and boxes in VGG-SS's format to a folder."""
    truths = _read_truths(out, clips)
    write_rows(out / 'vggsound.csv', _table(clips, truths))
    entries = [_box_entry(clip, truths[clip.name]) for clip in clips if clip.split == 'test']
    published = [{k: e[k] for k in ('file', 'class', 'bbox')} for e in entries]
    write_text(out / 'vggss.json', json.dumps(published, indent=1))


def _read_truths(out: Path, clips: Iterable[PlannedClip]) -> dict[str, dict[str, Any]]:
    return {
        clip.name: json.loads((out / 'truth' / f'{clip.name}.json').read_text()) for clip in clips
    }


def _table(clips: Iterable[PlannedClip], truths: dict[str, dict[str, Any]]) -> Iterator[tuple]:
    """Rows of VGGSound's table."""
    for clip in clips:
        video, start = clip.name.rsplit('_', 1)
        yield video, int(start), truths[clip.name]['class'], clip.split


def _box_entry(clip: PlannedClip, truth: dict[str, Any]) -> dict[str, Any]:
    """Entry in VGG-SS's format: the boxes at the annotated instant, and the instant."""
    steps = boxes_of_steps(truth)
    entry = {
        'file': clip.name,
        'class': truth['class'],
        'bbox': steps[int(truth['time'] * STEPS_PER_SECOND)],
        'time': truth['time'],
        'event': truth['event'],
    }
    if clip.group == 'interactive':
        # Both members of a pair show the same picture.
        entry['group'] = clip.name[len('pairx') :]
    if clip.split == 'turns':
        turns = [source['event'] for source in (truth, *truth['also'])]
        entry['event'] = [turns[0][0], turns[-1][1]]
        entry['changes'] = [start for start, _ in turns[1:]]
        entry['steps'] = steps
    return entry
