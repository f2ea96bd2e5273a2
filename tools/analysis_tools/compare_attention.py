"""Print a table of all attention modes on a config's validation split.

Examples:
    python tools/analysis_tools/compare_attention.py CONFIG CHECKPOINT
    python tools/analysis_tools/compare_attention.py CONFIG CHECKPOINT --contexts 1,1 \\
        --out modes.json
"""

# Must come before MMEngine, which imports torch: mmssl sets how threads wait.
import mmssl  # noqa: F401  isort: skip

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmssl.apis.config import read_config
from mmssl.apis.model import LoadedModel, load_model
from mmssl.apis.runner import replace_data_root
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.evaluation.inputs import Samples
from mmssl.evaluation.protocols import make_protocol
from mmssl.evaluation.reduce import reduce_scores
from mmssl.evaluation.samples import score_samples
from mmssl.localization import ATTENTION_MODES
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT, FOLDER_IN
from mmssl.progress import track
from mmssl.structures import map_at

#: Numbers of averaged steps of sound and picture.
CONTEXTS = ((1, 1), (5, 1), (11, 1), (5, 5), (11, 11))


def compare_attention(
    model: LoadedModel, dataloader: Config, contexts: Sequence[tuple[int, int]] = CONTEXTS
) -> Iterator[tuple[str, int, int, dict[str, float]]]:
    """Score all attention modes; features are computed only once.

    Args:
        model: Model from :func:`mmssl.apis.model.load_model`.
        dataloader: Config of a data loader with boxes. Use a validation split,
            because the result decides about defaults.
        contexts: Pairs of sound and picture context in steps.

    Yields:
        Mode, sound context, picture context, and the metrics of
        :func:`mmssl.evaluation.evaluate`.
    """
    choices = [(mode, *context) for mode in ATTENTION_MODES for context in contexts]
    model.require_classes()
    head = model.network.cls_head
    if head.visual_channels != head.audio_channels:  # the cosine of unequal features is undefined
        choices = [choice for choice in choices if choice[0] != 'cosine']
    protocol = make_protocol()
    scored: dict[tuple, list] = {choice: [] for choice in choices}
    for batch in track(Runner.build_dataloader(dataloader), 'comparing attention modes'):
        data = model.network.data_preprocessor(batch, False)
        with torch.no_grad():
            features, _ = model.network.extract_feat(data['inputs'])
            for mode, context, visual_context in choices:
                maps, _ = head.localize(
                    features, mode=mode, context=context, visual_context=visual_context
                )
                samples = data['data_samples']
                scored[mode, context, visual_context].append(
                    score_samples(
                        protocol,
                        Samples(
                            maps=[map_at(values, s.moment) for values, s in zip(maps, samples)],
                            truth=[sample.gt_boxes for sample in samples],
                            ids=[sample.video_id for sample in samples],
                        ),
                    )
                )
    for choice, rows in scored.items():
        yield *choice, reduce_scores(protocol, np.concatenate(rows), resamples=0).metrics


NAMES = ('pointing', 'ciou_adaptive', 'auc_adaptive', 'ciou', 'auc')


def context(text: str) -> tuple[int, int]:
    sound, _, picture = text.partition(',')
    if not (sound.isdigit() and picture.isdigit()):
        raise argparse.ArgumentTypeError(f'{text!r}, expected SOUND,PICTURE, e.g. 5,1')
    return int(sound), int(picture)


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('config', type=FILE_IN, help='config file, for its data')
    parser.add_argument(
        'checkpoint', type=FILE_IN, help='checkpoint file, with the config of its model in it'
    )
    parser.add_argument(
        '--data-root', type=FOLDER_IN, help="folder of the data set, instead of the config's"
    )
    parser.add_argument(
        '--split',
        choices=['val', 'test'],
        default='val',
        help='choose a mode on val; use test only after the choice',
    )
    parser.add_argument(
        '--contexts',
        nargs='+',
        type=context,
        default=CONTEXTS,
        metavar='SOUND,PICTURE',
        help='numbers of averaged steps, odd',
    )
    parser.add_argument('--out', type=FILE_OUT, help='also write the table to this JSON file')
    args = parser.checked_args()
    config = read_config(args.config)
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
    sys.exit(exit_status(main, 'tools/analysis_tools/compare_attention.py'))
