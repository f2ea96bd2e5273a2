"""Predictions for a localized input: fields of a data sample, and their plain values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..localization import BoxRule, best_steps, boxes_from_map
from ..media import step_centre
from ..structures import LocalizationDataSample, clip_scores
from .inputs import Input
from .localizer import Localization


def fill(
    sample: LocalizationDataSample,
    localized: Localization,
    classes: Sequence[str] | None,
    top: int,
    spacing: int,
    rule: BoxRule | None,
    words: int = 0,
) -> None:
    """Put maps, scores, the best moments, and the boxes at the very best into a sample.

    Args:
        sample: Object to change.
        localized: The whole clip.
        classes: Names of the classes; ``None`` if the model tells no classes.
        top: Number of moments.
        spacing: Least distance between them in steps.
        rule: How boxes are cut from maps.
        words: Number of classes that are kept of the sound of every step.
    """
    sample.set_pred_map(torch.from_numpy(localized.maps))
    if localized.agreement is not None:
        sample.set_metainfo({'classes': list(classes or ())})
        _fill_scores(sample, localized)
        agreement = torch.from_numpy(localized.agreement)
        sample.set_field(agreement, 'pred_agreement', dtype=torch.Tensor)
    if words and classes:
        sample.set_metainfo({'heard_words': top_words(localized.scores['audio'], classes, words)})
    steps = best_steps(localized.informativeness, top, spacing).tolist()
    moments = [_moment(localized, step, sample.get('classes'), rule) for step in steps]
    sample.set_moment(moments[0]['time'])
    sample.set_field(moments, 'pred_moments')
    boxes = boxes_from_map(localized.maps[steps[0]], rule)
    corners = torch.tensor([box.box for box in boxes], dtype=torch.float64)
    sample.set_field(corners, 'pred_boxes', dtype=torch.Tensor)
    scores = torch.tensor([box.score for box in boxes])
    sample.set_field(scores, 'pred_box_scores', dtype=torch.Tensor)


def _fill_scores(sample: LocalizationDataSample, localized: Localization) -> None:
    """Put class scores of every step, and of the whole clip, into a sample."""
    steps = {name: torch.from_numpy(values) for name, values in localized.scores.items()}
    clip = clip_scores(steps)
    sample.set_pred_score(clip)
    sample.set_pred_label(clip['av'].argmax(keepdim=True))
    sample.set_field(steps, 'pred_step_scores')


def top_words(scores: np.ndarray, classes: Sequence[str], count: int) -> list[list[list]]:
    """Pairs of class and score of every step, highest first, of scores ``(T, K)``."""
    best = np.argsort(-scores, axis=1, kind='stable')[:, :count]
    return [
        [[classes[number], round(float(row[number]), 4)] for number in numbers]
        for row, numbers in zip(scores, best)
    ]


def _moment(
    localized: Localization, step: int, classes: Sequence[str] | None, rule: BoxRule | None
) -> dict[str, Any]:
    box, score = boxes_from_map(localized.maps[step], rule)[0]
    moment: dict[str, Any] = {'time': round(step_centre(step), 3)}
    if classes is not None and localized.agreement is not None:
        scores = localized.scores['av'][step]
        moment['class'] = classes[scores.argmax()]
        moment['class_score'] = round(float(scores.max()), 4)
        moment['agreement'] = round(float(localized.agreement[step]), 4)
    return {**moment, 'box': [round(value, 4) for value in box], 'box_score': round(score, 4)}


def facts(sample: LocalizationDataSample, item: Input) -> dict[str, Any]:
    """The results of an input for JSON; ``unreadable`` is the reason if there are none."""
    source = {'video': item.video, 'audio': item.audio}
    if reason := sample.get('unreadable'):
        return {**source, 'unreadable': reason}
    return {
        **source,
        'duration': round(sample.duration, 3),
        'notes': list(sample.get('notes', [])),
        **(_classes(sample) if 'pred_score' in sample else {}),
        'moments': sample.pred_moments,
        'boxes': sample.pred_boxes.numpy().round(4).tolist(),
        **({'words': sample.heard_words} if 'heard_words' in sample else {}),
    }


def as_dict(sample: LocalizationDataSample, item: Input) -> dict[str, Any]:
    """:func:`facts` and arrays: ``maps`` and, where the model tells classes, ``agreement``."""
    prediction = facts(sample, item)
    if 'unreadable' not in prediction:
        prediction['maps'] = sample.pred_map.numpy()
        if 'pred_agreement' in sample:
            prediction['agreement'] = sample.pred_agreement.numpy()
    return prediction


def _classes(sample: LocalizationDataSample) -> dict[str, Any]:
    """The class of the whole clip, and the scores of all classes by every head."""
    scores = {
        head: {name: round(float(score), 4) for name, score in zip(sample.classes, values)}
        for head, values in sample.pred_score.items()
    }
    return {'class': sample.classes[int(sample.pred_label)], 'class_scores': scores}
