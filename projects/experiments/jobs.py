"""Jobs of an experiment, each of which is a command that a person could type.

Models are trained for a fixed number of epochs, and their last checkpoint is tested; there is no
selection. A job works in a folder with its name.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Kinds of moments for the training of localizers of one picture.
MOMENTS = ('mid-frame', 'random', 'selected', 'ten-best', 'event')
_PIPELINE = 'train_dataloader.dataset.pipeline'
#: Pipeline step that loads the boxes of training clips.
BOXES_STEP = f'{_PIPELINE}.LoadBoxes'


@dataclass(frozen=True)
class Job:
    """A command, its folder, and the jobs that must be done before.

    Attributes:
        name: Folder of the job, relative to the experiment's folder.
        command: Words of the command.
        needs: Names of the jobs that it needs.
        seconds: Estimated duration on one core.
    """

    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    seconds: float = 0.0


class Planner:
    """Makes jobs from the package's tools.

    Args:
        folder: The experiment's folder.
        root: The repository's folder.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder.resolve()
        self.root = root.resolve()

    def job(
        self,
        name: str,
        tool: str,
        *arguments: Any,
        needs: Sequence[str] = (),
        seconds: float = 0.0,
    ) -> Job:
        """A job.

        Args:
            name: Folder of the job.
            tool: Path of a program in the repository, or words after ``python -m``.
            arguments: Words of the command.
            needs: Names of the jobs before it.
            seconds: See :class:`Job`.
        """
        module = not tool.endswith('.py')
        program = ('-m', *tool.split()) if module else (str(self.root / tool),)
        command = (sys.executable, *program, *map(str, arguments))
        return Job(name, command, tuple(needs), seconds)

    def config(self, name: str) -> Path:
        """Path of a config of the repository."""
        return self.root / 'configs' / f'{name}.py'

    def training(
        self,
        name: str,
        config: Path,
        data: Path,
        seed: int,
        epochs: int,
        *,
        needs: Sequence[str] = (),
        seconds: float = 0.0,
        **options: Any,
    ) -> Job:
        """A training; ``options`` become ``--cfg-options``."""
        return self.job(
            *(name, 'tools/train.py', config, '--work-dir', self.folder / name),
            *('--data-root', data, '--seed', seed, '--no-validate', '--resume'),
            *('--epochs', epochs),
            *overrides(options),
            needs=needs,
            seconds=seconds,
        )

    def checkpoint(self, name: str, epochs: int) -> Path:
        """The last checkpoint of a training."""
        return self.folder / name / f'epoch_{epochs}.pth'

    def mining(
        self, name: str, config: Path, model: str, data: Path, epochs: int, seconds: float = 0.0
    ) -> Job:
        """Moments and pseudo boxes of the training clips: ``moments.json``, ``boxes.json``."""
        out = self.folder / name
        return self.job(
            *(name, 'mmssl moments', config, self.checkpoint(model, epochs), '--split', 'train'),
            *('--out', out / 'moments.json', '--boxes', out / 'boxes.json', '--batch-size', 8),
            *('--data-root', data, '--work-dir', out / 'work'),
            needs=(model,),
            seconds=seconds,
        )


def overrides(options: dict[str, Any]) -> tuple[str, ...]:
    """Words of ``--cfg-options``; empty without options."""
    return ('--cfg-options', *(f'{k}={v}' for k, v in options.items())) if options else ()


def moment_options(kind: str, mined: Path, event: Path) -> dict[str, Any]:
    """Options that set the training moments of a localizer of one picture.

    Args:
        kind: One of :data:`MOMENTS`.
        mined: File of moments that a classification model selected.
        event: File of moments of the true events.
    """
    step = f'{_PIPELINE}.SelectMoment'
    if kind == 'mid-frame':
        return {}
    if kind == 'random':
        return {f'{step}.mode': 'random'}
    file = event if kind == 'event' else mined
    options = {f'{step}.mode': 'file', f'{step}.moments_file': file}
    return {**options, f'{step}.top_k': 10} if kind == 'ten-best' else options
