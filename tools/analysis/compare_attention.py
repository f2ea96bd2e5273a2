"""Print a table of all attention modes on a config's validation split.

Examples:
    python tools/analysis/compare_attention.py CONFIG CHECKPOINT
"""

import argparse

from mmengine.config import Config

from mmssl.apis.compare_attention import compare_attention
from mmssl.apis.model import load_model
from mmssl.apis.runner import replace_data_root


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config')
    parser.add_argument('checkpoint')
    parser.add_argument('--data-root', help='folder of the data set')
    args = parser.parse_args()
    config = Config.fromfile(args.config)
    if args.data_root:
        replace_data_root(config, args.data_root)
    rows = compare_attention(load_model(args.checkpoint, args.config), config.val_dataloader)
    names = ('pointing', 'ciou_adaptive', 'auc_adaptive', 'ciou', 'auc')
    print(f'| attention | sound steps | picture steps | {" | ".join(names)} |')
    print(f'|---|---|---|{"---|" * len(names)}')
    for mode, context, visual_context, metrics in rows:
        cells = ' | '.join(f'{metrics[name]:.3f}' for name in names)
        print(f'| {mode} | {context} | {visual_context} | {cells} |')


if __name__ == '__main__':
    main()
