"""``mmssl train`` and ``tools/train.py``."""

import argparse

from mmengine.config import Config
from mmengine.runner import Runner

from ..apis.own_data import follow_classes, use_boxes, use_pseudo_labels
from ..apis.runner import launch, set_epochs
from ..media.paths import CHECKPOINT_IN, FILE_IN
from .config_options import add_config_options, add_launcher_options
from .fine_tuning import add_start_options, choose_start
from .options import add_boxes_option
from .parser import Parser

DESCRIPTION = """Train a model from a config.

Examples:
    %(prog)s configs/mmssl_soundingshapes.py
    %(prog)s configs/mmssl_vggsound.py --auto-scale-lr --resume
    %(prog)s configs/mmssl_folder.py --data-root data/mine
    %(prog)s configs/mmssl_soundingshapes.py --init-from CHECKPOINT
    %(prog)s configs/open_vocabulary/mmssl_pseudo-labels.py --data-root VIDEOS \\
        --pseudo-labels boxes.json
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    add_config_options(parser)
    group = parser.group('input')
    group.add_argument(
        '--pseudo-labels',
        type=FILE_IN,
        help='pseudo boxes that mmssl boxes wrote for a folder of videos; their classes are the '
        'labels of the training',
    )
    add_boxes_option(parser)
    group = parser.group('start')
    group.add_argument(
        '--resume',
        type=CHECKPOINT_IN,
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='continue a training from this checkpoint, by default from the latest in --work-dir',
    )
    add_start_options(parser)
    group = parser.group('settings')
    group.add_argument(
        '--epochs', type=int, help='number of epochs; the schedule ends with the last one'
    )
    group.add_argument('--no-validate', action='store_true', help='leave validation out')
    group.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the total batch size',
    )
    group.add_argument(
        '--amp',
        action='store_true',
        help='train in bfloat16, even if the device only emulates it',
    )
    group = parser.group('randomness')
    group.add_argument('--seed', type=int, help='random seed')
    group.add_argument(
        '--diff-rank-seed', action='store_true', help='give each process a seed of its own'
    )
    group.add_argument(
        '--deterministic', action='store_true', help='use deterministic cuDNN algorithms'
    )
    add_launcher_options(parser)


def settings(args: argparse.Namespace, config: Config) -> None:
    """Write the training options into the config."""
    options = args.cfg_options or {}
    if config.get('train_cfg') is None:
        raise ValueError(f'{args.config} has no train_cfg, expected the config of a training')
    if args.epochs is not None:
        if 'train_cfg.max_epochs' in options:
            raise ValueError(
                f'--epochs is {args.epochs}, and train_cfg.max_epochs of --cfg-options '
                f'{options["train_cfg.max_epochs"]}: give one of them'
            )
        set_epochs(config, args.epochs)
    if args.pseudo_labels:
        use_pseudo_labels(config, args.pseudo_labels)
    if args.boxes:
        use_boxes(config, args.boxes)
    if 'model.cls_head.num_classes' not in options:
        follow_classes(config)
    if args.no_validate:
        config.val_cfg = config.val_dataloader = config.val_evaluator = None
    if args.amp:
        asked = options.get('optim_wrapper.precision', 'bfloat16')
        if asked != 'bfloat16':
            raise ValueError(
                f'--amp asks for bfloat16, optim_wrapper.precision for {asked}: give one of them'
            )
        use_bfloat16(config.optim_wrapper)
    if args.resume:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
    choose_start(args, config)
    if args.auto_scale_lr:
        config.auto_scale_lr = {**(config.get('auto_scale_lr') or {}), 'enable': True}
    if args.seed is not None and not 0 <= args.seed < 2**32:
        raise ValueError(f'--seed is {args.seed}, expected a number from 0 to {2**32 - 1}')
    randomness = {
        'seed': args.seed,
        'diff_rank_seed': args.diff_rank_seed or None,
        'deterministic': args.deterministic or None,
    }
    given = {key: value for key, value in randomness.items() if value is not None}
    config.randomness = {**config.get('randomness', {}), **given}


def use_bfloat16(optim_wrapper: dict) -> None:
    """Set bfloat16 in a config, whichever wrapper it has."""
    for key in ('loss_scale', 'dtype', 'use_fsdp'):  # arguments of MMEngine's AmpOptimWrapper
        optim_wrapper.pop(key, None)
    optim_wrapper.update(type='mmssl.MixedPrecisionOptimWrapper', precision='bfloat16')


def run(args: argparse.Namespace) -> None:
    """Train."""
    launch(args, settings, Runner.train, loops=('train', 'val'))
