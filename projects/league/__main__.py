"""Run the league of docs/explanation/league.md: every method on equal terms.

Takes a night on two cores. After an interruption, type the command again: it continues. The page
shows the finished results, and lists the missing ones.

Examples:
    python -m projects.league --dry-run
    python -m projects.league --only level-1 --methods ours lvs
    python -m projects.league --trial --work-dir work_dirs/league-trial --page trial/league.md
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser

from ..experiments import Job, is_done
from ..experiments.options import add_options, run_experiment, scale_of
from . import TRIAL, Scale, plan_league, select_jobs
from .methods import METHODS
from .plan import PARTS
from .scale import TEXTS
from .write import write_league


def parse_args() -> argparse.Namespace:
    parser = Parser(__doc__)
    add_options(parser, 'league', Scale, TEXTS)
    parser.add_argument('--trial', action='store_true', help='a few minutes instead of a night')
    parser.add_argument('--only', nargs='+', choices=PARTS, default=[], help='parts to run')
    parser.add_argument(
        '--methods', nargs='+', choices=tuple(METHODS), default=[], help='methods to run'
    )
    parser.add_argument('--dry-run', action='store_true', help='list the jobs and their durations')
    args = parser.checked_args()
    if args.trial:
        _use_trial(parser, args)
    return args


def _use_trial(parser: Parser, args: argparse.Namespace) -> None:
    given = [f.name for f in fields(Scale) if getattr(args, f.name) != getattr(Scale, f.name)]
    if given:
        parser.error(f'--trial sets all numbers, and {", ".join(given)} is given: leave one out')
    for item in fields(Scale):
        setattr(args, item.name, getattr(TRIAL, item.name))


def print_plan(jobs: Sequence[Job], folder: Path, workers: int) -> None:
    """List jobs with their estimated minutes, and the remaining time."""
    left = 0.0
    for job in jobs:
        done = is_done(folder, job)
        left += 0 if done else job.seconds
        print(f'{"done" if done else f"{job.seconds / 60:.1f}":>6}  {job.name}')
    hours = left / 3600
    print(
        f'{len(jobs)} jobs; {hours:.1f} hours of one core left, {hours / workers:.1f} on {workers}'
    )


def main() -> None:
    args = parse_args()
    scale, folder = scale_of(args, Scale), Path(args.work_dir)
    jobs = plan_league(folder, scale, Path(__file__).parents[2])
    jobs = select_jobs(jobs, args.only, args.methods)
    if args.dry_run:
        print_plan(jobs, folder, args.workers)
        return
    run_experiment(args, scale, jobs, lambda: write_league(folder, scale, args.page), partial=True)


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.league', 'the same command continues'))
