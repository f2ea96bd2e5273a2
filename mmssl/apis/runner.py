"""A config and command-line options to MMEngine's runner."""

import argparse
import copy
import logging
import os
import os.path as osp
import shlex
from collections.abc import Callable, Collection, Container
from typing import Any, TypeVar

import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import RUNNERS
from mmengine.runner import Runner, find_latest_checkpoint

from ..media.isolation import start_isolation
from ..media.paths import FOLDER_OUT, PATH_IN
from ..models.checkpoint_parts import OtherHeadError
from ..threads import usable_cores
from .config import (
    LOOPS,
    Options,
    check_config,
    import_modules,
    merge_options,
    naming_settings,
    read_config,
)
from .own_data import use_table

T = TypeVar('T')

#: Variable that a launcher sets for the processes that it starts, and what starts them.
_LAUNCHERS = {
    'pytorch': ('RANK', 'torchrun'),
    'slurm': ('SLURM_PROCID', 'srun'),
    'mpi': ('OMPI_COMM_WORLD_LOCAL_RANK', 'mpirun'),
}


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that training and test share, named as MMAction2 names them."""
    parser.add_argument(
        '--work-dir',
        type=FOLDER_OUT,
        help='folder for logs and checkpoints; work_dirs/NAME of the config by default',
    )
    parser.add_argument(
        '--data-root',
        type=PATH_IN,
        help='folder of the data set, instead of the one in the config, or a table of your clips',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='override settings of the config; an item of a list is named by its type, e.g. '
        'train_dataloader.dataset.pipeline.SelectMoment.mode=random',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', *_LAUNCHERS],
        default='none',
        help='who started the processes of a distributed run',
    )
    parser.add_argument(
        '--local_rank',
        '--local-rank',
        type=int,
        default=0,
        help="number of this process on its machine, which torch's older launcher gives",
    )


def launch(
    args: argparse.Namespace,
    settings: Callable[[argparse.Namespace, Config], None],
    work: Callable[[Runner], T],
    loops: Collection[str],
) -> T:
    """Read a config, apply options, build the runner and let it work.

    Args:
        args: Options of :func:`add_common_options` and ``config``.
        settings: Writes the tool's own options into the config.
        work: What the runner does.
        loops: As for :func:`prepare_config`.

    Returns:
        What it returns.

    Raises:
        OtherHeadError: If a checkpoint is of another head; it ends in a command that trains one.
    """
    config = prepare_config(args, loops)
    settings(args, config)
    with naming_settings(config):
        runner = RUNNERS.build(config)
        threads = torch.get_num_threads()
        runner.logger.info(f'usable cores: {usable_cores()}, torch threads: {threads}')
        try:
            return work(runner)
        except OtherHeadError as error:
            raise OtherHeadError(_with_command(error, config)) from error


def _with_command(error: OtherHeadError, config: Config) -> str:
    """The refusal of a checkpoint with its path, and the command that trains a new head."""
    path = config.get('load_from') or find_latest_checkpoint(config.work_dir)
    words = shlex.join(['mmssl', 'train', config.filename, '--init-from', path])
    return f'{path}: {error}, or train a new head on its networks: {words}'


def prepare_config(args: argparse.Namespace, loops: Collection[str] = LOOPS) -> Config:
    """Read a config, apply the options of :func:`add_common_options`, and check it.

    Args:
        args: These options, and ``config``.
        loops: Which of ``'train'``, ``'val'`` and ``'test'`` the run has.

    Raises:
        ValueError: If there is no model in it, an option cannot be merged into it, something
            cannot be built of it, or the launcher has not started this process.
    """
    _require_launcher(args.launcher)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    # Before the model and the loaders have threads.
    start_isolation()
    config = read_config(args.config)
    if 'model' not in config:
        raise ValueError(f'{args.config} has no model, expected a config with one')
    options = args.cfg_options or {}
    loaded = copy.deepcopy(config)
    config.launcher = args.launcher
    name = osp.splitext(osp.basename(args.config))[0]
    config.work_dir = args.work_dir or config.get('work_dir') or osp.join('work_dirs', name)
    if args.data_root:
        root = args.data_root
        replace_data_root(config, use_table(config, root) if osp.isfile(root) else root)
    merge_options(config, options)
    import_modules(config, '--cfg-options ')
    for line in check_config(loaded, options, config, loops):
        tell(line, logging.WARNING)
    limit_loaders(config, usable_cores(), kept=options)
    return config


def _require_launcher(launcher: str) -> None:
    """Refuse a launcher that has not started this process."""
    if launcher == 'none':
        return
    variable, program = _LAUNCHERS[launcher]
    if variable not in os.environ:
        raise ValueError(
            f'--launcher is {launcher}, but {variable} is not set in the environment: start this '
            f'program by {program}, or leave --launcher out'
        )


def set_epochs(config: Config, epochs: int) -> None:
    """Let a training, and the schedules that end with it, take another number of epochs.

    A warm-up stays as long as it is, even if it is longer than the training.

    Raises:
        ValueError: If there is no such training, or a schedule has other epochs than its ends.
    """
    if epochs < 1:
        raise ValueError(f'--epochs is {epochs}, expected at least 1')
    planned = (config.get('train_cfg') or {}).get('max_epochs')
    if planned is None and 'steps' not in (config.get('train_cfg') or {}):
        raise ValueError(
            f'--epochs is {epochs}, but the config has no train_cfg.max_epochs; a training without '
            'epochs ends at train_cfg.max_iters (--cfg-options)'
        )
    schedules = config.get('param_scheduler') or []
    for schedule in [schedules] if isinstance(schedules, dict) else schedules:
        if fixed := [key for key in ('milestones', 'T_max', 'total_steps') if key in schedule]:
            raise ValueError(
                f'--epochs is {epochs}, but param_scheduler has {fixed[0]} for {planned} epochs, '
                'expected begin and end alone; set train_cfg.max_epochs and param_scheduler with '
                '--cfg-options'
            )
        if schedule.get('end') == planned:
            schedule['end'] = max(epochs, schedule.get('begin', 0) + 1)
    config.train_cfg.max_epochs = epochs


def limit_loaders(config: Config, cores: int, kept: Container[str] = ()) -> None:
    """Limit the processes of each data loader in a config to the number of cores.

    Configs are written for the machine that trains. On a smaller machine, more loaders would
    only use memory and compete for the cores. ``kept`` holds the keys that the command line sets.
    """
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = config.get(name) or {}
        if f'{name}.num_workers' in kept:
            continue
        if (asked := loader.get('num_workers', 0)) > cores:
            loader['num_workers'] = cores
            tell(
                f'{name}: {cores} loaders instead of {asked}, one for each core that this process '
                f'may use; --cfg-options {name}.num_workers={asked} keeps {asked}'
            )


def tell(text: str, level: int = logging.INFO) -> None:
    """Log a line before there is a runner, once for all processes."""
    # A logger asks torch.distributed for the rank, but that is initialized later.
    if os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0':
        print_log(text, 'current', level)


def replace_data_root(config: Config, root: str) -> None:
    """Put another folder in the place of a config's ``data_root``, wherever it is used."""
    old = config.get('data_root')
    if old is None:
        raise SystemExit('--data-root: the config has no data_root to replace')

    old, root = old.rstrip('/'), root.rstrip('/') or '/'

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(moved(item) for item in value)
        if isinstance(value, str) and (value == old or value.startswith(f'{old}/')):
            return root + value[len(old) :]
        return value

    config.merge_from_dict({key: moved(value) for key, value in config.to_dict().items()})
