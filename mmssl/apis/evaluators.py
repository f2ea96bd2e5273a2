"""Metrics by name, and how they are printed."""

import json
from collections.abc import Sequence

from mmengine.config import Config

from ..evaluation.metrics.sound_localization_metric import NAMES as LOCALIZATION_NAMES
from ..media.files import write_text

#: What ``--metrics`` knows.
METRIC_NAMES = ('acc', *LOCALIZATION_NAMES)


def choose_metrics(config: Config, names: Sequence[str]) -> None:
    """Put the named metrics in the place of a config's test evaluator.

    Args:
        config: Config with a test data loader.
        names: Names among :data:`METRIC_NAMES`.

    Raises:
        SystemExit: If a name is unknown, or localization is asked for on data
            without boxes.
    """
    unknown = sorted(set(names) - set(METRIC_NAMES))
    if unknown:
        raise SystemExit(f'--metrics: unknown {unknown}, known are {", ".join(METRIC_NAMES)}')
    localization = [name for name in LOCALIZATION_NAMES if name in names]
    dataset = config.test_dataloader.dataset
    if localization and not dataset.get('boxes_file'):
        raise SystemExit(
            f'--metrics {" ".join(localization)} need boxes, but the test data has none: set '
            'test_dataloader.dataset.boxes_file, or ask for acc alone'
        )
    accuracy = _accuracy_of(config)
    config.test_evaluator = [accuracy] if 'acc' in names else []
    if localization:
        config.test_evaluator.append(
            dict(type='mmssl.SoundLocalizationMetric', metrics=localization)
        )


def _accuracy_of(config) -> dict:
    """The config's own accuracy metric, with its settings, or MMAction2's default."""
    evaluators = config.get('test_evaluator') or []
    for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
        if evaluator['type'] == 'AccMetric':
            return evaluator
    return dict(type='AccMetric')


def report(metrics: dict[str, float], path: str | None = None) -> None:
    """Print metrics as a table, each with its priors and ceiling, and write them.

    Args:
        metrics: As MMEngine's evaluator returns them.
        path: JSON file to write, if any.
    """
    references = ('centre_disc', 'whole_frame', 'ceiling')
    print(f'\n{"metric":<28}{"value":>9}{"centre disc":>13}{"whole frame":>13}{"ceiling":>9}')
    for name, value in metrics.items():
        prefix, _, short = name.rpartition('/')
        if prefix.rpartition('/')[2] in references:
            continue
        cells = [_cell(metrics.get(f'{prefix}/{r}/{short}')) for r in references]
        print(f'{name:<28}{_cell(value):>9}{cells[0]:>13}{cells[1]:>13}{cells[2]:>9}')
    if path:
        write_text(path, json.dumps(metrics, indent=1))


def _cell(value):
    if value is None:
        return ''
    return f'{value:.4f}' if value <= 1 else f'{value:.0f}'
