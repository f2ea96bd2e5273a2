"""Disks that are full, for a test that has no disk of its own."""

import os
from pathlib import Path

from mmssl.files import _partial_name


def fill(path: Path) -> Path:
    """Let every write of this process to a file that is not there yet fail as on a full disk.

    Files are written under another name first, and that name leads to ``/dev/full``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(_partial_name(path)).symlink_to('/dev/full')
    return path


def names(folder: Path) -> list[str]:
    """Names of what is in a folder, hidden files included."""
    return sorted(os.listdir(folder))
