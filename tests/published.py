"""Published files, which only some machines have, and the mark for tests that read them."""

import os
from pathlib import Path

import pytest

from .warm import ROOT

#: Folder of published files.
PUBLISHED = Path(os.environ.get('MMSSL_PUBLISHED', ROOT.parent / 'shared/data'))
REASON = 'reads published files that are not here (MMSSL_PUBLISHED=FOLDER)'


def skip_without(item: pytest.Item) -> None:
    """Skip a test if files that its mark ``published`` names are missing."""
    for mark in item.iter_markers('published'):
        if not all((PUBLISHED / name).exists() for name in mark.args):
            pytest.skip(REASON)
