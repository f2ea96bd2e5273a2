"""Memory per clip in a training step of the paper's model.

Two steps are trained with one clip and with two clips, each in a separate process, on clips in
VGGSound's layout. The difference of the peaks is the memory of a clip. This is measured with and
without bfloat16, and with and without activation checkpointing (``with_cp``: the backward pass
computes activations again instead of keeping them).

Examples:
    python benchmarks/step_memory.py
    python benchmarks/step_memory.py --device cuda
"""

import argparse
import tempfile
import time
from pathlib import Path

from mmengine.config import Config

from mmssl.apis.runner import replace_data_root
from mmssl.soundingshapes import render_vggsound_standin
from tools.analysis_tools.max_batch import available_memory, gigabytes, try_batch

CONFIG = 'configs/mmssl_vggsound.py'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--device', default='cpu', help='cpu or cuda')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = render_vggsound_standin(Path(folder) / 'vggsound', clips=4, workers=2)
        for precision in ('float32', 'bfloat16'):
            for checkpointing in (False, True):
                config = Config.fromfile(CONFIG)
                replace_data_root(config, str(data))
                config.optim_wrapper.precision = precision
                config.model.backbone.with_cp = checkpointing
                report(config, args.device)


def report(config: Config, device: str) -> None:
    """Print the memory of one setting."""
    begin = time.perf_counter()
    one, two = (try_batch(config, n, device, available_memory(device)) for n in (1, 2))
    name = config.optim_wrapper.precision
    name += ', activation checkpointing' if config.model.backbone.with_cp else ''
    if one is None or two is None:
        print(f'{name:36} does not fit')
        return
    print(
        f'{name:36} a clip {gigabytes(two - one)}, the rest {gigabytes(2 * one - two)}; '
        f'measured in {time.perf_counter() - begin:.0f} s'
    )


if __name__ == '__main__':
    main()
