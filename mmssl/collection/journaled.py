"""One job on many items, with records that a killed run leaves for the next run."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from ..media.journal import Journal
from ..progress import track
from .parallel import LostJob, run_all

T = TypeVar('T')
Record = dict[str, Any]


def run_journaled(
    job: Callable[[T], Record],
    items: Collection[T],
    journal: Journal,
    *,
    key: Callable[[T], str],
    source: Callable[[T], Any],
    is_valid: Callable[[T, Record], bool] = lambda item, record: True,
    lost: Callable[[T, str], Record],
    title: str,
    workers: int,
    time_limit: float,
) -> int:
    """Run a job on every item without a valid record in the journal.

    Args:
        job: Importable function of an item; returns its record.
        items: Items of the work.
        journal: Records of the items, with their source in ``'of'``.
        key: Name of an item's record.
        source: Inputs of the record, as JSON. A record of another source is not valid.
        is_valid: Whether a record of the same source still holds.
        lost: Record of an item whose process hung or died, from the reason.
        title: Name of the task, for the progress.
        workers, time_limit: As for :func:`mmssl.collection.parallel.run_all`.

    Returns:
        Number of processed items.

    Raises:
        Exception: As :func:`mmssl.collection.parallel.run_all` raises.
    """

    def is_done(item: T) -> bool:
        record = journal.get(key(item))
        return record is not None and record['of'] == source(item) and is_valid(item, record)

    left = [item for item in items if not is_done(item)]
    results = run_all(job, left, workers=workers, time_limit=time_limit)
    for item, record in track(results, title, total=len(left)):
        if isinstance(record, LostJob):
            record = lost(item, record.reason)
        journal.add(key(item), {'of': source(item), **record})
    return len(left)
