"""Every attention mode and context on one set of annotated clips."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ..evaluation.inputs import Samples
from ..evaluation.protocols import make_protocol
from ..evaluation.reduce import reduce_scores
from ..evaluation.samples import score_samples
from ..localization import ATTENTION_MODES
from ..progress import track
from ..structures import map_at
from .model import LoadedModel

#: Steps of sound and of picture that are averaged.
CONTEXTS = ((1, 1), (5, 1), (11, 1), (5, 5), (11, 11))


def compare_attention(
    model: LoadedModel, dataloader: Config, contexts: Sequence[tuple[int, int]] = CONTEXTS
) -> Iterator[tuple[str, int, int, dict[str, float]]]:
    """Score all attention modes; features are computed once.

    Args:
        model: As :func:`mmssl.apis.model.load_model` gives it.
        dataloader: Config of a data loader with boxes: of a validation split,
            since defaults are chosen by the result.
        contexts: Pairs of sound and picture context in steps.

    Yields:
        Mode, sound context, picture context, and the metrics of
        :func:`mmssl.evaluation.evaluate`.
    """
    choices = [(mode, *context) for mode in ATTENTION_MODES for context in contexts]
    model.require_classes()
    head = model.network.cls_head
    if head.visual_channels != head.audio_channels:  # the cosine of unequal features is undefined
        choices = [choice for choice in choices if choice[0] != 'cosine']
    protocol = make_protocol()
    scored: dict[tuple, list] = {choice: [] for choice in choices}
    for batch in track(Runner.build_dataloader(dataloader), 'comparing attention modes'):
        data = model.network.data_preprocessor(batch, False)
        with torch.no_grad():
            features, _ = model.network.extract_feat(data['inputs'])
            for mode, context, visual_context in choices:
                maps, _ = head.localize(
                    features, mode=mode, context=context, visual_context=visual_context
                )
                samples = data['data_samples']
                scored[mode, context, visual_context].append(
                    score_samples(
                        protocol,
                        Samples(
                            maps=[map_at(values, s.moment) for values, s in zip(maps, samples)],
                            truth=[sample.gt_boxes for sample in samples],
                            ids=[sample.video_id for sample in samples],
                        ),
                    )
                )
    for choice, rows in scored.items():
        yield *choice, reduce_scores(protocol, np.concatenate(rows), resamples=0).metrics
