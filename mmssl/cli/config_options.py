"""Options of the commands that run a config, named as MMAction2 names them."""

from ..apis.config import Options
from ..apis.runner import LAUNCHERS
from ..media.paths import FILE_IN, FOLDER_OUT, PATH_IN
from .parser import Parser


def add_config_options(parser: Parser) -> None:
    """Add the config and the options that change it."""
    group = parser.group('input')
    group.add_argument('config', type=FILE_IN, help='config file')
    group.add_argument(
        '--data-root',
        type=PATH_IN,
        help='folder of the data set, which replaces the one in the config; or a table of your '
        'clips',
    )
    group = parser.group('settings')
    group.add_argument(
        '--work-dir',
        type=FOLDER_OUT,
        help='folder for logs and checkpoints; by default work_dirs/ and the name of the config',
    )
    group.add_argument(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='settings that replace those of the config, such as train_cfg.val_interval=5; '
        'items of a list are named by their type',
    )


def add_launcher_options(parser: Parser) -> None:
    """Add the options of a run in several processes."""
    group = parser.group('distributed run')
    group.add_argument(
        '--launcher',
        choices=['none', *LAUNCHERS],
        default='none',
        help='launcher that started the processes',
    )
    group.add_argument(
        '--local_rank',
        '--local-rank',
        type=int,
        default=0,
        help="number of this process on its machine, set by torch's older launcher",
    )
