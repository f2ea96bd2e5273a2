"""Forms of videos without annotations: a folder, and the boxes that a model found in it."""

from pathlib import Path

from ..media.video import VIDEO_SUFFIXES
from ..media.writer import is_result
from . import annotations as ann
from .forms import Form, FormFiles, FormSamples, Sample, register


def folder(files: FormFiles) -> FormSamples:
    """Video files of a folder, which is ``ann_file``; nothing is annotated."""
    paths = sorted(Path(files.ann_file).glob('[!.]*'))
    videos = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
    samples = [Sample(path.name) for path in videos if not is_result(path)]
    if not samples:
        raise ann.AnnotationError(
            f'{files.ann_file}: no videos, expected files that end with '
            f'{" ".join(sorted(VIDEO_SUFFIXES))}'
        )
    return FormSamples(samples)


def pseudo_labels(files: FormFiles) -> FormSamples:
    """Boxes that ``mmssl boxes`` wrote for a folder of videos: their classes are the labels."""
    samples = [
        Sample(name, entry['boxes'], label=entry['label_name'], moment=entry.get('time'))
        for name, entry in ann.read_named_boxes(files.ann_file)
    ]
    return FormSamples(samples, sorted({str(sample.label) for sample in samples}))


# Names of files are whole: a folder may hold videos of several kinds.
register(Form('folder', folder, video_suffix='', audio_suffix=''))
register(
    Form(
        'pseudo-labels', pseudo_labels, video_suffix='', audio_suffix='', own_data='--pseudo-labels'
    )
)
