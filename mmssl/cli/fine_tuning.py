"""``mmssl train --init-from``: a training that starts from the networks of a checkpoint."""

import argparse

from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from ..apis.model import config_from_text
from ..apis.runner import tell
from ..media.paths import CHECKPOINT_IN
from .parser import Parser

#: The networks of a localizer. All other parts are its head.
NETWORKS = ('backbone', 'audio_backbone')
#: Learning rate of the new head, as a multiple of the rate of the trained networks.
HEAD_RATE = 10


def add_start_options(parser: Parser) -> None:
    """Add ``--init-from`` and ``--freeze-backbones``."""
    group = parser.group('start')
    group.add_argument(
        '--init-from',
        type=CHECKPOINT_IN,
        metavar='CHECKPOINT',
        help='take both networks from this checkpoint, and train a new head at '
        f'{HEAD_RATE} times their learning rate',
    )
    group.add_argument(
        '--freeze-backbones', action='store_true', help='train the head only, not the networks'
    )


def choose_start(args: argparse.Namespace, config: Config) -> None:
    """Write the options of :func:`add_start_options` into a config.

    Args:
        args: Options of the command.
        config: Config of the training.

    Raises:
        ValueError: If a training would start from several checkpoints, or untrained networks would
            be frozen.
    """
    if config.get('resume') and not args.init_from:
        restore_start_options(config)
    if args.init_from:
        _require_one_start(args, config)
        config.model.weights = {
            **(config.model.get('weights') or {}),
            **dict.fromkeys(NETWORKS, args.init_from),
        }
    if args.freeze_backbones:
        _require_learned(config)
        frozen = [*(config.model.get('frozen') or ()), *NETWORKS]
        config.model.frozen = [*dict.fromkeys(frozen)]
    if args.init_from:
        speed_up_head(config)


def speed_up_head(config: Config) -> None:
    """Raise the learning rate of the head, unless the config has rates of its own."""
    if config.optim_wrapper.get('paramwise_cfg'):
        return
    config.optim_wrapper.paramwise_cfg = dict(custom_keys=dict(cls_head=dict(lr_mult=HEAD_RATE)))
    tell(
        f'the head learns at {HEAD_RATE} times the rate of the networks; --cfg-options '
        'optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult=1 gives both the same rate'
    )


def restore_start_options(config: Config) -> None:
    """Give a resumed training the learning rates and the frozen parts that it started with.

    Without them, MMEngine refuses the optimizer state in the checkpoint. Settings of the config
    itself do not change.
    """
    path = config.get('load_from') or find_latest_checkpoint(config.work_dir)
    if path is None:
        return
    content = CheckpointLoader.load_checkpoint(path, 'cpu', logger='silent')
    try:
        begun = config_from_text((content.get('meta') or {}).get('cfg') or '')
    except (ValueError, SyntaxError):
        return  # the config has code; MMEngine resumes the training by itself
    for place, key in (('optim_wrapper', 'paramwise_cfg'), ('model', 'frozen')):
        value = (begun.get(place) or {}).get(key)
        if value and not config[place].get(key):
            config[place][key] = value
            tell(f'{place}.{key} is {value}, as in the training that continues')


def _require_one_start(args: argparse.Namespace, config: Config) -> None:
    """Refuse a second checkpoint besides ``--init-from``, and a model that takes none."""
    start = f'--init-from is {args.init_from}'
    if config.get('resume'):
        raise ValueError(f'{start}, and --resume continues another training: leave one of them out')
    if config.get('load_from'):
        raise ValueError(
            f'{start}, but load_from is {config.load_from} and would replace it: leave one of them '
            'out (--cfg-options load_from=None)'
        )
    given = [key for key in args.cfg_options or {} if key.startswith('model.weights')]
    if given:
        raise ValueError(f'{start}, but {given[0]} names another checkpoint: leave one of them out')
    if missing := [name for name in NETWORKS if name not in config.model]:
        raise ValueError(f'{start}, but the model has no {missing[0]}')
    if config.model.type.endswith('AudioDistiller'):
        raise ValueError(
            f'{start}, but {config.model.type} starts from its teacher: set model.teacher '
            '(--cfg-options)'
        )


def _require_learned(config: Config) -> None:
    """Refuse to freeze networks with random weights."""
    if config.get('resume') or config.get('load_from'):
        return
    model = config.model
    for name in NETWORKS:
        network, weights = model.get(name) or {}, model.get('weights') or {}
        if not (name in weights or network.get('pretrained') or network.get('init_cfg')):
            raise ValueError(
                f'--freeze-backbones does not train the networks, but model.{name} has random '
                'weights: add --init-from CHECKPOINT'
            )
