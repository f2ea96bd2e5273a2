"""Print a table of all attention modes, on a config's validation split.

Examples:
    python tools/analysis/compare_attention.py CONFIG CHECKPOINT
    python tools/analysis/compare_attention.py CONFIG CHECKPOINT --contexts 1,1 --out modes.json
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import json
import sys

from mmengine.config import Config

from mmssl.apis.compare_attention import CONTEXTS, compare_attention
from mmssl.apis.model import load_model
from mmssl.apis.runner import replace_data_root
from mmssl.cli.ending import ended
from mmssl.media.files import write_text

NAMES = ('pointing', 'ciou_adaptive', 'auc_adaptive', 'ciou', 'auc')


def context(text: str) -> tuple[int, int]:
    sound, _, picture = text.partition(',')
    return int(sound), int(picture)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file, for its data')
    parser.add_argument('checkpoint', help='checkpoint file, with the config of its model in it')
    parser.add_argument('--data-root', help='folder of the data set')
    parser.add_argument(
        '--split',
        choices=['val', 'test'],
        default='val',
        help='choose a mode on val; look at test when nothing is left to choose (val)',
    )
    parser.add_argument(
        '--contexts',
        nargs='+',
        type=context,
        default=CONTEXTS,
        metavar='SOUND,PICTURE',
        help='steps that are averaged, odd numbers',
    )
    parser.add_argument('--out', help='write the table to this JSON file, too')
    args = parser.parse_args()
    config = Config.fromfile(args.config)
    if args.data_root:
        replace_data_root(config, args.data_root)
    model = load_model(args.checkpoint)
    dataloader = config[f'{args.split}_dataloader']
    rows = []
    print(f'| attention | sound steps | picture steps | {" | ".join(NAMES)} |')
    print(f'|---|---|---|{"---|" * len(NAMES)}')
    for mode, sound, picture, metrics in compare_attention(model, dataloader, args.contexts):
        cells = ' | '.join(f'{metrics[name]:.3f}' for name in NAMES)
        print(f'| {mode} | {sound} | {picture} | {cells} |')
        rows.append({'mode': mode, 'sound': sound, 'picture': picture, **metrics})
    if args.out:
        write_text(args.out, json.dumps(rows, indent=1))


if __name__ == '__main__':
    sys.exit(ended(main, 'tools/analysis/compare_attention.py'))
