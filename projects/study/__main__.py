"""Run the study of docs/study.md: do the method's claims hold?

Takes about two hours on two cores. After an interruption, type the command again: it continues.

Examples:
    python -m projects.study --work-dir work_dirs/study --page docs/study.md
    python -m projects.study --work-dir work_dirs/tiny --clips 32 64 --singles 64 \\
        --test 8 --seeds 2 --epochs 2 --picture-epochs 2 --sound-epochs 2 --localizer-epochs 2 \\
        --page tiny/study.md
"""

import argparse
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from mmssl.cli.ending import ended
from mmssl.cli.parser import Parser
from mmssl.media.files import claim_folder
from mmssl.media.paths import FILE_OUT, FOLDER_OUT
from mmssl.threads import usable_cores

from . import Scale, plan_study, run_jobs, write_study
from .run import JobError

#: Numbers of :class:`Scale`, as options.
_SCALE = {
    'clips': 'numbers of training clips, rising',
    'singles': 'clips of one object, for the picture classifier',
    'test': 'test clips',
    'epochs': 'epochs of the classification model',
    'picture_epochs': 'epochs of the picture classifier',
    'sound_epochs': 'epochs of the distilled sound network',
    'localizer_epochs': 'epochs of the second localizer',
    'seeds': 'number of seeds',
    'duration': 'seconds of a clip',
    'data_seed': 'what the clips are drawn from',
}


def parse_args() -> argparse.Namespace:
    parser = Parser(__doc__)
    parser.add_argument(
        '--work-dir', type=FOLDER_OUT, default='work_dirs/study', help='where to work'
    )
    parser.add_argument('--page', type=FILE_OUT, default='docs/study.md', help='page to write')
    parser.add_argument(
        '--workers', type=int, default=usable_cores(), help='parallel jobs, one core each'
    )
    group = parser.add_argument_group('scale')
    for name, text in _SCALE.items():
        default = getattr(Scale, name)
        several = {'nargs': '+'} if name == 'clips' else {}
        kind = int if name == 'clips' else type(default)
        option = f'--{name.replace("_", "-")}'
        group.add_argument(option, type=kind, default=default, help=text, **several)
    return parser.checked_args()


def main() -> None:
    args = parse_args()
    # Stopped either way, the jobs that run are stopped, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    values = {name: getattr(args, name) for name in _SCALE}
    scale = Scale(**{**values, 'clips': tuple(values['clips'])})
    claim_folder(args.work_dir, asdict(scale))
    jobs = plan_study(Path(args.work_dir), scale, Path(__file__).parents[2])
    try:
        run_jobs(jobs, args.work_dir, args.workers)
    except JobError as error:
        raise SystemExit(str(error)) from None
    write_study(args.work_dir, scale, args.page)
    print(args.page)


if __name__ == '__main__':
    sys.exit(ended(main, 'projects.study', 'the same command goes on'))
