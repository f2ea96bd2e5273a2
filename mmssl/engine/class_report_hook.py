"""Report of accuracies, confusions, and the clips that are most often wrong."""

import logging
import os.path as osp
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..evaluation import functional as F
from ..files import atomic_file
from ..media.files import write_rows
from ..registry import HOOKS
from ..structures import LocalizationDataSample
from ..visualization import confusion_sheet

#: Columns of ``PART_wrong.csv``.
WRONG = ['clip', 'wrong', 'of', 'class', 'predicted', 'score']
#: Head whose mistakes are listed; it uses sound and picture.
_MAIN = 'av'


@dataclass(frozen=True)
class _Clip:
    """Class of a clip, and the class that each head predicts, with its score."""

    label: int
    predicted: dict[str, tuple[int, float]]


@HOOKS.register_module()
class ClassReportHook(Hook):
    """Write the class scores of a validation or a test, and warn about heads near chance.

    The last validation of a training, and every test, writes to the work directory:

    - ``PART_classes.csv``: clips and accuracy of every class, one column for each head,
    - ``PART_confusion_HEAD.csv`` and ``.png``,
    - ``PART_wrong.csv``: clips ordered by the number of mistakes of the head on sound and picture,
      over all validations of the run.

    ``PART`` is ``val`` or ``test``. After a training, a warning names the heads whose accuracy is
    near chance (:func:`mmssl.evaluation.functional.is_near_chance`), and the remedies.
    """

    def __init__(self) -> None:
        self._clips: dict[str, _Clip] = {}
        self._wrong: Counter[str] = Counter()
        self._rounds = 0

    def _before_epoch(self, runner: Runner, mode: str = 'train') -> None:
        if mode != 'train':
            self._clips = {}

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Sequence[LocalizationDataSample] | dict | None = None,
        mode: str = 'train',
    ) -> None:
        """Collect the predictions of a batch."""
        if mode == 'train':
            return
        for sample in outputs or ():
            scores = sample.get('pred_score')
            if sample.get('unreadable') or 'gt_label' not in sample or not isinstance(scores, dict):
                continue
            predicted = {}
            for head, values in scores.items():
                best = int(values.argmax())
                predicted[head] = best, float(values[best])
            self._clips[sample.video_id] = _Clip(int(sample.gt_label), predicted)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Count the mistakes of this validation."""
        self._gather()

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Write the files of the test."""
        self._wrong, self._rounds = Counter(), 0
        self._gather()
        if self._clips and not runner.rank:
            self._write(runner, 'test', runner.test_dataloader.dataset)

    def after_train(self, runner: Runner) -> None:
        """Write the files of the last validation, and warn about heads near chance."""
        if not self._clips or runner.rank:
            return
        matrices = self._write(runner, 'val', runner.val_dataloader.dataset)
        for head, matrix in matrices.items():
            if F.is_near_chance(matrix):
                accuracy = matrix.trace() / matrix.sum()
                runner.logger.log(logging.WARNING, _remedies(head, accuracy, F.chance(matrix)))

    def _gather(self) -> None:
        """Gather the predictions of all processes."""
        parts = all_gather_object(self._clips)
        self._clips = {name: clip for part in parts for name, clip in sorted(part.items())}
        self._rounds += bool(self._clips)
        self._wrong.update(n for n, clip in self._clips.items() if _is_wrong(clip))

    def _write(self, runner: Runner, part: str, dataset: Any) -> dict[str, np.ndarray]:
        """Write all files, and return each head's confusion matrix."""
        first = next(iter(self._clips.values()))
        known = list(dataset.metainfo.get('classes') or ())
        most = max(
            max(c.label, *(p for p, _ in c.predicted.values())) for c in self._clips.values()
        )
        classes = [*known, *map(str, range(len(known), most + 1))]
        labels = np.array([clip.label for clip in self._clips.values()])
        matrices = {}
        for head in first.predicted:
            predicted = np.array([clip.predicted[head][0] for clip in self._clips.values()])
            matrices[head] = F.confusion_matrix(labels, predicted, len(classes))
        place = osp.join(runner.work_dir, f'{part}_')
        _write_classes(f'{place}classes.csv', classes, matrices)
        for head, matrix in matrices.items():
            rows = ([name, *counts] for name, counts in zip(classes, matrix.tolist()))
            write_rows(f'{place}confusion_{head}.csv', [['class', *classes], *rows])
            with atomic_file(f'{place}confusion_{head}.png') as partial:
                confusion_sheet(matrix, classes, f'{part}, head {head}').savefig(partial, dpi=100)
        self._write_wrong(f'{place}wrong.csv', classes)
        accuracies = (f'{head} {m.trace() / m.sum():.3f}' for head, m in matrices.items())
        runner.logger.info(
            f'{part}: accuracy {", ".join(accuracies)} of {len(labels)} clips, by chance '
            f'{F.chance(next(iter(matrices.values()))):.3f}; classes, confusions and wrong clips '
            f'are in {place}*.csv'
        )
        return matrices

    def _write_wrong(self, path: str, classes: Sequence[str]) -> None:
        rows: list[list] = [WRONG]
        order = sorted(self._wrong, key=lambda n: (-self._wrong[n], -_main(self._clips.get(n))[1]))
        for name in order:
            if clip := self._clips.get(name):
                best, score = _main(clip)
                named = classes[clip.label], classes[best]
                rows.append([name, self._wrong[name], self._rounds, *named, f'{score:.3f}'])
        write_rows(path, rows)


def _main(clip: _Clip | None) -> tuple[int, float]:
    if clip is None:
        return -1, 0.0
    return clip.predicted.get(_MAIN) or next(iter(clip.predicted.values()))


def _is_wrong(clip: _Clip) -> bool:
    return _main(clip)[0] != clip.label


def _write_classes(path: str, classes: Sequence[str], matrices: dict[str, np.ndarray]) -> None:
    shares = [F.class_accuracies(matrix) for matrix in matrices.values()]
    counts = next(iter(matrices.values())).sum(1)
    rows = [
        [name, counts[i], *('' if np.isnan(s[i]) else f'{s[i]:.4f}' for s in shares)]
        for i, name in enumerate(classes)
    ]
    write_rows(path, [['class', 'clips', *matrices], *rows])


def _remedies(head: str, accuracy: float, level: float) -> str:
    part = {'audio': 'sound', 'visual': 'picture'}.get(head, 'sound and picture')
    return (
        f'the head {head} ({part}) is near chance: accuracy {accuracy:.2f}, chance {level:.2f}; '
        'the maps need both. Train longer (train_cfg.steps, --epochs), begin with a checkpoint '
        '(--init-from), add clips, and look at val_wrong.csv: does each clip show and sound its '
        'class?'
    )
