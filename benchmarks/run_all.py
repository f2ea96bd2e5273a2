"""Run the benchmarks of the page on performance and write their output into it.

The output of a benchmark is a block between the page's two marks. A finished benchmark replaces its
block. The rest of the page does not change.

Examples:
    python benchmarks/run_all.py --page docs/reference/measured.md
    python benchmarks/run_all.py --page docs/reference/measured.md --only loading training
    python benchmarks/run_all.py --page docs/reference/measured.md --only training --avx2
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
from functools import cache
from pathlib import Path

import torch

from mmssl.engine.precision import computes_in_bfloat16
from mmssl.media.files import write_text
from mmssl.threads import usable_cores

#: Commands by name; they run in the repository's root.
COMMANDS = {
    'loading': 'benchmarks/loading.py',
    'training': 'benchmarks/training.py --repeat 3 --profile',
    'mining': 'benchmarks/mining.py --memory',
    'mining-memory': 'benchmarks/mining.py --repeat 0 --memory 100 10000',
    'localizing': 'benchmarks/localizing.py --repeat 3',
    'published-localizers': 'benchmarks/published_localizers.py --pairs 24 --seconds 3',
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
    'long-recording': 'benchmarks/long_recording.py --out work_dirs/long_recording',
}
#: These take hours and run only if --only names them.
LONG = ('long-recording',)
#: Environment in which torch and oneDNN use no instructions beyond those of an ordinary processor.
AVX2 = {'ONEDNN_MAX_CPU_ISA': 'AVX2', 'ATEN_CPU_CAPABILITY': 'avx2'}
#: Comment after such a command on the page.
LIMITED = '  # limited to AVX2'
#: Progress of rendering, log lines, and lines of torch's profiler. The page leaves them out.
NOISE = re.compile(
    r'━|^USDT:| - mmengine - |Loads checkpoint by|: \d+ of \d+(, .* remaining|, took .*)?$'
)
START = '```text\n$ python '
BEGIN, END = '<!-- measured: make bench -->', '<!-- end of what make bench measured -->'


def result(command: str, avx2: bool = False) -> str:
    """Run a command and return its output as a block of text."""
    begin = time.perf_counter()
    here = {'PYTHONPATH': os.getcwd(), 'PYTHONWARNINGS': 'ignore', **(AVX2 if avx2 else {})}
    done = subprocess.run(
        [sys.executable, *shlex.split(command)],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, **here},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f'{command}: status {done.returncode}\n{done.stdout[-2000:]}')
    printed = (line.rstrip() for line in done.stdout.splitlines())
    lines = [line for line in printed if not NOISE.search(line)]
    took = f'({time.perf_counter() - begin:.0f} s on {machine(avx2)})'
    return '\n'.join([START + titled(command, avx2), *lines, took, '```'])


def titled(command: str, avx2: bool = False) -> str:
    """Return the first line of a command's block."""
    return command + (LIMITED if avx2 else '')


def machine(avx2: bool = False) -> str:
    """Describe the machine."""
    units = torch.backends.cpu.get_cpu_capability()
    units += ' with bfloat16' if computes_in_bfloat16('cpu')[0] else ''
    units = 'limited to AVX2' if avx2 else units
    return (
        f'{processor()}, {units}, {usable_cores()} cores, Python {platform.python_version()}, '
        f'torch {torch.__version__}, {time.strftime("%d %B %Y")}{commit()}'
    )


@cache
def commit() -> str:
    """Name the commit before the page is written; empty outside a repository."""
    command = ('git', 'describe', '--always', '--dirty', '--exclude=*')
    done = subprocess.run(command, capture_output=True, text=True)
    return f', commit {done.stdout.strip()}' if done.returncode == 0 else ''


def processor() -> str:
    """Name of the processor; on Linux with its family, which helps on rented machines."""
    try:
        text = Path('/proc/cpuinfo').read_text()
    except OSError:
        return platform.processor()
    facts = {k.strip(): v.strip() for k, _, v in (x.partition(':') for x in text.splitlines())}
    family = f' family {facts["cpu family"]}' if 'cpu family' in facts else ''
    return facts.get('model name', platform.machine()) + family


def write(page: Path, blocks: dict[str, str]) -> None:
    """Put blocks, by command, between the marks, in the order of ``COMMANDS``.

    Blocks of other commands in ``COMMANDS`` stay; blocks of commands that it lacks are removed.
    """
    head, _, rest = page.read_text(encoding='utf-8').partition(BEGIN)
    body, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f'{page}: lacks the marks {BEGIN} and {END}')
    there = (START + text.rstrip() for text in body.split(START)[1:])
    blocks = {text.splitlines()[1].removeprefix('$ python '): text for text in there} | blocks
    names = (titled(command, avx2) for command in COMMANDS.values() for avx2 in (False, True))
    listed = [blocks[name] for name in names if name in blocks]
    write_text(page, head + '\n\n'.join([BEGIN, *listed, END]) + tail)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--page', type=Path, help='page with the two marks')
    usual = tuple(name for name in COMMANDS if name not in LONG)
    parser.add_argument(
        '--only', nargs='+', choices=tuple(COMMANDS), default=usual, help='all but long ones'
    )
    parser.add_argument('--avx2', action='store_true', help='limit the processor to AVX2')
    args = parser.parse_args()
    for name in args.only:
        print(f'{name} ...', flush=True)
        block = result(COMMANDS[name], args.avx2)
        print(block, flush=True)
        if args.page:
            write(args.page, {titled(COMMANDS[name], args.avx2): block})


if __name__ == '__main__':
    main()
