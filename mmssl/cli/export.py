"""``mmssl export``."""

import argparse

from ..apis.export import export_onnx
from ..localization import ATTENTION_MODES
from ..media.paths import FILE_IN, FILE_OUT, NAME_IN
from .parser import Parser

DESCRIPTION = """Export a checkpoint to ONNX.

The graph holds the networks, the heads and the attention. The command writes the
file only if onnxruntime and torch give the same results.

Examples:
    %(prog)s soundingshapes --out model.onnx
    %(prog)s CHECKPOINT --out model.onnx --mode class --context 1
    %(prog)s best.pth --model ez-vsl --out ez-vsl.onnx
"""


def add_options(parser: Parser) -> None:
    """Add the description and the options."""
    parser.description = DESCRIPTION
    group = parser.group('model')
    group.add_argument(
        'checkpoint', type=NAME_IN, help='checkpoint file, or name of a model with weights'
    )
    group.add_argument(
        '--model',
        dest='method',
        metavar='NAME',
        help='method of a file that its authors released, such as ez-vsl',
    )
    group.add_argument(
        '--config', type=FILE_IN, help='config file; by default the one in the checkpoint'
    )
    group = parser.group('attention')
    group.add_argument(
        '--mode', choices=sorted(ATTENTION_MODES), help="attention mode; by default the model's own"
    )
    group.add_argument(
        '--context',
        type=int,
        help="odd number of steps over which sound is averaged; by default the model's own",
    )
    group.add_argument(
        '--visual-context',
        type=int,
        help="odd number of steps over which pictures are averaged; by default the model's own",
    )
    parser.group('output').add_argument(
        '--out', type=FILE_OUT, required=True, help='file for the graph, MODEL.onnx'
    )


def run(args: argparse.Namespace) -> None:
    """Export, and print the differences from torch.

    Raises:
        ValueError: See :func:`export_onnx`.
    """
    exported = export_onnx(
        args.checkpoint,
        args.out,
        config=args.config,
        method=args.method,
        mode=args.mode,
        context=args.context,
        visual_context=args.visual_context,
    )
    print(exported.path)
    if exported.attention:
        print('attention: ' + ', '.join(f'{k} {v}' for k, v in exported.attention.items()))
    for name, difference in exported.differences.items():
        print(f'{name}: {difference:.1e} from torch at most')
