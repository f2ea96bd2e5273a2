"""Plot a training's curves from the scalars in MMEngine's log.

Examples:
    python tools/analysis_tools/plot_curves.py work_dirs/demo --out curves.png
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.media.files import atomic_file
from mmssl.media.paths import FILE_OUT, FOLDER_IN

TRAINING = ('loss_visual', 'loss_audio', 'loss_av')
VALIDATION = ('loc/pointing', 'loc/ciou_adaptive', 'acc/visual_top1', 'acc/audio_top1')


def read_scalars(work_dir: Path) -> list[dict]:
    """Entries of all runs in a work directory, in order; resumed runs continue earlier ones."""
    files = sorted(work_dir.glob('*/vis_data/scalars.json'))
    if not files:
        raise SystemExit(f'{work_dir}: no */vis_data/scalars.json, expected a training in it')
    return [entry for file in files for entry in _entries(file)]


def _entries(file: Path) -> list[dict]:
    try:
        return [json.loads(line) for line in file.read_text().splitlines()]
    except ValueError as error:
        raise ValueError(f'{file}: not the scalars of a training: {error}') from error


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('work_dir', type=FOLDER_IN, help='work directory of a training')
    parser.add_argument('--out', type=FILE_OUT, default='curves.png', help='picture to write')
    args = parser.checked_args()
    entries = read_scalars(Path(args.work_dir))
    figure = Figure(figsize=(9, 3.4), layout='constrained')
    left, right = figure.subplots(1, 2)
    for name in TRAINING:
        points = [(e['step'], e[name]) for e in entries if name in e]
        left.plot(*zip(*points), label=name)
    for name in VALIDATION:
        points = [(e['step'], e[name]) for e in entries if name in e]
        right.plot(*zip(*points), marker='.', label=name)
    left.set(xlabel='iteration', ylabel='training loss', ylim=(0, None))
    right.set(xlabel='epoch', ylabel='validation', ylim=(0, 1.02))
    for axis in (left, right):
        if axis.lines:
            axis.legend(fontsize=8)
        axis.grid(alpha=0.3)
    with atomic_file(args.out) as partial:
        figure.savefig(partial, dpi=110)
    print(args.out)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'tools/analysis_tools/plot_curves.py'))
