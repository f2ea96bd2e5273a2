"""Run the study of docs/explanation/study.md: do the method's claims hold?

Takes about two hours on two cores. After an interruption, type the command again: it continues.

Examples:
    python -m projects.study --work-dir work_dirs/study --page docs/explanation/study.md
    python -m projects.study --work-dir work_dirs/tiny --clips 32 64 --singles 64 \\
        --test 8 --seeds 2 --epochs 2 --picture-epochs 2 --sound-epochs 2 --localizer-epochs 2 \\
        --page tiny/study.md
"""

import sys
from pathlib import Path

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser

from ..experiments.options import add_options, run_experiment, scale_of
from . import Scale, plan_study, write_study

#: Numbers of :class:`Scale`, as options.
_SCALE = {
    'clips': 'numbers of training clips, ascending',
    'singles': 'clips of one object, for the picture classifier',
    'test': 'test clips',
    'epochs': 'epochs of the classification model',
    'picture_epochs': 'epochs of the picture classifier',
    'sound_epochs': 'epochs of the distilled sound network',
    'localizer_epochs': 'epochs of the second localizer',
    'seeds': 'number of seeds',
    'duration': 'seconds of a clip',
    'data_seed': 'seed of the clips',
}


def main() -> None:
    parser = Parser(__doc__)
    add_options(parser, 'study', Scale, _SCALE)
    args = parser.checked_args()
    scale = scale_of(args, Scale)
    jobs = plan_study(Path(args.work_dir), scale, Path(__file__).parents[2])
    run_experiment(args, scale, jobs, lambda: write_study(args.work_dir, scale, args.page))


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.study', 'the same command continues'))
