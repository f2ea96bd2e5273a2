"""``mmssl train --init-from``: a training that begins with the networks of a checkpoint."""

import argparse

from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from ..apis.model import config_from_text
from ..apis.runner import tell
from ..media.paths import CHECKPOINT_IN

#: The networks of a localizer; all else is its head.
NETWORKS = ('backbone', 'audio_backbone')
#: Learning rate of the head, which has not learned, in those of the networks, which have.
HEAD_RATE = 10


def add_start_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--init-from`` and ``--freeze-backbones``."""
    parser.add_argument(
        '--init-from',
        type=CHECKPOINT_IN,
        metavar='CHECKPOINT',
        help='begin with both networks of this checkpoint and a new head, which learns at '
        f'{HEAD_RATE} times the rate of the networks',
    )
    parser.add_argument(
        '--freeze-backbones',
        action='store_true',
        help='train the head alone; both networks stay as they begin',
    )


def choose_start(args: argparse.Namespace, config: Config) -> None:
    """Write the options of :func:`add_start_options` into a config.

    Args:
        args: With these options, and ``cfg_options``.
        config: Of the training.

    Raises:
        ValueError: If a training would begin with several checkpoints, or networks that have
            learned nothing would stay as they are.
    """
    if config.get('resume') and not args.init_from:
        go_on_as_begun(config)
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
    """Let the head learn faster than the networks, unless the config has rates of its own."""
    if config.optim_wrapper.get('paramwise_cfg'):
        return
    config.optim_wrapper.paramwise_cfg = dict(custom_keys=dict(cls_head=dict(lr_mult=HEAD_RATE)))
    tell(
        f'the head learns at {HEAD_RATE} times the rate of the networks; --cfg-options '
        'optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult=1 lets both learn at one'
    )


def go_on_as_begun(config: Config) -> None:
    """Let a resumed training keep the rates and the frozen parts that it began with.

    Without these, MMEngine refuses the optimizer's state of the checkpoint. What the config says
    itself stays.
    """
    path = config.get('load_from') or find_latest_checkpoint(config.work_dir)
    if path is None:
        return
    content = CheckpointLoader.load_checkpoint(path, 'cpu', logger='silent')
    try:
        begun = config_from_text((content.get('meta') or {}).get('cfg') or '')
    except (ValueError, SyntaxError):
        return  # a config with code, of which MMEngine resumes
    for place, key in (('optim_wrapper', 'paramwise_cfg'), ('model', 'frozen')):
        value = (begun.get(place) or {}).get(key)
        if value and not config[place].get(key):
            config[place][key] = value
            tell(f'{place}.{key} is {value}, as in the training that goes on')


def _require_one_start(args: argparse.Namespace, config: Config) -> None:
    """Refuse a second checkpoint beside that of ``--init-from``, and a model that takes none."""
    start = f'--init-from is {args.init_from}'
    if config.get('resume'):
        raise ValueError(
            f'{start}, and --resume goes on with a training that has begun: leave one of them out'
        )
    if config.get('load_from'):
        raise ValueError(
            f'{start}, and load_from {config.load_from}, which would replace it: leave one of them '
            'out (--cfg-options load_from=None)'
        )
    given = [key for key in args.cfg_options or {} if key.startswith('model.weights')]
    if given:
        raise ValueError(f'{start}, and {given[0]} names another: leave one of them out')
    if missing := [name for name in NETWORKS if name not in config.model]:
        raise ValueError(f'{start}, but the model has no {missing[0]}')
    if config.model.type.endswith('AudioDistiller'):
        raise ValueError(
            f'{start}, but {config.model.type} begins with its teacher: set model.teacher '
            '(--cfg-options)'
        )


def _require_learned(config: Config) -> None:
    """Refuse to freeze networks that begin with random weights."""
    if config.get('resume') or config.get('load_from'):
        return
    model = config.model
    for name in NETWORKS:
        network, weights = model.get(name) or {}, model.get('weights') or {}
        if not (name in weights or network.get('pretrained') or network.get('init_cfg')):
            raise ValueError(
                f'--freeze-backbones keeps the networks as they begin, and model.{name} begins '
                'with random weights: give --init-from CHECKPOINT, too'
            )
