"""``mmssl export``."""

import argparse

from ..apis.export import export_onnx
from ..localization import ATTENTION_MODES
from ..media.paths import FILE_IN, FILE_OUT, NAME_IN

DESCRIPTION = """Export a checkpoint to ONNX: networks, heads and attention as one graph.

The file appears only if onnxruntime gives what torch gives.

Examples:
    %(prog)s soundingshapes --out model.onnx
    %(prog)s CHECKPOINT --out model.onnx --mode class --context 1
    %(prog)s best.pth --model ez-vsl --out ez-vsl.onnx
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options."""
    parser.description = DESCRIPTION
    parser.add_argument(
        'checkpoint', type=NAME_IN, help='checkpoint, or the name of a model with weights'
    )
    parser.add_argument('--out', type=FILE_OUT, required=True, help='file to write, MODEL.onnx')
    parser.add_argument(
        '--model',
        dest='method',
        metavar='NAME',
        help='name of the method, if the checkpoint is a file that its authors released',
    )
    parser.add_argument(
        '--config', type=FILE_IN, help='config file; the one in the checkpoint by default'
    )
    parser.add_argument(
        '--mode', choices=sorted(ATTENTION_MODES), help="attention; the model's own by default"
    )
    parser.add_argument(
        '--context',
        type=int,
        help="steps that the sound is averaged over, odd; the model's own by default",
    )
    parser.add_argument(
        '--visual-context',
        type=int,
        help="steps that the picture is averaged over, odd; the model's own by default",
    )


def run(args: argparse.Namespace) -> None:
    """Export what was asked for, and print how far it is from torch.

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
