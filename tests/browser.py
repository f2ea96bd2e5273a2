"""A headless Chromium that tests drive."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Nothing is fetched, nothing is asked, clips play without a click.
SWITCHES = (
    'headless=new',
    'no-sandbox',
    'disable-gpu',
    'disable-dev-shm-usage',
    'disable-quic',
    'no-first-run',
    'disable-background-networking',
    'disable-component-update',
    'disable-sync',
    'autoplay-policy=no-user-gesture-required',
    'force-color-profile=srgb',
)


def missing() -> str | None:
    """Why no Chromium can be driven, or None."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return 'the package selenium is not installed (requirements/lock.txt names it)'
    lacking = [name for name in ('chromium', 'chromedriver') if not shutil.which(name)]
    if lacking:
        return f'{" and ".join(lacking)} not found: apt-get install chromium chromium-driver'
    return None


def needed() -> None:
    """Skip where there is no Chromium; in CI, fail."""
    if reason := missing():
        if os.environ.get('CI'):
            pytest.fail(reason)
        pytest.skip(reason)


@contextmanager
def chromium(profile: Path, *more: str) -> Iterator:
    """A driver of a fresh Chromium, closed in the end.

    Args:
        profile: Empty folder for the browser's own files.
        more: Switches beside the usual ones.
    """
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for switch in (*SWITCHES, f'user-data-dir={profile}', *more):
        options.add_argument(f'--{switch}')
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    service = webdriver.ChromeService(shutil.which('chromedriver'))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()
