"""Test a checkpoint.

Examples:
    python tools/test.py configs/mmssl_soundingshapes.py CHECKPOINT --metrics acc ciou auc
"""

import argparse

from mmssl.apis.evaluators import METRIC_NAMES, choose_metrics, report
from mmssl.apis.runner import add_common_options, build_runner


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--metrics',
        nargs='+',
        metavar='NAME',
        help=f"what to measure instead of the config's metrics: {', '.join(METRIC_NAMES)}",
    )
    parser.add_argument('--dump', help='write all predictions to this pickle file')
    parser.add_argument('--out', help='write the metrics to this JSON file')
    add_common_options(parser)
    return parser.parse_args()


def settings(args: argparse.Namespace, config) -> None:
    """Write the test options into the config."""
    config.load_from = args.checkpoint
    if args.metrics:
        choose_metrics(config, args.metrics)
    if args.dump:
        if not args.dump.endswith(('.pkl', '.pickle')):
            raise SystemExit(f'--dump is {args.dump}, expected a name ending in .pkl')
        evaluators = config.test_evaluator
        evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
        config.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=args.dump)]


def main() -> None:
    args = parse_args()
    report(build_runner(args, settings).test(), args.out)


if __name__ == '__main__':
    main()
