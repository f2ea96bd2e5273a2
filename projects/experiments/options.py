"""The program of an experiment: its options, and its run from the first job to the page."""

import argparse
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from mmssl.media.files import require_same_settings
from mmssl.media.paths import FILE_OUT, FOLDER_OUT
from mmssl.threads import usable_cores

from .jobs import Job
from .run import JobError, run_jobs

T = TypeVar('T')


def add_options(
    parser: argparse.ArgumentParser, name: str, scale: Any, texts: Mapping[str, str]
) -> None:
    """Add the options for the folder and the size of an experiment.

    Args:
        parser: Parser to change in place.
        name: Name of the experiment in default paths.
        scale: A dataclass of numbers, or tuples of numbers, with defaults.
        texts: Help texts of its fields.
    """
    parser.add_argument(
        '--work-dir', type=FOLDER_OUT, default=f'work_dirs/{name}', help='folder of the jobs'
    )
    page = f'docs/explanation/{name}.md'
    parser.add_argument('--page', type=FILE_OUT, default=page, help='page to write')
    parser.add_argument(
        '--workers', type=int, default=usable_cores(), help='parallel jobs, one core each'
    )
    group = parser.add_argument_group('scale')
    for field in fields(scale):
        several = isinstance(field.default, tuple)
        group.add_argument(
            f'--{field.name.replace("_", "-")}',
            type=type(field.default[0] if several else field.default),
            default=field.default,
            help=texts[field.name],
            nargs='+' if several else None,
        )


def scale_of(args: argparse.Namespace, scale: type[T]) -> T:
    """The scale from the options."""
    values = {field.name: getattr(args, field.name) for field in fields(scale)}  # type: ignore[arg-type]
    several = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return scale(**several)


def run_experiment(
    args: argparse.Namespace,
    scale: Any,
    jobs: Sequence[Job],
    write: Callable[[], None],
    partial: bool = False,
) -> None:
    """Run the jobs in the folder of the experiment, then write the page.

    Args:
        args: Options of :func:`add_options`.
        scale: Size of the experiment; a folder belongs to one scale.
        jobs: Jobs, each after the jobs that it needs.
        write: Function that writes the page.
        partial: Whether to write the page even if jobs failed.

    Raises:
        SystemExit: If jobs failed.
    """
    # Both ways of stopping also stop the running jobs.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    require_same_settings(args.work_dir, asdict(scale))
    try:
        run_jobs(jobs, args.work_dir, args.workers)
    except JobError as error:
        if partial:
            write()
        raise SystemExit(str(error)) from None
    write()
    print(args.page)
