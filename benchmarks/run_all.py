"""Run all benchmarks and put what they print into the page of their results.

What stands between the page's two marks is replaced, the rest is left alone. A benchmark
that fails stops everything, and the page stays as it was.

Examples:
    python benchmarks/run_all.py --page docs/performance.md
    python benchmarks/run_all.py --only loading training
"""

import argparse
import os
import platform
import shlex
import subprocess
import sys
import time
from pathlib import Path

import torch

from mmssl.media.files import write_text

#: Name, and the command that is run in the repository's root.
COMMANDS = {
    'loading': 'benchmarks/loading.py',
    'training': 'benchmarks/training.py --profile',
    'mining': 'benchmarks/mining.py',
    'localizing': 'benchmarks/localizing.py',
    'evaluation': 'benchmarks/evaluation.py --repeat 3 --protocols vggss',
    'evaluation-all': 'benchmarks/evaluation.py --count 1500 --repeat 1',
    'export': 'benchmarks/export.py',
    'step-memory': 'benchmarks/step_memory.py',
    'processes': 'benchmarks/processes.py',
    'scale': 'benchmarks/scale.py',
    'dataset-memory': 'benchmarks/dataset_memory.py',
}
BEGIN, END = '<!-- measured: make bench -->', '<!-- end of what make bench measured -->'


def result(command: str) -> str:
    """What a command prints, as a block of text."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *shlex.split(command)],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, 'PYTHONPATH': os.getcwd(), 'PYTHONWARNINGS': 'ignore'},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f'{command}: status {done.returncode}\n{done.stdout[-2000:]}')
    # Bars of what is rendered say nothing afterwards.
    lines = [line.rstrip() for line in done.stdout.splitlines() if '━' not in line]
    lines.append(f'({time.perf_counter() - begin:.0f} s)')
    return '\n'.join(['```text', f'$ python {command}', *lines, '```'])


def machine() -> str:
    """What it was measured on."""
    return (
        f'{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, '
        f'torch {torch.__version__}, {time.strftime("%d %B %Y")}'
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--page', help='page with the two marks')
    parser.add_argument('--only', nargs='+', choices=tuple(COMMANDS), default=tuple(COMMANDS))
    args = parser.parse_args()
    if args.page:
        head, _, rest = Path(args.page).read_text(encoding='utf-8').partition(BEGIN)
        _, mark, tail = rest.partition(END)
        if not mark:
            raise SystemExit(f'{args.page}: lacks the marks {BEGIN} and {END}')
    blocks = []
    for name in args.only:
        print(f'{name} ...', flush=True)
        blocks.append(result(COMMANDS[name]))
        print(blocks[-1], flush=True)
    if args.page:
        body = '\n\n'.join([BEGIN, f'Measured on {machine()}:', *blocks, END])
        write_text(args.page, f'{head}{body}{tail}')


if __name__ == '__main__':
    main()
