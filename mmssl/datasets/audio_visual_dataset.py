"""The data set: a sample is a picture source, a sound source, a label, boxes."""

import os.path as osp
import random
from hashlib import sha256
from typing import Any

import numpy as np
import torch
from mmaction.datasets import BaseActionDataset

from ..media import MediaError
from ..registry import DATASETS
from ..structures import LocalizationDataSample
from .annotations import AnnotationError, class_names, read_boxes, read_vggsound_table

#: VGG-SS annotates frame 125 of clips with 25 frames a second.
VGGSS_TIME = 5.0


@DATASETS.register_module()
class AudioVisualDataset(BaseActionDataset):
    """Clips of a table in VGGSound's form, with boxes in VGG-SS form if given.

    A sample holds ``video_id``, ``filename`` (pictures), ``audio_filename``
    (sound), ``label``, and with boxes ``boxes`` (k, 4), ``moment`` (the
    annotated instant in seconds) and, where known, ``event`` and ``group``.

    Args:
        ann_file: Table ``YouTube ID,start seconds,label,split``. The sorted
            labels of *all* its rows are the classes.
        pipeline: Transforms.
        data_prefix: ``dict(video=...)``, folder of the clips, and
            ``audio=...`` where the sound lies in files of its own.
        split: Rows of this split are used. Ignored when ``boxes_file`` is
            given: then exactly its entries are the samples.
        boxes_file: Boxes in VGG-SS form; relative to ``data_root``.
        held_out: Share of the split's rows that is held out for validation,
            at least one row; which ones follows from their identifiers.
        part: ``'all'``, ``'fit'`` (without the held-out rows) or ``'held-out'``.
        sound: ``'own'``, or ``'other-class'`` to give every sample the sound
            of the next sample of another class: a map that follows the sound
            must then leave the box.
        video_suffix, audio_suffix: Endings of the files.
        max_refetch: In training, so many clips in a row may be unreadable.
        **kwargs: As for MMAction2's ``BaseActionDataset``.

    Raises:
        AnnotationError: If a file cannot be read, no row is of the split, or
            an entry's class is not in the table.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: list[Any],
        data_prefix: dict | None = None,
        *,
        split: str = 'train',
        boxes_file: str | None = None,
        held_out: float = 0.0,
        part: str = 'all',
        sound: str = 'own',
        video_suffix: str = '.mp4',
        audio_suffix: str = '.wav',
        max_refetch: int = 20,
        **kwargs: Any,
    ) -> None:
        if sound not in ('own', 'other-class'):
            raise ValueError(f"sound is {sound!r}, expected 'own' or 'other-class'")
        if part not in ('all', 'fit', 'held-out'):
            raise ValueError(f"part is {part!r}, expected 'all', 'fit' or 'held-out'")
        if (part == 'all') != (held_out == 0) or not 0 <= held_out < 1:
            raise ValueError(
                f'held_out is {held_out} and part is {part!r}, expected a share in (0, 1) with '
                "'fit' or 'held-out', 0 with 'all'"
            )
        self.split = split
        self.held_out = held_out
        self.part = part
        self.boxes_file = boxes_file
        self.sound = sound
        self.video_suffix = video_suffix
        self.audio_suffix = audio_suffix
        # Shared with loader processes; EpochSeedHook writes it, -1 is "not seeded".
        self.epoch_seed = torch.full((), -1, dtype=torch.int64).share_memory_()
        data_prefix = dict(data_prefix or {'video': 'videos'})
        super().__init__(
            ann_file, pipeline, data_prefix=data_prefix, max_refetch=max_refetch, **kwargs
        )

    def load_data_list(self) -> list[dict]:
        """Read the annotation files; no media file is touched."""
        table = read_vggsound_table(self.ann_file)
        classes = class_names(table)
        self._metainfo['classes'] = classes
        index = {name: label for label, name in enumerate(classes)}
        if self.boxes_file:
            samples = self._annotated_samples(index)
        else:
            samples = [
                {'video_id': row.video_id, 'label': index[row.label]} for row in self._rows(table)
            ]
        if not samples:
            splits = sorted({row.split for row in table})
            raise AnnotationError(
                f'{self.ann_file}: no row of split {self.split!r}, found {splits}'
            )
        for number, sample in enumerate(samples):
            self._add_files(sample, samples, number)
        return samples

    def _rows(self, table):
        """Rows of the split, or the part of them that is asked for."""
        rows = [row for row in table if row.split == self.split]
        if self.part == 'all' or not rows:
            return rows
        count = max(1, round(self.held_out * len(rows)))
        names = sorted(
            (row.video_id for row in rows), key=lambda name: sha256(name.encode()).digest()
        )
        held_out = set(names[:count])
        wanted = self.part == 'held-out'
        return [row for row in rows if (row.video_id in held_out) == wanted]

    def __getitem__(self, idx: int) -> dict:
        """A packed sample; a clip that cannot be read stops nothing and hides nothing.

        In training a random other clip takes its place in the batch, and the
        data sample tells of it (``skipped``, see ``SkippedClipsHook``). In
        testing nothing takes its place: the sample comes without inputs and
        tells why (``unreadable``); the recognizer and the metrics know it.

        Raises:
            MediaError: If in training ``max_refetch`` clips in a row fail.
        """
        if not self._fully_initialized:
            self.full_init()
        skipped: list[tuple[str, str]] = []
        # Drawn apart from the pipeline's randomness, which a sample's own seed repeats.
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

    def _without_inputs(self, idx, reason):
        info = self.get_data_info(idx)
        sample = LocalizationDataSample(
            metainfo={'video_id': info['video_id'], 'unreadable': reason}
        )
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

    def _annotated_samples(self, index):
        path = self.boxes_file
        if self.data_root and not osp.isabs(path):
            path = osp.join(self.data_root, path)
        samples = []
        for entry in read_boxes(path):
            name = entry.pop('label_name')
            if name not in index:
                raise AnnotationError(
                    f'{path}: class {name!r} of {entry["video_id"]} is not in {self.ann_file}'
                )
            entry['moment'] = entry.pop('time', VGGSS_TIME)
            samples.append({**entry, 'label': index[name]})
        return samples

    def _add_files(self, sample, samples, number):
        source = sample
        if self.sound == 'other-class':
            source = _next_of_other_class(samples, number)
        sample['filename'] = self._path('video', sample, self.video_suffix)
        folder, suffix = 'video', self.video_suffix
        if self.data_prefix.get('audio'):
            folder, suffix = 'audio', self.audio_suffix
        sample['audio_filename'] = self._path(folder, source, suffix)

    def _path(self, folder, sample, suffix):
        return osp.join(self.data_prefix[folder], sample['video_id'] + suffix)


def _next_of_other_class(samples, number):
    label = samples[number]['label']
    for step in range(1, len(samples)):
        candidate = samples[(number + step) % len(samples)]
        if candidate['label'] != label:
            return candidate
    raise AnnotationError("sound='other-class' needs samples of at least two classes")
