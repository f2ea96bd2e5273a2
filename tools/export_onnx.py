"""Export a checkpoint to ONNX: ``mmssl export``.

Examples:
    python tools/export_onnx.py CHECKPOINT --out model.onnx
"""

import sys

from mmssl.apis.cli import run_tool

if __name__ == '__main__':
    sys.exit(run_tool('export', 'tools/export_onnx.py'))
