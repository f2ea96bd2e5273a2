"""Informative moments: the steps of a video in which picture and sound correlate.

A score is one number for each step, float ``(T,)``, higher where picture and
sound agree more; :data:`MOMENT_SCORES` lists the names. Scores use the
logarithms of probabilities, which separate saturated values. Scores are
smoothed over time, and the best steps are chosen, at least ``spacing`` steps
apart. The earlier step wins a tie. Source: "Less Can Be More" (WACV 2022),
whose published annotation lists the ten best frames of every video.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

#: Lower bound of probabilities; the networks' certainty is not reliable beyond it.
_FLOOR = 1e-12


@dataclass(frozen=True)
class StepEvidence:
    """Predictions of a model for each step of a clip, for T steps and K classes.

    Attributes:
        scores: Head (``'av'``, ``'audio'``, ``'visual'``) to class probabilities ``(T, K)``.
        maps: ``(T, h, w)``.
        label: The clip's true class, if known.
    """

    scores: dict[str, np.ndarray]
    maps: np.ndarray
    label: int | None = None


@dataclass(frozen=True)
class MomentScore:
    """A way to score steps.

    Attributes:
        compute: Function from the evidence to ``(T,)``.
        heads: Heads that the score reads.
        needs_label: Whether the score needs the clip's true class.
    """

    compute: Callable[[StepEvidence], np.ndarray]
    heads: tuple[str, ...] = ()
    needs_label: bool = False


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, _FLOOR))


def _product(evidence: StepEvidence, label: int | None) -> np.ndarray:
    """log of p_audio(label) p_visual(label)."""
    audio, visual = (evidence.scores[name][:, label] for name in ('audio', 'visual'))
    return _log(audio) + _log(visual)


def _top_quarter(maps: np.ndarray) -> np.ndarray:
    flat = np.sort(maps.reshape(len(maps), -1), axis=1)
    return flat[:, -max(1, flat.shape[1] // 4) :].mean(1)


def _mid(evidence: StepEvidence) -> np.ndarray:
    steps = np.arange(len(evidence.maps))
    return -np.abs(steps - len(steps) // 2).astype(np.float64)


#: Scores by name; those with ``label`` in the name need the true class.
MOMENT_SCORES: dict[str, MomentScore] = {
    # Correlation in class space at the place where it is highest.
    'peak': MomentScore(lambda e: e.maps.max((1, 2))),
    # Mean of the highest quarter of a map: SLAVC's confidence that something visible sounds.
    'top-quarter': MomentScore(lambda e: _top_quarter(e.maps)),
    # Probability that picture and sound show the same class: sum_k p_audio(k) p_visual(k).
    'agreement': MomentScore(
        lambda e: (e.scores['audio'] * e.scores['visual']).sum(1), ('audio', 'visual')
    ),
    # Like 'label', with the most probable class of the whole clip.
    'predicted': MomentScore(
        lambda e: _product(e, int(_log(e.scores['av']).mean(0).argmax())), ('av', 'audio', 'visual')
    ),
    'av-confidence': MomentScore(lambda e: _log(e.scores['av'].max(1)), ('av',)),
    'av-label': MomentScore(lambda e: _log(e.scores['av'][:, e.label]), ('av',), needs_label=True),
    'label': MomentScore(lambda e: _product(e, e.label), ('audio', 'visual'), needs_label=True),
    # Distance from the middle alone: the moment that training uses without selection.
    'mid': MomentScore(_mid),
}


@dataclass(frozen=True)
class MomentRule:
    """How moments are chosen.

    Attributes:
        score: A name in :data:`MOMENT_SCORES`.
        top: Largest number of moments; a short clip has fewer.
        spacing: Smallest number of steps between two moments.
        smoothing: Steps over which scores are averaged, odd.

    Raises:
        ValueError: If a value makes no sense.
    """

    score: str = 'peak'
    top: int = 10
    spacing: int = 1
    smoothing: int = 9

    def __post_init__(self) -> None:
        if self.score not in MOMENT_SCORES:
            raise ValueError(f'score is {self.score!r}, expected one of {sorted(MOMENT_SCORES)}')
        if self.top < 1 or self.spacing < 1:
            raise ValueError(
                f'top is {self.top} and spacing {self.spacing}, expected at least 1 each'
            )
        if self.smoothing < 1 or self.smoothing % 2 == 0:
            raise ValueError(f'smoothing is {self.smoothing} steps, expected a positive odd number')


def select_moments(
    evidence: StepEvidence, rule: MomentRule | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the best steps of a clip.

    Args:
        evidence: Predictions for the clip.
        rule: The rule; the default one if ``None``.

    Returns:
        Steps ``(n,)``, best first, and the smoothed score of all steps ``(T,)``.

    Raises:
        ValueError: If a head or the label is missing.
    """
    rule = rule or MomentRule()
    chosen = MOMENT_SCORES[rule.score]
    if lacking := [name for name in chosen.heads if name not in evidence.scores]:
        raise ValueError(
            f'score {rule.score!r} needs the heads {lacking}, this model has '
            f'{sorted(evidence.scores)}; take one of {_scores_with(evidence.scores)}'
        )
    if chosen.needs_label and evidence.label is None:
        raise ValueError(
            f"score {rule.score!r} needs the clip's class, and the data has none; take 'peak'"
        )
    values = smooth(chosen.compute(evidence), rule.smoothing)
    return best_steps(values, rule.top, rule.spacing), values


def _scores_with(heads: Iterable[str]) -> list[str]:
    """Scores that need only these heads."""
    return [name for name, score in MOMENT_SCORES.items() if set(score.heads) <= set(heads)]


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Average over a window of steps; at the ends, over the steps that exist.

    Args:
        values: ``(T,)``.
        window: Steps, odd.

    Returns:
        float64 ``(T,)``.
    """
    ones = np.ones(window)
    middle = slice(window // 2, window // 2 + len(values))
    counts = np.convolve(np.ones(len(values)), ones)[middle]
    return np.convolve(values, ones)[middle] / counts


def best_steps(values: np.ndarray, top: int, spacing: int = 1) -> np.ndarray:
    """Indices of the highest values, best first, at least ``spacing`` apart.

    Args:
        values: ``(T,)``.
        top: Largest number of indices.
        spacing: Least distance between two of them.
    """
    best: list[int] = []
    # Differences below a millionth are rounding errors, which must not decide the order.
    for step in np.argsort(-np.round(values, 6), kind='stable').tolist():
        if all(abs(step - other) >= spacing for other in best):
            best.append(step)
        if len(best) == top:
            break
    return np.array(best, dtype=int)
