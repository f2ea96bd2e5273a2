"""Export a checkpoint to ONNX: networks, heads and attention as one graph.

Examples:
    python tools/export_onnx.py CHECKPOINT --out model.onnx
    python tools/localize.py VIDEO model.onnx --out localized

The file appears only if onnxruntime gives what torch gives.
"""

import argparse
import sys

from mmssl.apis.export import export_onnx
from mmssl.localization import ATTENTION_MODES


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='checkpoint that a training wrote')
    parser.add_argument('--out', required=True, help='file to write, MODEL.onnx')
    parser.add_argument('--config', help='config file; the one in the checkpoint by default')
    parser.add_argument(
        '--mode', choices=sorted(ATTENTION_MODES), help="attention; the model's own by default"
    )
    parser.add_argument('--context', type=int, help='steps that the sound is averaged over, odd')
    parser.add_argument('--visual-context', type=int, help='the same for the picture')
    args = vars(parser.parse_args())
    try:
        exported = export_onnx(args.pop('checkpoint'), args.pop('out'), **args)
    except (ValueError, OSError) as error:
        raise SystemExit(f'error: {error}') from error
    print(exported.path)
    print('attention: ' + ', '.join(f'{k} {v}' for k, v in exported.attention.items()))
    for name, difference in exported.differences.items():
        print(f'{name}: {difference:.1e} from torch at most')
    return 0


if __name__ == '__main__':
    sys.exit(main())
