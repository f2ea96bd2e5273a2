"""Run all benchmarks and put what they print into the page of their results.

A benchmark's block stands between the page's two marks and is replaced when it has ended; the
rest of the page is left alone.

Examples:
    python benchmarks/run_all.py --page docs/performance.md
    python benchmarks/run_all.py --page docs/performance.md --only loading training
"""

# Must come before torch: mmssl sets how threads wait, and the benchmarks inherit the setting.
import mmssl  # noqa: F401  isort: skip

import argparse
import os
import platform
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import torch

from mmssl.media.files import write_text
from mmssl.threads import usable_cores

#: Name, and the command that is run in the repository's root.
COMMANDS = {
    'loading': 'benchmarks/loading.py',
    'training': 'benchmarks/training.py --repeat 3 --profile',
    'mining': 'benchmarks/mining.py --memory',
    'mining-memory': 'benchmarks/mining.py --repeat 0 --memory 100 10000',
    'localizing': 'benchmarks/localizing.py --repeat 3',
    'evaluation': 'benchmarks/evaluation.py --repeat 3 --protocols vggss',
    'evaluation-all': 'benchmarks/evaluation.py --count 1500 --repeat 1',
    'export': 'benchmarks/export.py',
    'step-memory': 'benchmarks/step_memory.py',
    'kept-memory': 'benchmarks/kept_memory.py',
    'busy': 'benchmarks/busy.py',
    'busy-one-core': 'benchmarks/busy.py --cores 1 --repeat 1',
    'processes': 'benchmarks/processes.py --clips 160 --repeat 2',
    'scale': 'benchmarks/scale.py',
    'dataset-memory': 'benchmarks/dataset_memory.py',
}
#: Progress of rendering and log lines, which are of no use afterwards.
NOISE = re.compile(r'━| - mmengine - |Loads checkpoint by|: \d+ of \d+(, .* remaining|, took .*)?$')
START = '```text\n$ python '
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
    printed = (line.rstrip() for line in done.stdout.splitlines())
    lines = [line for line in printed if not NOISE.search(line)]
    took = f'({time.perf_counter() - begin:.0f} s on {machine()})'
    return '\n'.join([START + command, *lines, took, '```'])


def machine() -> str:
    """What it was measured on."""
    return (
        f'{platform.machine()}, {usable_cores()} cores, Python {platform.python_version()}, '
        f'torch {torch.__version__}, {time.strftime("%d %B %Y")}'
    )


def write(page: Path, blocks: dict[str, str]) -> None:
    """Put blocks, by command, between the marks; those of other commands stay."""
    head, _, rest = page.read_text(encoding='utf-8').partition(BEGIN)
    body, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f'{page}: lacks the marks {BEGIN} and {END}')
    there = (START + text.rstrip() for text in body.split(START)[1:])
    blocks = {text.splitlines()[1].removeprefix('$ python '): text for text in there} | blocks
    listed = [blocks[command] for command in COMMANDS.values() if command in blocks]
    write_text(page, head + '\n\n'.join([BEGIN, *listed, END]) + tail)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--page', type=Path, help='page with the two marks')
    parser.add_argument('--only', nargs='+', choices=tuple(COMMANDS), default=tuple(COMMANDS))
    args = parser.parse_args()
    for name in args.only:
        print(f'{name} ...', flush=True)
        block = result(COMMANDS[name])
        print(block, flush=True)
        if args.page:
            write(args.page, {COMMANDS[name]: block})


if __name__ == '__main__':
    main()
