"""Forms of annotation files: which files become which samples.

Data sets and the evaluation of maps in files read the same samples. No media file is touched.
The published forms are in :mod:`published_forms`; ``docs/extending.md`` adds one.

- :class:`Sample`: one sample
- :class:`Form`, :class:`FormFiles`, :class:`FormSamples`: from files to samples
- :data:`FORMS`, :func:`register`, :func:`names_with`, :func:`form_with`: the registry
- :func:`box_notes`: faults of the boxes of samples
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from .annotations import count_boxes


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
        group: Name that the samples of one picture share.
        kind: Kind of the sound where nothing visible sounds.
        sounding: Whether something visible sounds, where the files say so.

    Raises:
        ValueError: If the truth is neither boxes nor a path.
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

    def __post_init__(self) -> None:
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
    """Annotation files of a form, and the part of them that is asked for.

    Attributes:
        ann_file: The main file; empty if there is only ``boxes_file``.
        boxes_file: File or folder of boxes.
        split: Part of the main file, where it has parts; ``'test'`` for maps in files.
    """

    ann_file: str | PathLike = ''
    boxes_file: str | PathLike | None = None
    split: str = 'train'


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


@dataclass(frozen=True)
class Form:
    """A form of annotation files.

    Attributes:
        name: Its name in configs and for ``--form``.
        read: Function from files to samples.
        protocol: Protocol of maps in files unless another is asked for; empty if the form is for
            data sets alone.
        folders: Folders that ``data_prefix`` must name; empty if the form is for maps in files
            alone.
        video_suffix, audio_suffix, mask_suffix: Endings, unless the data set is told others.
        identify: Brings the name of a map, or a line of a list, to the samples' identifiers.
        boxes_apart: Whether the truth, if there is any, lies in ``boxes_file``.
        needs_pairs: Whether maps in files need ``ann_file`` too, which is a table of pairs.
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


#: Forms by name.
FORMS: dict[str, Form] = {}


def register(form: Form) -> None:
    """Make a form known.

    Raises:
        ValueError: If another form has this name.
    """
    known, new = FORMS.get(form.name, form).read, form.read
    # The same lines may be run again, in a notebook.
    if (known.__module__, known.__qualname__) != (new.__module__, new.__qualname__):
        place = f'{known.__module__}.{known.__qualname__}'
        raise ValueError(f'form {form.name!r} is read by {place} already: take another name')
    FORMS[form.name] = form


def names_with(fact: str) -> list[str]:
    """Names of the forms of which a fact is true, as ``'needs_pairs'``."""
    return [name for name, form in FORMS.items() if getattr(form, fact)]


def form_with(name: str, fact: str) -> Form:
    """The form of a name, if a fact is true of it.

    Raises:
        ValueError: If not.
    """
    if name not in (known := sorted(names_with(fact))):
        raise ValueError(f'form is {name!r}, expected one of {known}')
    return FORMS[name]


def box_notes(path: str | PathLike, samples: Iterable[Sample]) -> list[str]:
    """A sentence about faults of boxes that no score shows, or none.

    Args:
        path: Where the boxes are from.
        samples: Those that do not sound, or have no boxes, are passed over.
    """
    truths = [sample.truth for sample in samples if sample.sounding is not False]
    counts = count_boxes([truth for truth in truths if isinstance(truth, np.ndarray)])
    return [f'{path}: {counts}'] if counts.odd else []
