"""Forms of videos that nobody has annotated: a folder, and the boxes that a model found in it."""

from pathlib import Path

from ..media.video import VIDEO_SUFFIXES
from . import annotations as ann
from .forms import Form, FormFiles, FormSamples, Sample, register

#: What localizing writes beside videos is none of them.
_LOCALIZED = '_localized.mp4'


def folder(files: FormFiles) -> FormSamples:
    """Video files of a folder, which is ``ann_file``; nothing is annotated."""
    paths = sorted(Path(files.ann_file).glob('[!.]*'))
    videos = [path.name for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
    samples = [Sample(name) for name in videos if not name.endswith(_LOCALIZED)]
    if not samples:
        raise ann.AnnotationError(
            f'{files.ann_file}: no videos, expected files that end with '
            f'{" ".join(sorted(VIDEO_SUFFIXES))}'
        )
    return FormSamples(samples)


def pseudo_labels(files: FormFiles) -> FormSamples:
    """Boxes that ``mmssl boxes`` wrote for a folder of videos: their classes are the labels."""
    entries, names = ann.read_boxes(files.ann_file), ann.file_names(files.ann_file)
    samples = [
        Sample(name, entry['boxes'], label=entry['label_name'], moment=entry.get('time'))
        for entry, name in zip(entries, names)
    ]
    return FormSamples(samples, sorted({entry['label_name'] for entry in entries}))


# Names of files are whole: a folder may hold videos of several kinds.
register(Form('folder', folder, video_suffix='', audio_suffix=''))
register(Form('pseudo-labels', pseudo_labels, video_suffix='', audio_suffix='', mined=True))
