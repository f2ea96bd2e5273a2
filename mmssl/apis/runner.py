"""Build MMEngine's runner from a config and the options of the command line."""

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
from ..models.checkpoint_parts import OtherHeadError
from ..threads import usable_cores
from .config import (
    LOOPS,
    check_config,
    import_modules,
    merge_options,
    naming_settings,
    read_config,
)
from .own_data import use_table

T = TypeVar('T')

#: The variable that each launcher sets for its processes, and the program that starts them.
LAUNCHERS = {
    'pytorch': ('RANK', 'torchrun'),
    'slurm': ('SLURM_PROCID', 'srun'),
    'mpi': ('OMPI_COMM_WORLD_LOCAL_RANK', 'mpirun'),
}


def launch(
    args: argparse.Namespace,
    settings: Callable[[argparse.Namespace, Config], None],
    work: Callable[[Runner], T],
    loops: Collection[str],
) -> T:
    """Read a config, apply options, build the runner and run it.

    Args:
        args: As for :func:`prepare_config`.
        settings: Writes the command's own options into the config.
        work: Runs the runner.
        loops: As for :func:`prepare_config`.

    Returns:
        The result of ``work``.

    Raises:
        OtherHeadError: If a checkpoint has another head. The message ends in the command that
            trains a new one.
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
    """The message that refuses a checkpoint, with the command that trains a new head."""
    path = config.get('load_from') or find_latest_checkpoint(config.work_dir)
    words = shlex.join(['mmssl', 'train', config.filename, '--init-from', path])
    return f'{path}: {error}, or train a new head on its networks: {words}'


def prepare_config(args: argparse.Namespace, loops: Collection[str] = LOOPS) -> Config:
    """Read a config, apply the options of a command, and check the result.

    Args:
        args: With ``config``, ``data_root``, ``work_dir``, ``cfg_options``, ``launcher`` and
            ``local_rank``.
        loops: Loops of the run: some of ``'train'``, ``'val'`` and ``'test'``.

    Raises:
        ValueError: If the config has no model, an option cannot be merged, a part cannot be
            built, or the launcher has not started this process.
    """
    _require_launcher(args.launcher)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    # This must happen before the model and the loaders start threads.
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
    variable, program = LAUNCHERS[launcher]
    if variable not in os.environ:
        raise ValueError(
            f'--launcher is {launcher}, but {variable} is not set in the environment: start this '
            f'program by {program}, or leave --launcher out'
        )


def set_epochs(config: Config, epochs: int) -> None:
    """Set the number of epochs of a training and of the schedules that end with it.

    The length of a warm-up does not change, even if it is longer than the training.

    Raises:
        ValueError: If the config does not count epochs, or a schedule has fixed epochs inside.
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
    only use memory and compete for the cores. Loaders whose keys are in ``kept``, set on the
    command line, do not change.
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
    """Log a line before the runner exists, in one of the processes."""
    # A logger asks torch.distributed for the rank, but that is initialized later.
    if os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0':
        print_log(text, 'current', level)


def replace_data_root(config: Config, root: str) -> None:
    """Replace the ``data_root`` of a config in every path that begins with it."""
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
