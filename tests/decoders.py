"""The decoders that tests use; decord only if it is installed."""

import os
import platform
import sys
from importlib.util import find_spec

import pytest

#: In CI, tests of decord must run if it has a build. Skipping would hide that it is missing.
_DUE = bool(os.environ.get('CI')) and (sys.platform, platform.machine()) == ('linux', 'x86_64')

#: For tests that need decord.
needs_decord = pytest.mark.skipif(
    find_spec('decord') is None and not _DUE,
    reason='decord is not installed; it has builds for x86-64 Linux and Windows only',
)

#: Both decoders, for pytest.mark.parametrize.
DECODERS = (pytest.param('decord', marks=needs_decord), 'pyav')
