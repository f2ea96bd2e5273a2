"""The form of the user's own clips: a folder for each class, or a table."""

import os
import os.path as osp
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..media.files import absence
from ..media.video import VIDEO_SUFFIXES
from ..media.writer import is_result
from . import annotations as ann
from .forms import Form, FormFiles, FormSamples, Sample, register
from .own_boxes import with_boxes
from .shares import hash_fraction

#: Share of a class's recordings that is held out for a missing split.
HELD_OUT = 0.15
#: A class of fewer recordings is held out clip by clip.
_FEW_RECORDINGS = 3
_EXPECTED = (
    'expected CLASS/VIDEO.mp4, or {train,val,test}/CLASS/VIDEO.mp4, or a table with the columns '
    'path,label[,split][,start,end]'
)


def own_clips(files: FormFiles) -> FormSamples:
    """Clips of ``ann_file``: a folder with a folder for each class, or a table.

    A folder may have such folders in ``train``, ``val`` and ``test``, and a table a column
    ``split``. Each missing split gets :data:`HELD_OUT` of the recordings of every class, at least
    one of three; names and ``seed`` decide which ones. ``boxes_file`` holds boxes of the clips for
    validation and test.
    """
    place = Path(files.ann_file)
    rows, notes = _of_table(place) if place.is_file() else _of_folder(place)
    classes = sorted({row.label for row in rows})
    rows, more = _divided(rows, files.seed)
    chosen = [row for row in rows if row.split == files.split]
    if not chosen:
        counts = Counter(row.split for row in rows)
        raise ann.AnnotationError(
            f'{place}: no clip of split {files.split!r}, found {dict(counts)}; classes need three '
            'clips each for a split that is held out'
        )
    samples = [
        Sample(r.clip, picture=r.path, sound=r.path, label=r.label, span=r.span) for r in chosen
    ]
    if files.boxes_file:
        root = place.parent if place.is_file() else place
        known = [row.path for row in rows]
        samples, told = with_boxes(samples, files.boxes_file, root, classes, known)
        more += told
    return FormSamples(samples, classes, [row.clip for row in rows], [*notes, *more])


def _of_table(path: Path) -> tuple[list[ann.ClipRow], list[str]]:
    """Rows whose files exist."""
    rows = ann.read_clip_table(path)
    there = {row.path: osp.isfile(osp.join(path.parent, row.path)) for row in rows}
    found = [row for row in rows if there[row.path]]
    missing = [name for name, is_there in there.items() if not is_there]
    if not found:
        raise ann.AnnotationError(
            f'{path}: none of its {len(there)} files is there, e.g. '
            f'{osp.join(path.parent, missing[0])}; paths are relative to the folder of the table'
        )
    notes = [_counted(path, len(missing), 'files are missing', missing)] if missing else []
    if rows.repeated:
        again = f'{len(rows.conflicting)} of them with another label or split'
        lines = map(str, rows.repeated)
        notes.append(_counted(path, len(rows.repeated), f'lines repeat a clip, {again}', lines))
    return found, notes


def _of_folder(root: Path) -> tuple[list[ann.ClipRow], list[str]]:
    """Videos of the folders of classes, in splits or not."""
    if not root.is_dir():
        raise ann.AnnotationError(absence(root, 'folder'))
    names = _folders(root)
    splits = [name for name in names if name in ann.SPLITS]
    rows: list[ann.ClipRow] = []
    left_out: list[str] = [f'{name}/' for name in names if splits and name not in splits]
    for split in splits or ['']:
        for label in _folders(root / split):
            folder = osp.join(split, label)
            for name in sorted(os.listdir(root / folder)):
                if _is_video(root / folder / name):
                    rows.append(ann.ClipRow(osp.join(folder, name), label, split))
                elif not name.startswith('.'):
                    left_out.append(osp.join(folder, name))
    if not rows:
        raise ann.AnnotationError(f'{root}: {_found_instead(root, left_out)}, {_EXPECTED}')
    notes = [_counted(root, len(left_out), 'names are not videos', left_out)] if left_out else []
    return rows, notes


def _folders(place: Path) -> list[str]:
    return sorted(p.name for p in place.iterdir() if p.is_dir() and not p.name.startswith('.'))


def _is_video(path: Path) -> bool:
    """Whether a path is an existing video. A link may be broken."""
    if path.name.startswith('.') or path.suffix.lower() not in VIDEO_SUFFIXES:
        return False
    # Results that localizing writes beside the videos are left out.
    return path.is_file() and not is_result(path)


def _found_instead(root: Path, left_out: Sequence[str]) -> str:
    if videos := sum(_is_video(path) for path in root.iterdir()):
        return f'holds {videos} videos beside each other, which tells no classes'
    if left_out:
        return f'no videos in the folders of its folders, but e.g. {left_out[0]}'
    return 'no folders of videos'


def _counted(place: Path, count: int, text: str, names: Iterable[str]) -> str:
    return f'{place}: {count} {text} and left out, e.g. {", ".join([*names][:3])}'


def _divided(rows: Sequence[ann.ClipRow], seed: int) -> tuple[list[ann.ClipRow], list[str]]:
    """Rows that all have a split, and notes on those that got one."""
    given = [split for split in ann.SPLITS if any(row.split == split for row in rows)]
    if given and 'train' not in given:
        raise ann.AnnotationError(f'only the splits {given} are given, expected train, too')
    missing = [split for split in ('val', 'test') if split not in given]
    if not missing:
        return list(rows), []
    splits: dict[str, str] = {}
    small = []
    for label in sorted({row.label for row in rows}):
        members = [row for row in rows if row.label == label and row.split in ('', 'train')]
        splits |= _held_out(members, missing, seed)
        if len({splits[row.clip] for row in members}) <= len(missing):
            small.append(label)
    divided = [replace(row, split=splits.get(row.clip, row.split)) for row in rows]
    return divided, _notes_on(divided, missing, small)


def _held_out(members: Sequence[ann.ClipRow], missing: Sequence[str], seed: int) -> dict[str, str]:
    """Splits of a class's clips. Parts of one recording stay together where there are enough."""
    by_file = len({row.path for row in members}) >= _FEW_RECORDINGS
    unit = {row.clip: row.path if by_file else row.clip for row in members}
    order = sorted(
        {*unit.values()}, key=lambda name: hash_fraction(f'{seed}/{name}' if seed else name)
    )
    share, split_of = max(1, round(HELD_OUT * len(order))), dict.fromkeys(order, 'train')
    for split in missing:
        # The last one is trained on.
        taken, order = order[: min(share, len(order) - 1)], order[min(share, len(order) - 1) :]
        split_of |= dict.fromkeys(taken, split)
    return {clip: split_of[name] for clip, name in unit.items()}


def _notes_on(
    rows: Sequence[ann.ClipRow], missing: Sequence[str], small: Sequence[str]
) -> list[str]:
    counts = Counter(row.split for row in rows)
    notes = [
        f'held out for {" and ".join(missing)}, as there is no such split: '
        + ', '.join(f'{counts[split]} clips {split}' for split in ann.SPLITS)
    ]
    if small:
        notes.append(f'too few clips for every split: {", ".join(small[:5])}')
    splits_of: dict[str, set[str]] = {}
    for row in rows:
        splits_of.setdefault(row.path, set()).add(row.split)
    if shared := [path for path, splits in splits_of.items() if len(splits) > 1]:
        notes.append(
            f'{len(shared)} recordings have clips in several splits, e.g. {shared[0]}: what is '
            'measured on them is too good'
        )
    return notes


# Names of files are whole: a folder may hold videos of several kinds.
register(
    Form(
        'own-clips',
        own_clips,
        protocol='vggss',
        video_suffix='',
        audio_suffix='',
        own_data='--data-root',
    )
)
