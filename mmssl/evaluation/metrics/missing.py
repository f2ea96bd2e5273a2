"""The list of samples that could not be evaluated."""

import json
import logging
from collections.abc import Iterable
from os import PathLike

from mmengine.logging import print_log

from ...media.files import write_text


def report_missing(
    missing: Iterable[tuple[str | None, str]], expected: int, path: str | PathLike | None
) -> None:
    """List the samples that are not evaluated in a file, and warn about them.

    Args:
        missing: Identifier and reason of each.
        expected: Number of all samples.
        path: File to write (JSON), if any; it is also written if none is missing.
    """
    missing = list(missing)
    if path:
        listed = [{'id': name, 'reason': reason} for name, reason in missing]
        write_text(path, json.dumps(listed, indent=1))
    if missing:
        where = path or 'set missing_file to list all of them'
        first = '; '.join(f'{name}: {reason}' for name, reason in missing[:3])
        print_log(
            f'{len(missing)} of {expected} samples are not evaluated ({where}). {first}',
            'current',
            level=logging.WARNING,
        )
