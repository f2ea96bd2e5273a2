"""The forms of published annotation files; the table at the end holds their facts."""

import os.path as osp
from collections.abc import Iterable
from dataclasses import replace
from os import PathLike
from pathlib import Path

from . import annotations as ann
from .forms import Form, FormFiles, FormSamples, Sample, register

#: VGG-SS annotates frame 125 of clips with 25 frames a second.
VGGSS_TIME = 5.0
#: Folders, and the ending of pictures.
_STILLS = (('video', 'audio'), '.jpg')
_FRAMES = (('video', 'audio', 'mask'), '.png')


def vggss(files: FormFiles) -> FormSamples:
    """Boxes in VGG-SS form alone."""
    return FormSamples(_boxed(files.ann_file))


def vggsound(files: FormFiles) -> FormSamples:
    """VGGSound's four-column table; with ``boxes_file`` exactly its VGG-SS entries."""
    return _classified(files, ann.read_vggsound_table(files.ann_file))


def vggsound_test(files: FormFiles) -> FormSamples:
    """VGGSound's two-column test list; with ``boxes_file`` exactly its VGG-SS entries."""
    return _classified(files, ann.read_vggsound_test(files.ann_file))


def flickr_soundnet(files: FormFiles) -> FormSamples:
    """A list of identifiers; with ``boxes_file`` the folder of their XML files.

    Without a list the samples are all files of the folder.
    """
    ids = ann.read_ids(files.ann_file) if files.ann_file else None
    boxes = ann.read_flickr_boxes(files.boxes_file, ids) if files.boxes_file else {}
    samples = [Sample(name, boxes.get(name)) for name in ids or boxes]
    return FormSamples(samples, notes=repeated_note(files.ann_file, ids) if ids else [])


def extended(files: FormFiles) -> FormSamples:
    """Pairs of pictures and sounds, and the sounding ones with their boxes.

    Positives are the rows of the table that are labelled with a class. The
    published tables have none: then they are all entries of ``boxes_file``, or
    of a folder of XML files those that the table names as pictures.
    """
    pairs = ann.read_pairs(files.ann_file)
    if not files.boxes_file:
        raise ann.AnnotationError(
            f'{files.ann_file}: the extended form needs boxes_file for its sounding samples'
        )
    boxed = _sounding(files.boxes_file, [pair.video for pair in pairs])
    for pair in pairs:
        if pair.sounding and pair.video not in boxed:
            raise ann.AnnotationError(
                f'{files.boxes_file}: no boxes of {pair.video}, which {files.ann_file} calls '
                'sounding'
            )
    positives = [_pair(pair, boxed[pair.video]) for pair in pairs if pair.sounding]
    positives = positives or list(boxed.values())
    silent = [pair for pair in pairs if not pair.sounding]
    # Pictures of non-sounding pairs are taken at the instant that boxes belong to.
    moments = {name: sample.moment for name, sample in boxed.items()}
    other = None if positives[0].moment is None else VGGSS_TIME
    negatives = [_pair(p, Sample('', moment=moments.get(p.video, other))) for p in silent]
    same = sum(pair.video == pair.audio for pair in silent)
    note = (
        f'{files.ann_file}: {len(positives)} sounding and {len(negatives)} non-sounding samples; '
        f'{same} of the latter name one video as picture and as sound'
    )
    samples = positives + negatives
    known = {name for sample in samples for name in (sample.picture, sample.sound)}
    return FormSamples(samples, known=known, notes=[note])


def is3(files: FormFiles) -> FormSamples:
    """IS3's objects: one sample each, two share a picture (``group``)."""
    samples = [
        Sample(e['video_id'], e['boxes'], sound=e['sound'], label=e['label_name'], group=e['group'])
        for e in ann.read_is3(files.ann_file)
    ]
    return FormSamples(samples)


def avsbench(files: FormFiles) -> FormSamples:
    """A folder of AVSBench's masks, at any depth."""
    masks = sorted(Path(files.ann_file).rglob('*.png'))
    if not masks:
        raise ann.AnnotationError(f'{files.ann_file}: no masks, expected png files in it or below')
    return FormSamples([Sample(mask.stem, mask) for mask in masks])


def avsbench_s4(files: FormFiles) -> FormSamples:
    """AVSBench S4: ``CLASS/VIDEO/VIDEO_k`` and the sound ``CLASS/VIDEO``."""
    return _masked(files, by_class=True)


def avsbench_ms3(files: FormFiles) -> FormSamples:
    """AVSBench MS3: pictures ``VIDEO/VIDEO.mp4_k``, masks ``VIDEO/VIDEO_k``."""
    return _masked(files, by_class=False)


def negatives(files: FormFiles) -> FormSamples:
    """Clips in which nothing visible sounds, with the kind of their sound.

    With ``boxes_file`` its entries are the sounding samples beside them.
    """
    positives = _sounding(files.boxes_file).values() if files.boxes_file else ()
    silent = [
        Sample(e['video_id'], moment=e['time'], kind=e['kind'], sounding=False)
        for e in ann.read_negatives(files.ann_file)
    ]
    return FormSamples([*positives, *silent])


def _classified(files: FormFiles, table: ann.Rows[ann.TableRow]) -> FormSamples:
    if files.boxes_file:
        samples = _boxed(files.boxes_file)
    else:
        samples = [Sample(r.video_id, label=r.label) for r in table if r.split == files.split]
    if not samples:
        raise no_row_of_split(files, (row.split for row in table))
    known = [row.video_id for row in table]
    return FormSamples(samples, ann.class_names(table), known, repeated_note(files.ann_file, table))


def _masked(files: FormFiles, by_class: bool) -> FormSamples:
    rows, samples = ann.read_avsbench(files.ann_file), []
    for row in rows:
        folder = osp.join(row.label, row.video) if by_class else row.video
        mask = osp.join(folder, row.video_id)
        picture = mask if by_class else osp.join(folder, f'{row.video}.mp4_{row.second}')
        samples.append(Sample(row.video_id, Path(mask), picture, folder, row.label, row.moment))
    return FormSamples(samples, notes=repeated_note(files.ann_file, rows))


def _boxed(path: str | PathLike) -> list[Sample]:
    """Entries in VGG-SS form."""
    return [
        Sample(
            entry['video_id'],
            entry['boxes'],
            label=entry['label_name'],
            moment=entry.get('time', VGGSS_TIME),
            event=tuple(entry['event']) if 'event' in entry else None,
            group=entry.get('group'),
            steps=entry.get('steps'),
        )
        for entry in ann.read_boxes(path)
    ]


def _sounding(path: str | PathLike, pictures: Iterable[str] = ()) -> dict[str, Sample]:
    """Sounding samples by identifier: entries in VGG-SS form, or pictures of a folder of XML."""
    if osp.isdir(path):
        boxes = ann.read_flickr_boxes(path, dict.fromkeys(pictures))
        return {name: Sample(name, truth, sounding=True) for name, truth in boxes.items()}
    return {s.id: replace(s, event=None, group=None, sounding=True) for s in _boxed(path)}


def _pair(pair: ann.Pair, known: Sample) -> Sample:
    """A sample of two clips; its name tells it from the picture's own."""
    whole = pair.sounding and pair.video == pair.audio
    return replace(
        known,
        id=pair.video if whole else f'{pair.video}+{pair.audio}',
        picture=pair.video,
        sound=pair.audio,
        sounding=pair.sounding,
    )


def no_row_of_split(files: FormFiles, splits: Iterable[str]) -> ann.AnnotationError:
    """The error of a table that has rows of other splits alone."""
    return ann.AnnotationError(
        f'{files.ann_file}: no row of split {files.split!r}, found {sorted({*splits})}'
    )


def repeated_note(path: str | PathLike, rows: ann.Rows) -> list[str]:
    if not rows.repeated:
        return []
    lines = ', '.join(map(str, rows.repeated[:5])) + (', ...' if len(rows.repeated) > 5 else '')
    differ = f', {len(rows.conflicting)} of them with other content' if rows.conflicting else ''
    return [
        f'{path}: {len(rows.repeated)} repeated lines are left out, the first of each stays'
        f'{differ} (lines {lines})'
    ]


for _form in (
    Form('vggss', vggss, 'vggss', identify=ann.canonical_id),
    Form('vggsound', vggsound, boxes_apart=True),
    Form('vggsound-test', vggsound_test, boxes_apart=True),
    Form('flickr-soundnet', flickr_soundnet, 'flickr-soundnet', *_STILLS, boxes_apart=True),
    Form('extended', extended, 'extended', boxes_apart=True, needs_pairs=True),
    Form('is3', is3, 'interactive', *_STILLS),
    Form('avsbench', avsbench, 'avsbench', folders=()),
    Form('avsbench-s4', avsbench_s4, '', *_FRAMES),
    Form('avsbench-ms3', avsbench_ms3, '', *_FRAMES),
    Form('negatives', negatives),
):
    register(_form)
