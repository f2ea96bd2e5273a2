"""Published forms: how annotation files become samples.

A form is a function from :class:`FormFiles` to :class:`FormSamples`. Its samples
name their files without folder and ending:

- ``video_id``, ``picture``, ``sound`` and, with masks, ``mask``
- ``label`` (index into the form's classes) and ``label_name``, where there are
  classes; a name alone where the form has them as text only
- ``boxes`` ``(k, 4)``, ``moment`` (s), ``event``, ``group``, ``kind``
- ``sounding``: ``False`` where nothing visible sounds

No media file is touched. What a form left out or found odd stands in ``notes``.
"""

import os.path as osp
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .annotations import (
    AnnotationError,
    class_names,
    count_boxes,
    read_avsbench,
    read_boxes,
    read_flickr_boxes,
    read_ids,
    read_is3,
    read_negatives,
    read_pairs,
    read_vggsound_table,
    read_vggsound_test,
)

#: VGG-SS annotates frame 125 of clips with 25 frames a second.
VGGSS_TIME = 5.0


@dataclass(frozen=True)
class FormFiles:
    """Where a form's annotation files lie, and what is wanted of them."""

    ann_file: str
    boxes_file: str | None = None
    split: str = 'train'


@dataclass
class FormSamples:
    """What a form read.

    Attributes:
        samples: See the module's text.
        classes: Names of the labels, or ``None``.
        known: Identifiers that the files name, those of other splits too.
        notes: Sentences for the log.
    """

    samples: list[dict[str, Any]]
    classes: list[str] | None = None
    known: Iterable[str] = ()
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Form:
    """A reader, and the endings that its files have unless told otherwise.

    Attributes:
        read: From files to samples.
        video_suffix, audio_suffix, mask_suffix: Endings.
        needs: Folders that ``data_prefix`` must name: where pictures are
            stills, the sound lies in files of its own.
    """

    read: Callable[[FormFiles], FormSamples]
    video_suffix: str = '.mp4'
    audio_suffix: str = '.wav'
    mask_suffix: str = '.png'
    needs: tuple[str, ...] = ('video',)


def vggsound(files: FormFiles) -> FormSamples:
    """VGGSound's four-column table; with ``boxes_file`` exactly its VGG-SS entries."""
    return _classified(files, read_vggsound_table(files.ann_file))


def vggsound_test(files: FormFiles) -> FormSamples:
    """VGGSound's two-column test list; with ``boxes_file`` exactly its VGG-SS entries."""
    return _classified(files, read_vggsound_test(files.ann_file))


def flickr_soundnet(files: FormFiles) -> FormSamples:
    """A list of identifiers; with ``boxes_file`` the folder of their XML files."""
    ids = read_ids(files.ann_file)
    notes = _repeated_notes(files.ann_file, ids)
    samples = [_own(name) for name in ids]
    if files.boxes_file:
        boxes = read_flickr_boxes(files.boxes_file, ids)
        samples = [{**sample, 'boxes': boxes[sample['video_id']]} for sample in samples]
        notes += _box_notes(files.boxes_file, samples)
    return FormSamples(samples, known=ids, notes=notes)


def extended(files: FormFiles) -> FormSamples:
    """Pairs of pictures and sounds, and the sounding ones with their boxes.

    Positives are the rows of the table that are labelled with a class. The
    published tables have none: then they are all entries of ``boxes_file``, or
    of a folder of XML files those that the table names as pictures.
    """
    pairs = read_pairs(files.ann_file)
    if not files.boxes_file:
        raise AnnotationError(
            f'{files.ann_file}: the extended form needs boxes_file for its sounding samples'
        )
    boxes = _boxes_by_id(files.boxes_file, [pair.video for pair in pairs])
    positives = [_positive(files, boxes, pair) for pair in pairs if pair.sounding]
    positives = positives or [{**_own(name), **entry} for name, entry in boxes.items()]
    timed = 'moment' in positives[0]
    negatives = [
        {**_pair(pair), **_moment_of(boxes, pair.video, timed)}
        for pair in pairs
        if not pair.sounding
    ]
    same = sum(pair.video == pair.audio for pair in pairs if not pair.sounding)
    notes = [
        f'{files.ann_file}: {len(positives)} sounding and {len(negatives)} non-sounding samples; '
        f'{same} of the latter name one video as picture and as sound',
        *_box_notes(files.boxes_file, positives),
    ]
    samples = [{**sample, 'sounding': True} for sample in positives] + negatives
    known = {name for s in samples for name in (s['video_id'], s['picture'], s['sound'])}
    return FormSamples(samples, known=known, notes=notes)


def is3(files: FormFiles) -> FormSamples:
    """IS3's objects: one sample each, two share a picture (``group``)."""
    samples = read_is3(files.ann_file)
    known = [sample['video_id'] for sample in samples]
    return FormSamples(samples, known=known, notes=_box_notes(files.ann_file, samples))


def avsbench_s4(files: FormFiles) -> FormSamples:
    """AVSBench S4: ``CLASS/VIDEO/VIDEO_k`` and the sound ``CLASS/VIDEO``."""

    def paths(row):
        folder = osp.join(row.label, row.video)
        frame = osp.join(folder, row.video_id)
        return {'picture': frame, 'sound': folder, 'mask': frame}

    return _masked(files, paths)


def avsbench_ms3(files: FormFiles) -> FormSamples:
    """AVSBench MS3: pictures ``VIDEO/VIDEO.mp4_k``, masks ``VIDEO/VIDEO_k``."""

    def paths(row):
        return {
            'picture': osp.join(row.video, f'{row.video}.mp4_{row.second}'),
            'sound': row.video,
            'mask': osp.join(row.video, row.video_id),
        }

    return _masked(files, paths)


def negatives(files: FormFiles) -> FormSamples:
    """Clips in which nothing visible sounds, with the kind of their sound.

    With ``boxes_file`` its entries are the sounding samples beside them.
    """
    samples = []
    if files.boxes_file:
        for name, entry in _boxes_by_id(files.boxes_file, ()).items():
            samples.append({**_own(name), **entry, 'sounding': True})
    for entry in read_negatives(files.ann_file):
        moment = entry.pop('time')
        samples.append({**_own(entry['video_id']), **entry, 'moment': moment, 'sounding': False})
    return FormSamples(samples, known=[sample['video_id'] for sample in samples])


_STILLS = {'video_suffix': '.jpg', 'needs': ('video', 'audio')}
_MASKED = {'video_suffix': '.png', 'needs': ('video', 'audio', 'mask')}

#: Forms by the name that configs give them.
FORMS: dict[str, Form] = {
    'vggsound': Form(vggsound),
    'vggsound-test': Form(vggsound_test),
    'flickr-soundnet': Form(flickr_soundnet, **_STILLS),
    'extended': Form(extended),
    'is3': Form(is3, **_STILLS),
    'avsbench-s4': Form(avsbench_s4, **_MASKED),
    'avsbench-ms3': Form(avsbench_ms3, **_MASKED),
    'negatives': Form(negatives),
}

#: Forms whose truth, if there is any, lies in ``boxes_file``.
BOXES_APART = ('vggsound', 'vggsound-test', 'flickr-soundnet', 'extended')


def _classified(files, table):
    classes = class_names(table)
    index = {name: label for label, name in enumerate(classes)}
    notes = _repeated_notes(files.ann_file, table)
    known = {row.video_id for row in table}
    if files.boxes_file:
        samples = _annotated(files, index)
        notes += _box_notes(files.boxes_file, samples)
        known.update(sample['video_id'] for sample in samples)
    else:
        rows = [row for row in table if row.split == files.split]
        if not rows:
            splits = sorted({row.split for row in table})
            raise AnnotationError(
                f'{files.ann_file}: no row of split {files.split!r}, found {splits}'
            )
        samples = [{**_own(row.video_id), 'label': index[row.label]} for row in rows]
    return FormSamples(samples, classes, known, notes)


def _annotated(files, index):
    samples = []
    for entry in read_boxes(files.boxes_file):
        name = entry.pop('label_name')
        if name not in index:
            raise AnnotationError(
                f'{files.boxes_file}: class {name!r} of {entry["video_id"]} '
                f'is not in {files.ann_file}'
            )
        moment = entry.pop('time', VGGSS_TIME)
        samples.append({**_own(entry['video_id']), **entry, 'moment': moment, 'label': index[name]})
    return samples


def _masked(files, paths):
    rows = read_avsbench(files.ann_file)
    samples = [
        {
            'video_id': row.video_id,
            **paths(row),
            'label_name': row.label,
            'moment': row.moment,
        }
        for row in rows
    ]
    known = [row.video_id for row in rows]
    return FormSamples(samples, known=known, notes=_repeated_notes(files.ann_file, rows))


def _boxes_by_id(path, pictures):
    if osp.isdir(path):
        found = read_flickr_boxes(path, dict.fromkeys(pictures))
        return {name: {'boxes': boxes} for name, boxes in found.items()}
    return {
        entry['video_id']: {
            'boxes': entry['boxes'],
            'label_name': entry['label_name'],
            'moment': entry.get('time', VGGSS_TIME),
        }
        for entry in read_boxes(path)
    }


def _positive(files, boxes, pair):
    if pair.video not in boxes:
        raise AnnotationError(
            f'{files.boxes_file}: no boxes of {pair.video}, which {files.ann_file} calls sounding'
        )
    return {**_pair(pair), **boxes[pair.video]}


def _moment_of(boxes, video, timed):
    """Pictures of non-sounding pairs are taken at the instant that boxes belong to."""
    return {'moment': boxes.get(video, {}).get('moment', VGGSS_TIME)} if timed else {}


def _pair(pair):
    """A sample of two clips; its name tells it from the picture's own."""
    sample = {'picture': pair.video, 'sound': pair.audio, 'sounding': pair.sounding}
    if pair.sounding and pair.video == pair.audio:
        return {'video_id': pair.video, **sample}
    return {'video_id': f'{pair.video}+{pair.audio}', **sample}


def _own(name):
    return {'video_id': name, 'picture': name, 'sound': name}


def _repeated_notes(path, rows):
    if not rows.repeated:
        return []
    lines = ', '.join(map(str, rows.repeated[:5])) + (', ...' if len(rows.repeated) > 5 else '')
    differ = f', {len(rows.conflicting)} of them with other content' if rows.conflicting else ''
    return [
        f'{path}: {len(rows.repeated)} repeated lines are left out, the first of each stays'
        f'{differ} (lines {lines})'
    ]


def _box_notes(path, samples):
    counts = count_boxes([sample['boxes'] for sample in samples])
    return [f'{path}: {counts}'] if counts.odd else []
