"""Forms of annotation files, which turn files into samples.

Data sets and the evaluation of maps in files read the same samples. No media file is touched.
The package's forms are in :mod:`published_forms`, :mod:`labelled_forms`, :mod:`folder_forms` and
:mod:`own_forms`; ``docs/how_to/extend.md`` adds one.

- :class:`Sample`: one sample
- :class:`Form`, :class:`FormFiles`, :class:`FormSamples`: from files to samples
- :data:`FORMS`, :func:`register`, :func:`names_with`, :func:`form_with`: the registry
- :func:`require_classes`: chosen classes
- :func:`box_notes`: faults of the boxes of samples
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from ..evaluation.protocols import PROTOCOLS
from ..spelling import did_you_mean
from .annotations import AnnotationError, count_boxes


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture and a sound with their annotation.

    Attributes:
        id: Identifier.
        truth: Boxes, float64 ``(k, 4)``, xyxy fractions of the full frame, or the path of a
            mask (in a data set below its folder of masks, without ending); ``None`` where
            nothing is annotated.
        picture, sound: Names of the files, without folder and ending; ``id`` if left out.
        label: Name of its class.
        moment: Instant that the truth belongs to (s).
        event: Start and end of the sound (s).
        steps: Boxes ``(k, 4)`` of every step of 100 ms, where they move or change.
        span: Start and end (s) of the part of its files that is the sample.
        group: Name that the samples of one picture share.
        kind: Kind of the sound where nothing visible sounds.
        sounding: Whether something visible sounds, where the files say so.

    Raises:
        ValueError: If the identifier is not a text, or the truth is neither boxes nor a path.
    """

    id: str
    truth: np.ndarray | Path | None = None
    picture: str = ''
    sound: str = ''
    label: str | None = None
    moment: float | None = None
    event: tuple[float, float] | None = None
    group: str | None = None
    kind: str | None = None
    sounding: bool | None = None
    span: tuple[float, float] | None = None
    steps: Sequence[np.ndarray] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str):
            raise ValueError(f'id of a sample is {self.id!r}, expected a text')
        object.__setattr__(self, 'picture', self.picture or self.id)
        object.__setattr__(self, 'sound', self.sound or self.id)
        if self.truth is None or isinstance(self.truth, Path):
            return
        if not isinstance(self.truth, np.ndarray) or self.truth.shape[1:] != (4,):
            held = f'{type(self.truth).__name__} of shape {np.shape(self.truth)}'
            raise ValueError(
                f'{self.id}: truth is a {held}, expected an array of boxes (k, 4), or the Path of '
                'a mask'
            )


@dataclass(frozen=True)
class FormFiles:
    """Annotation files of a form, and the chosen part of them.

    Attributes:
        ann_file: The main file; empty if there is only ``boxes_file``.
        boxes_file: File or folder of boxes.
        split: Part of the main file, where it has parts; ``'test'`` for maps in files.
        classes: Names of the chosen classes; all classes if empty.
        seed: Of a split that is drawn.
    """

    ann_file: str | PathLike = ''
    boxes_file: str | PathLike | None = None
    split: str = 'train'
    classes: tuple[str, ...] = ()
    seed: int = 0


@dataclass
class FormSamples:
    """Samples that a form has read.

    Attributes:
        samples: In the order of the files.
        classes: All labels in the order of their numbers, or ``None`` if they have none.
        known: Identifiers that the files name beside those of the samples.
        notes: Sentences for the log.
    """

    samples: list[Sample]
    classes: list[str] | None = None
    known: Iterable[str] = ()
    notes: list[str] = field(default_factory=list)


#: Folders that samples can have files in.
FOLDERS = ('video', 'audio', 'mask')


@dataclass(frozen=True)
class Form:
    """A form of annotation files.

    Attributes:
        name: Its name in configs and for ``--form``.
        read: Function from files to samples.
        protocol: Default protocol of maps in files; empty if the form is only for data sets.
        folders: Folders that ``data_prefix`` must name; empty if the form is for maps in files
            alone.
        video_suffix, audio_suffix, mask_suffix: Endings, unless the data set is told others; empty
            where samples name files as a whole.
        identify: Brings the name of a map, or a line of a list, to the samples' identifiers.
        boxes_apart: Whether the truth, if there is any, lies in ``boxes_file``.
        needs_pairs: Whether maps in files need ``ann_file`` too, which is a table of pairs.
        own_data: Option that names ``ann_file`` where it is the user's own, with any classes: they
            decide on the width of a head. Empty for published files.

    Raises:
        ValueError: If a fact is malformed.
    """

    name: str
    read: Callable[[FormFiles], FormSamples]
    protocol: str = ''
    folders: tuple[str, ...] = ('video',)
    video_suffix: str = '.mp4'
    audio_suffix: str = '.wav'
    mask_suffix: str = '.png'
    identify: Callable[[str], str] = str
    boxes_apart: bool = False
    needs_pairs: bool = False
    own_data: str = ''

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f'name of a form is {self.name!r}, expected a text')
        for fact in ('read', 'identify'):
            if not callable(getattr(self, fact)):
                raise ValueError(
                    f'{fact} of form {self.name!r} is {getattr(self, fact)!r}, expected a function'
                )
        if not isinstance(self.folders, tuple) or not {*self.folders} <= {*FOLDERS}:
            raise ValueError(
                f'folders of form {self.name!r} are {self.folders!r}, expected a tuple of some of '
                f'{FOLDERS}'
            )
        for folder in FOLDERS:
            suffix = getattr(self, f'{folder}_suffix')
            # Names of files may be whole.
            if suffix != '' and not str(suffix).startswith('.'):
                raise ValueError(
                    f'{folder}_suffix of form {self.name!r} is {suffix!r}, expected an ending such '
                    f"as '.mp4'"
                )

    def samples(self, files: FormFiles) -> FormSamples:
        """Content of the files by :attr:`read`, limited to the chosen classes.

        Raises:
            ValueError: If :attr:`read` gives something else than samples.
            AnnotationError: If the files have no such class.
        """
        content = self.read(files)
        reader = f'{_place(self.read)}, which reads form {self.name!r},'
        if not isinstance(content, FormSamples):
            raise ValueError(
                f'{reader} gives a {type(content).__name__}, expected FormSamples(samples, ...)'
            )
        if not isinstance(content.samples, Sequence):
            raise ValueError(f'{reader} gives samples {content.samples!r}, expected a list')
        for number, sample in enumerate(content.samples):
            if not isinstance(sample, Sample):
                raise ValueError(
                    f'{reader} gives a {type(sample).__name__} as sample {number}, expected a '
                    'Sample(id, truth, ...)'
                )
        return _of_classes(content, files) if files.classes else content


#: Forms by name.
FORMS: dict[str, Form] = {}


def register(form: Form) -> None:
    """Register a form.

    Raises:
        ValueError: If it is no form, another form has this name, or no protocol has the name that
            it gives.
    """
    if not isinstance(form, Form):
        raise ValueError(f'{form!r} is not a form, expected Form(name, read, ...)')
    if form.protocol and form.protocol not in PROTOCOLS:
        raise ValueError(
            f'protocol of form {form.name!r} is {form.protocol!r}, expected one that is registered '
            f'before the form, of {tuple(PROTOCOLS)}{did_you_mean(form.protocol, PROTOCOLS)}'
        )
    known = _place(FORMS.get(form.name, form).read)
    # The same lines may be run again, in a notebook.
    if known != _place(form.read):
        raise ValueError(f'form {form.name!r} is read by {known} already: take another name')
    FORMS[form.name] = form


def _place(reader: Callable) -> str:
    """Source of a function, or of the class of a callable object."""
    written = reader if hasattr(reader, '__qualname__') else type(reader)
    return f'{written.__module__}.{written.__qualname__}'


def names_with(fact: str) -> list[str]:
    """Names of the forms with a true fact, such as ``'needs_pairs'``."""
    return [name for name, form in FORMS.items() if getattr(form, fact)]


def form_with(name: str, fact: str) -> Form:
    """The form of a name, if it has a true fact.

    Raises:
        ValueError: If not.
    """
    if name not in (known := sorted(names_with(fact))):
        raise ValueError(f'form is {name!r}, expected one of {known}{did_you_mean(name, known)}')
    return FORMS[name]


def require_classes(files: FormFiles, known: Iterable[str]) -> None:
    """Check that the chosen classes exist.

    Raises:
        AnnotationError: If one is unknown or named twice.
    """
    known = list(known)
    for number, name in enumerate(files.classes):
        if name not in known:
            raise AnnotationError(
                f'classes name {name!r}, which {files.ann_file} does not have'
                f'{did_you_mean(name, known)}'
            )
        if name in files.classes[:number]:
            raise AnnotationError(f'classes name {name!r} twice, expected each once')


def _of_classes(content: FormSamples, files: FormFiles) -> FormSamples:
    """The samples of some of the classes, which are numbered in the given order."""
    if content.classes is None:
        raise AnnotationError(
            f'classes are {list(files.classes)}, but the labels of {files.ann_file} have no '
            'numbers: leave classes out'
        )
    require_classes(files, content.classes)
    chosen = set(files.classes)
    kept = [sample for sample in content.samples if sample.label in chosen]
    left = len(content.samples) - len(kept)
    notes = [f'{files.ann_file}: {left} samples of other classes are left out'] if left else []
    known = {*content.known, *(sample.id for sample in content.samples)}
    return FormSamples(kept, list(files.classes), known, [*content.notes, *notes])


def box_notes(path: str | PathLike, samples: Iterable[Sample]) -> list[str]:
    """A sentence about faults of boxes that no score shows, or none.

    Args:
        path: Where the boxes are from.
        samples: The samples. Silent ones and those without boxes are ignored.
    """
    truths = [sample.truth for sample in samples if sample.sounding is not False]
    counts = count_boxes([truth for truth in truths if isinstance(truth, np.ndarray)])
    return [f'{path}: {counts}'] if counts.odd else []
