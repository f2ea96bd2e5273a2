"""The data set: a sample is a picture source, a sound source, a time, a label, boxes or a mask."""

import logging
import os.path as osp
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.datasets import BaseActionDataset
from mmengine.logging import print_log

from ..media import MediaError
from ..registry import DATASETS
from ..structures import LocalizationDataSample
from .annotations import AnnotationError, read_ids
from .forms import FORMS, FormFiles, FormSamples, Sample, box_notes, form_with
from .shares import hash_fraction


@DATASETS.register_module()
class AudioVisualDataset(BaseActionDataset):
    """Clips or pictures with sound, read from published annotation files as they are.

    A sample holds ``video_id``, ``filename`` (pictures), ``audio_filename`` (sound), and where its
    form has them ``label`` or, without numbers, ``label_name``, ``boxes`` (k, 4) or
    ``mask_filename``, ``moment`` (the annotated instant in seconds), ``event``, ``group``,
    ``kind``, ``sounding`` and ``span`` (the part of its files that it is). A table of
    ``docs/reference/data_sets.md`` says which files a form reads; ``docs/how_to/extend.md`` adds
    a form.

    ``metainfo=dict(classes=[...])`` replaces the files' classes, in the order of a head. The log
    lists repaired, repeated and left out entries when the data set is built; ``metainfo['subset']``
    holds the numbers of a subset.

    Args:
        ann_file: The form's main file. For VGGSound the sorted labels of *all* its rows are the
            classes.
        pipeline: Transforms.
        data_prefix: ``dict(video=...)``, folder of the clips or pictures, ``audio=...`` where the
            sound lies in files of its own, and ``mask=...`` for masks.
        form: Name of the form.
        split: Rows of this split are used, where the form has splits. Ignored when ``boxes_file``
            is given: then its entries are the samples (of ``own-clips``, the split's clips are).
        split_seed: Of a split that the form draws.
        boxes_file: Boxes; relative to ``data_root``.
        classes: Names of the classes to keep, in the order of their numbers; all of the files if
            ``None``.
        subset_file: List of identifiers (heard, 10k, a clean list), relative to ``data_root``: only
            samples that it names are kept. A pair of two clips is named by its own name or by both
            of theirs.
        exclude_file: List of identifiers that are left out, one per line; the finished clips of an
            interrupted run.
        held_out: Share of the samples that is held out for validation, at least one; which ones
            follows from their identifiers.
        part: ``'all'``, ``'fit'`` (without the held-out samples) or ``'held-out'``.
        sound: ``'own'``, or ``'other-class'`` to give every sample the sound of the next sample of
            another class: a map that follows the sound must then leave the box.
        video_suffix, audio_suffix, mask_suffix: Endings of the files; the form's own if ``None``.
        max_refetch: In training, largest number of unreadable clips in a row.
        **kwargs: As for MMAction2's ``BaseActionDataset``.

    Raises:
        AnnotationError: If a file cannot be read, no row is of the split or of the classes, or a
            class is not in the table.
        ValueError: If the arguments contradict each other or the form.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: list[Any],
        data_prefix: dict | None = None,
        *,
        form: str = 'vggsound',
        split: str = 'train',
        split_seed: int = 0,
        boxes_file: str | None = None,
        classes: Sequence[str] | None = None,
        subset_file: str | None = None,
        exclude_file: str | None = None,
        held_out: float = 0.0,
        part: str = 'all',
        sound: str = 'own',
        video_suffix: str | None = None,
        audio_suffix: str | None = None,
        mask_suffix: str | None = None,
        max_refetch: int = 20,
        **kwargs: Any,
    ) -> None:
        chosen = form_with(form, 'folders')
        if sound not in ('own', 'other-class'):
            raise ValueError(f"sound is {sound!r}, expected 'own' or 'other-class'")
        if part not in ('all', 'fit', 'held-out'):
            raise ValueError(f"part is {part!r}, expected 'all', 'fit' or 'held-out'")
        if (part == 'all') != (held_out == 0) or not 0 <= held_out < 1:
            raise ValueError(
                f'held_out is {held_out} and part is {part!r}, expected a share in (0, 1) with '
                "'fit' or 'held-out', 0 with 'all'"
            )
        data_prefix = dict(data_prefix or {'video': 'videos'})
        if lacking := [name for name in chosen.folders if not data_prefix.get(name)]:
            raise ValueError(
                f'data_prefix is {data_prefix}, expected folders of {lacking} too: '
                f'samples of the form {form!r} have files of their own there'
            )
        self.form = form
        self.split = split
        self.split_seed = split_seed
        self.held_out = held_out
        self.part = part
        self.boxes_file = boxes_file
        self.classes = tuple(classes or ())
        self.subset_file = subset_file
        self.exclude_file = exclude_file
        self.sound = sound
        self.video_suffix = video_suffix or chosen.video_suffix
        self.audio_suffix = audio_suffix or chosen.audio_suffix
        self.mask_suffix = mask_suffix or chosen.mask_suffix
        # Shared with loader processes; EpochSeedHook writes it, -1 is "not seeded".
        self.epoch_seed = torch.full((), -1, dtype=torch.int64).share_memory_()
        super().__init__(
            ann_file, pipeline, data_prefix=data_prefix, max_refetch=max_refetch, **kwargs
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read the annotation files; no media file is touched."""
        boxes_file = self._annotation(self.boxes_file)
        files = FormFiles(self.ann_file, boxes_file, self.split, self.classes, self.split_seed)
        content = FORMS[self.form].samples(files)
        samples, truth = content.samples, boxes_file or self.ann_file
        for note in (*content.notes, *box_notes(truth, samples)):
            print_log(note, 'current')
        numbers = self._numbers(content, truth)
        if path := self._annotation(self.subset_file):
            known = {*content.known, *(sample.id for sample in samples)}
            samples = self._subset(samples, path, known)
        samples = self._part(samples)
        if self.exclude_file:
            excluded = set(
                Path(self.exclude_file).read_text('utf-8', 'surrogateescape').splitlines()
            )
            samples = [sample for sample in samples if sample.id not in excluded]
        if not samples:
            raise AnnotationError(
                f'{self.ann_file}: no sample is left of part {self.part!r} '
                f'with held_out {self.held_out}'
            )
        other = self.sound == 'other-class'
        return [
            self._results(sample, _next_of_other_class(samples, i) if other else sample, numbers)
            for i, sample in enumerate(samples)
        ]

    def _numbers(self, content: FormSamples, truth: str) -> dict[str, int]:
        """Classes with their numbers; none where labels are names alone."""
        if content.classes is None:
            return {}
        place, classes = self.ann_file, self._metainfo.setdefault('classes', content.classes)
        if classes != content.classes:
            place = f'metainfo.classes, which are {len(classes)}: {", ".join(classes)[:60]} ...'
        numbers = {name: number for number, name in enumerate(classes)}
        for sample in content.samples:
            if sample.label is not None and sample.label not in numbers:
                raise AnnotationError(
                    f'{truth}: class {sample.label!r} of {sample.id} is not in {place}'
                )
        return numbers

    def _annotation(self, path: str | None) -> str | None:
        if path and self.data_root and not osp.isabs(path):
            return osp.join(self.data_root, path)
        return path

    def _subset(self, samples: list[Sample], path: str, known: set[str]) -> list[Sample]:
        """Samples that the list names. Their number is logged."""
        listed = read_ids(path)
        wanted = set(listed)
        kept = [s for s in samples if s.id in wanted or {s.picture, s.sound} <= wanted]
        used = {osp.basename(name) for s in kept for name in (s.id, s.picture, s.sound)}
        unused = wanted - used
        elsewhere = sum(name in known for name in unused)
        unknown = len(unused) - elsewhere
        self._metainfo['subset'] = dict(
            file=path, kept=len(kept), of=len(samples), elsewhere=elsewhere, unknown=unknown
        )
        print_log(
            f'{path}: {len(kept)} of {len(samples)} samples are kept; of {len(listed)} listed '
            f'identifiers {elsewhere} are of another split and {unknown} unknown, '
            f'{len(listed.repeated)} lines repeat one',
            'current',
            logging.WARNING if unused else logging.INFO,
        )
        if not kept:
            raise AnnotationError(
                f'{path}: none of its {len(listed)} identifiers is among the {len(samples)} '
                f'samples of {self.ann_file}, e.g. {listed[0]!r} and {samples[0].id!r}'
            )
        return kept

    def _part(self, samples: list[Sample]) -> list[Sample]:
        """All samples, or the chosen part."""
        if self.part == 'all':
            return samples
        count = max(1, round(self.held_out * len(samples)))
        held_out = set(sorted((sample.id for sample in samples), key=hash_fraction)[:count])
        wanted = self.part == 'held-out'
        return [sample for sample in samples if (sample.id in held_out) == wanted]

    def __getitem__(self, idx: int) -> dict:
        """A packed sample. An unreadable clip does not stop the run, and is reported.

        In training a random other clip takes its place in the batch, and the data sample records it
        (``skipped``, see ``SkippedClipsHook``). In testing nothing takes its place: the sample
        comes without inputs and tells why (``unreadable``); the recognizer and the metrics know it.

        Raises:
            MediaError: If in training ``max_refetch`` clips in a row fail.
        """
        if not self._fully_initialized:
            self.full_init()
        skipped: list[tuple[str, str]] = []
        # Drawn separately from the pipeline's randomness, which a sample's own seed repeats.
        others = np.random.default_rng([int(self.epoch_seed) + 1, idx])
        while len(skipped) <= self.max_refetch:
            try:
                packed = self.prepare_data(idx)
            except MediaError as error:
                if self.test_mode:
                    return self._without_inputs(idx, str(error))
                skipped.append((self.get_data_info(idx)['video_id'], str(error)))
                idx = int(others.integers(len(self)))
                continue
            if skipped:
                packed['data_samples'].set_metainfo({'skipped': skipped})
            return packed
        raise MediaError(
            f'{len(skipped)} clips in a row cannot be read, the last one because: {skipped[-1][1]}'
        )

    def _without_inputs(self, idx: int, reason: str) -> dict:
        info = self.get_data_info(idx)
        told = {'video_id': info['video_id'], 'unreadable': reason}
        sample = LocalizationDataSample(metainfo=told)
        if 'label' in info:
            sample.set_gt_label(info['label'])
        return {'inputs': {'imgs': None, 'audios': None}, 'data_samples': sample}

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on a sample, with randomness of its own if seeded."""
        if self.epoch_seed >= 0:
            seed = np.random.SeedSequence([int(self.epoch_seed), idx]).generate_state(1)[0]
            np.random.seed(seed)
            random.seed(int(seed))
        return super().prepare_data(idx)

    def _results(self, sample: Sample, heard: Sample, numbers: dict[str, int]) -> dict[str, Any]:
        """A sample for the pipeline, with the sound of another sample if ``sound`` says so."""
        folder = 'audio' if self.data_prefix.get('audio') else 'video'
        results: dict[str, Any] = {
            'video_id': sample.id,
            'filename': self._path('video', sample.picture),
            'audio_filename': self._path(folder, heard.sound),
            'label_name': sample.label,
            'moment': sample.moment,
            'event': sample.event,
            'group': sample.group,
            'kind': sample.kind,
            'sounding': sample.sounding,
            'span': sample.span,
        }
        if sample.label in numbers:
            results['label'] = numbers[results.pop('label_name')]
        if isinstance(sample.truth, Path):
            results['mask_filename'] = self._path('mask', str(sample.truth))
        else:
            results['boxes'] = sample.truth
        return {key: value for key, value in results.items() if value is not None}

    def _path(self, folder: str, name: str) -> str:
        return osp.join(self.data_prefix[folder], name + getattr(self, f'{folder}_suffix'))


def _next_of_other_class(samples: list[Sample], number: int) -> Sample:
    label = _class_of(samples[number])
    for step in range(1, len(samples)):
        candidate = samples[(number + step) % len(samples)]
        if _class_of(candidate) != label:
            return candidate
    raise AnnotationError("sound='other-class' needs samples of at least two classes")


def _class_of(sample: Sample) -> str:
    if sample.label is None:
        raise AnnotationError(
            f"sound='other-class' needs classes, and {sample.id} has none in this form"
        )
    return sample.label
