"""Metrics by name, and their tables."""

import json
from collections.abc import Sequence

from mmengine.config import Config

from ..datasets.forms import names_with
from ..evaluation import METRICS
from ..evaluation.reduce import COUNTS
from ..media.files import write_text

#: Reference values of a metric, named ``prefix/REFERENCE/metric``, and their titles.
REFERENCES = {
    'centre_disc': 'centre disc',
    'whole_frame': 'whole frame',
    'uniform_noise': 'noise',
    'ceiling': 'ceiling',
}
#: Ends of the bootstrap interval.
ENDS = ('low', 'high')
#: Numbers of samples behind the scores, printed on a line of their own.
COVERAGE = ('evaluated', 'expected')


def metric_names() -> tuple[str, ...]:
    """Values of ``--metrics``: accuracy and the metrics of all registered protocols."""
    return ('acc', *dict.fromkeys(name for names in METRICS.values() for name in names))


def choose_metrics(config: Config, names: Sequence[str]) -> None:
    """Replace a config's test evaluator by the named metrics.

    The config's own settings of both metrics (protocol, preset, options) stay.

    Args:
        config: Config with a test data loader.
        names: Names among :func:`metric_names`.

    Raises:
        SystemExit: If a name is unknown or of another protocol than the config's, or localization
            is requested on data without boxes.
    """
    known = metric_names()
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SystemExit(f'--metrics: unknown {unknown}, known are {", ".join(known)}')
    localization = [name for name in known if name in names and name != 'acc']
    own = _evaluator_of(config, 'mmssl.SoundLocalizationMetric')
    if localization:
        _check_data(config, localization)
    protocol = own.get('protocol', 'vggss')
    if foreign := [name for name in localization if name not in METRICS[protocol]]:
        raise SystemExit(
            f"--metrics: {foreign} are not of the config's protocol {protocol!r}, which knows "
            f'{", ".join(METRICS[protocol])}; set protocol of mmssl.SoundLocalizationMetric in '
            'test_evaluator'
        )
    accuracy = _evaluator_of(config, 'AccMetric')
    config.test_evaluator = [accuracy] if 'acc' in names else []
    if localization:
        config.test_evaluator.append({**own, 'metrics': localization})


def _check_data(config: Config, names: Sequence[str]) -> None:
    dataset = config.test_dataloader.dataset
    # Other forms have their ground truth in ann_file. Other data sets are not checked.
    in_boxes_file = dataset.get('form', 'vggsound') in names_with('boxes_apart')
    ours = dataset.get('type', '').endswith('AudioVisualDataset')
    if ours and in_boxes_file and not dataset.get('boxes_file'):
        raise SystemExit(
            f'--metrics {" ".join(names)} need boxes, but the test data has none: set '
            'test_dataloader.dataset.boxes_file, or ask for acc alone'
        )


def _evaluator_of(config: Config, kind: str) -> dict:
    """The config's own evaluator of a type, with its settings, or the default one."""
    own = (evaluator for evaluator in evaluators_of(config) if evaluator['type'] == kind)
    return next(own, dict(type=kind))


def evaluators_of(config: Config) -> list[dict]:
    """The config's test evaluators, as a list."""
    evaluators = config.get('test_evaluator') or []
    return list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]


def report(metrics: dict[str, float], path: str | None = None) -> None:
    """Print metrics as a table, each with its references and interval, and write them.

    Args:
        metrics: As MMEngine's evaluator returns them.
        path: JSON file to write, if any.
    """
    heads = ''.join(f'{title:>13}' for title in REFERENCES.values())
    print(f'\n{"metric":<28}{"value":>9}{heads}   95 % interval')
    for name, value in metrics.items():
        prefix, _, short = name.rpartition('/')
        if prefix.rpartition('/')[2] in (*REFERENCES, *ENDS) or short in COVERAGE:
            continue
        cells = ''.join(f'{_cell(metrics.get(f"{prefix}/{r}/{short}")):>13}' for r in REFERENCES)
        ends = [metrics.get(f'{prefix}/{end}/{short}') for end in ENDS]
        interval = f'   {_cell(ends[0])} - {_cell(ends[1])}' if None not in ends else ''
        shown = f'{value:.0f}' if short in COUNTS else _cell(value)
        print(f'{name:<28}{shown:>9}{cells}{interval}'.rstrip())
    for name in metrics:
        prefix, _, short = name.rpartition('/')
        if short == 'evaluated':
            expected = metrics[f'{prefix}/expected'.lstrip('/')]
            print(f'{prefix}: evaluated {metrics[name]:.0f} of {expected:.0f} samples')
    if path:
        write_text(path, json.dumps(metrics, indent=1))


def _cell(value: float | None) -> str:
    return '' if value is None else f'{value:.4f}'
