"""``mmssl test`` and ``tools/test.py``."""

import argparse
import math
import os.path as osp

from mmengine.config import Config
from mmengine.runner import Runner

from ..apis.own_data import classes_in, follow_classes, own_datasets, use_boxes
from ..apis.pretrained_model import choose_weights
from ..apis.runner import launch
from ..media.paths import CHECKPOINT_IN, FILE_OUT, FOLDER_OUT
from ..report.evaluators import choose_metrics, evaluators_of, metric_names, report
from ..visualization.visualizer import has_display
from .config_options import add_config_options, add_launcher_options
from .options import add_boxes_option, add_vocabulary_options, vocabulary_options
from .parser import Parser

DESCRIPTION = """Test a checkpoint.

Examples:
    %(prog)s configs/mmssl_soundingshapes.py CHECKPOINT --metrics acc ciou auc
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --show-dir pictures
    %(prog)s configs/open_vocabulary/open-vocabulary_vggss.py
"""


#: Metrics that list the samples without an evaluation.
_LISTING = ('mmssl.SoundLocalizationMetric', 'mmssl.VGGSounderMetric')


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    add_config_options(parser)
    parser.group('input').add_argument(
        'checkpoint',
        nargs='?',
        type=CHECKPOINT_IN,
        help='checkpoint file; open-vocabulary models have none',
    )
    add_boxes_option(parser)
    group = parser.group('output')
    group.add_argument(
        '--metrics',
        nargs='+',
        metavar='NAME',
        help=f'metrics that replace those of the config: {", ".join(metric_names())}',
    )
    group.add_argument('--out', type=FILE_OUT, help='JSON file for the metrics')
    group.add_argument('--dump', type=FILE_OUT, help='pickle file for all predictions')
    group.add_argument(
        '--dump-maps', type=FOLDER_OUT, help='folder for all maps, for mmssl evaluate'
    )
    group.add_argument(
        '--dump-object-maps',
        type=FOLDER_OUT,
        help='folder for all maps of the object prior, for mmssl evaluate --object-maps',
    )
    group = parser.group('pictures')
    group.add_argument('--show-dir', type=FOLDER_OUT, help='folder for pictures of predictions')
    group.add_argument('--show', action='store_true', help='show predictions in a window')
    group.add_argument('--interval', type=int, default=1, help='draw every n-th sample')
    group.add_argument(
        '--wait-time',
        type=float,
        default=2,
        help='seconds that the window shows a sample; 0 waits for a key',
    )
    add_vocabulary_options(parser)
    add_launcher_options(parser)


def settings(args: argparse.Namespace, config: Config) -> None:
    """Write the test options into the config."""
    if args.interval < 1:
        raise SystemExit(f'--interval is {args.interval}, expected at least 1')
    if not 0 <= args.wait_time < math.inf:
        raise SystemExit(f'--wait-time is {args.wait_time} s, expected 0 (until a key) or more')
    if args.show and not has_display():
        raise SystemExit(
            '--show needs a display, and there is none here: --show-dir FOLDER writes pictures'
        )
    choose_weights(config, args.checkpoint, vocabulary_options(args))
    if args.boxes:
        use_boxes(config, args.boxes)
    if args.checkpoint and own_datasets(config):
        follow_classes(config, classes_in(args.checkpoint))
    hooks = config.get('custom_hooks') or []
    config.custom_hooks = [*hooks, dict(type='mmssl.MissingClipsHook')]
    if args.metrics:
        choose_metrics(config, args.metrics)
    for evaluator in evaluators_of(config):
        if evaluator['type'] in _LISTING:
            evaluator.setdefault('missing_file', osp.join(config.work_dir, 'missing.json'))
    if args.dump:
        if not args.dump.endswith(('.pkl', '.pickle')):
            raise SystemExit(f'--dump is {args.dump}, expected a name ending in .pkl')
        dump = dict(type='DumpResults', out_file_path=args.dump)
        config.test_evaluator = [*evaluators_of(config), dump]
    for folder, field in (
        (args.dump_maps, 'pred_map'),
        (args.dump_object_maps, 'pred_object_map'),
    ):
        if folder:
            dump = dict(type='mmssl.DumpMaps', out_dir=folder, field=field)
            config.test_evaluator = [*evaluators_of(config), dump]
    if args.show or args.show_dir:
        hook = (config.get('default_hooks') or {}).get('visualization')
        if hook is None:
            raise SystemExit(
                '--show and --show-dir need a hook that draws: set default_hooks.visualization, '
                "for example to dict(type='mmssl.LocalizationVisualizationHook')"
            )
        hook.update(
            enable=True,
            show=args.show,
            out_dir=args.show_dir,
            interval=args.interval,
            wait_time=args.wait_time,
        )


def run(args: argparse.Namespace) -> None:
    """Test, and print and write the metrics."""
    report(launch(args, settings, Runner.test, loops=('test',)), args.out)
