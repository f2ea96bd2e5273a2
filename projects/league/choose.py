"""Choose the settings with the best maps of the validation clips, and write them as a config.

Among equal settings, the first is chosen. The config inherits from the method's config, and
contains only the chosen settings.

Examples:
    python -m projects.league.choose configs/lvs/lvs_r18-small_soundingshapes.py \\
        --candidate low.json optim_wrapper.optimizer.lr=0.0003 \\
        --candidate high.json optim_wrapper.optimizer.lr=0.001 --out chosen.py
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mmssl.apis.config import Options, merge_options, read_config
from mmssl.cli.ending import exit_status
from mmssl.cli.parser import Parser
from mmssl.media.files import write_text
from mmssl.media.paths import FILE_IN, FILE_OUT

#: The deciding number.
CRITERION = 'ciou_adaptive'


def validation_score(path: str | os.PathLike) -> float:
    """The deciding number in a file of ``projects.league.score`` for validation clips."""
    return json.loads(Path(path).read_text(encoding='utf-8'))['vggss'][CRITERION]


def choose(candidates: Sequence[tuple[str, Sequence[str]]]) -> tuple[int, list[float]]:
    """Index of the best candidate, the first among equals, and all scores.

    Args:
        candidates: Files of scores, and their settings.
    """
    scores = [validation_score(path) for path, _ in candidates]
    return scores.index(max(scores)), scores


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument('config', type=FILE_IN, help='config file of the method')
    parser.add_argument(
        '--candidate',
        nargs='+',
        action='append',
        required=True,
        metavar='WORD',
        help='file of validation scores, and its settings KEY=VALUE',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='settings of all candidates',
    )
    parser.add_argument('--out', type=FILE_OUT, required=True, help='config file to write')
    args = parser.checked_args()
    candidates = [(words[0], words[1:]) for words in args.candidate]
    best, scores = choose(candidates)
    words = candidates[best][1]
    config = read_config(args.config)
    merge_options(config, {**(args.cfg_options or {}), **_parsed(words)})
    write_text(args.out, config.pretty_text)
    listed = [
        {'settings': list(settings), CRITERION: score, 'chosen': index == best}
        for index, ((_, settings), score) in enumerate(zip(candidates, scores))
    ]
    write_text(Path(args.out).with_suffix('.json'), json.dumps(listed, indent=1))


def _parsed(words: Sequence[str]) -> dict:
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=Options, default={})
    return parser.parse_args(['--cfg-options', *words]).cfg_options if words else {}


if __name__ == '__main__':
    sys.exit(exit_status(main, 'projects.league.choose'))
