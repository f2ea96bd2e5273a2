"""Configs as ``mmssl train`` takes them, checked in the test's own process."""

import copy
import functools

from mmengine.config import Config

from mmssl.apis.config import LOOPS, check_config, import_modules, merge_options, read_config
from mmssl.cli.config_options import add_config_options
from mmssl.cli.parser import Parser

from .warm import ROOT

CONFIG = ROOT / 'configs/mmssl_soundingshapes.py'
CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)


def checked(*options: str, config=CONFIG, loops=LOOPS) -> list[str]:
    """What is told of a config with options; the one line of the refusal if it is refused."""
    parser = Parser()
    add_config_options(parser)
    try:
        words = [str(config), *(['--cfg-options', *options] if options else [])]
        given = parser.parse_args(words).cfg_options or {}
        loaded = read(config)
        merged = copy.deepcopy(loaded)
        merge_options(merged, given)
        import_modules(merged, '--cfg-options ')
        return check_config(loaded, given, merged, loops)
    except ValueError as error:
        return [str(error)]


@functools.cache
def read(config) -> Config:
    """A config file, read once."""
    return read_config(config)
