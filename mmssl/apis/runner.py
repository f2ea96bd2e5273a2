"""A config and command-line options to MMEngine's runner."""

import argparse
import copy
import logging
import os
import os.path as osp
from collections.abc import Callable, Container

import torch
from mmengine.config import Config, DictAction
from mmengine.logging import print_log
from mmengine.runner import Runner

from ..media.isolation import start_isolation
from ..threads import usable_cores
from .config_keys import unread_keys


class _Options(DictAction):
    """``KEY=VALUE ...``; a word without ``=`` is named."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        for word in values:
            if '=' not in word:
                raise ValueError(f'{self.option_strings[0]} {word}: expected KEY=VALUE')
        super().__call__(parser, namespace, values, option_string)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that training and test share, named as MMAction2 names them."""
    parser.add_argument('--work-dir', help='folder for logs and checkpoints')
    parser.add_argument(
        '--data-root', help='folder of the data set, instead of the one in the config'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_Options,
        metavar='KEY=VALUE',
        help='override settings of the config, e.g. train_cfg.max_epochs=3',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='who started the processes of a distributed run',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def build_runner(
    args: argparse.Namespace, settings: Callable[[argparse.Namespace, Config], None]
) -> Runner:
    """Read a config, apply options, build the runner.

    Args:
        args: Options of :func:`add_common_options` and ``config``.
        settings: Writes the tool's own options into the config.

    Returns:
        The runner.
    """
    config = prepare_config(args)
    settings(args, config)
    runner = Runner.from_cfg(config)
    runner.logger.info(f'usable cores: {usable_cores()}, torch threads: {torch.get_num_threads()}')
    return runner


def prepare_config(args: argparse.Namespace) -> Config:
    """Read a config and apply the options of :func:`add_common_options`.

    Raises:
        ValueError: If there is no model in it, or an option cannot be merged into it.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    # Before the model and the loaders have threads.
    start_isolation()
    config = Config.fromfile(args.config)
    if 'model' not in config:
        raise ValueError(f'{args.config} has no model, expected a config with one')
    loaded = copy.deepcopy(config)
    config.launcher = args.launcher
    name = osp.splitext(osp.basename(args.config))[0]
    config.work_dir = args.work_dir or config.get('work_dir') or osp.join('work_dirs', name)
    if args.data_root:
        replace_data_root(config, args.data_root)
    limit_loaders(config, usable_cores(), kept=args.cfg_options or {})
    # The command line comes after the limit, so its values are kept.
    if args.cfg_options:
        _merge(config, args.cfg_options)
    for line in unread_keys(loaded, args.cfg_options or {}, config):
        _tell(line, logging.WARNING)
    return config


def _merge(config, options):
    try:
        config.merge_from_dict(options)
    except (KeyError, TypeError) as error:
        raise ValueError(f'--cfg-options: {error.args[0]}') from error


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
            loader.num_workers = cores
            _tell(
                f'{name}: {cores} loaders instead of {asked}, one for each core that this process '
                f'may use; --cfg-options {name}.num_workers={asked} keeps {asked}'
            )


def _tell(text, level=logging.INFO):
    # A logger asks torch.distributed for the rank, but that is initialized later.
    if os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0':
        print_log(text, 'current', level)


def replace_data_root(config: Config, root: str) -> None:
    """Put another folder in the place of a config's ``data_root``, wherever it is used."""
    old = config.get('data_root')
    if old is None:
        raise SystemExit('--data-root: the config has no data_root to replace')

    old, root = old.rstrip('/'), root.rstrip('/') or '/'

    def moved(value):
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(moved(item) for item in value)
        if isinstance(value, str) and (value == old or value.startswith(f'{old}/')):
            return root + value[len(old) :]
        return value

    config.merge_from_dict({key: moved(value) for key, value in config.to_dict().items()})
