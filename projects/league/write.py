"""The league's page."""

from pathlib import Path

from .scale import Scale


def write_league(folder: Path, scale: Scale, page: Path) -> None:
    """Write the tables."""
