"""The open-vocabulary localizer, which needs no training."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch.nn.functional import interpolate

from ...clock import STEPS_PER_SECOND
from ...engine.precision import PRECISIONS, computes_in_bfloat16
from ...registry import MODELS
from ...structures import StepPredictions, clip_scores
from ..features import Samples, Tensors
from ..readable import PredictsReadable
from .pretrained import open_pretrained
from .taggers import TAGGERS, SpectrogramTagger, Tagger
from .vision import VISIONS, SegmentingVision, Vision
from .words import TAGGERS_OWN, read_labels, read_words

#: Number of most probable words that are kept for every step.
TOP_WORDS = 3
#: Largest number of labels that are listed with their classes of the tagger.
_FEW = 20


@MODELS.register_module()
class OpenVocabularyLocalizer(PredictsReadable, BaseModel):
    """A sound tagger and a network that finds words in pictures, with a shared vocabulary.

    The map of a step is ``sum_k p(k | sound) * score_k(place)`` over the words k, in [0, 1]: the
    class-space attention of "Less Can Be More", with words as classes. The networks are loaded
    at their first use, or by :meth:`load`.

    The sound is tagged once a second. Pictures have any rate, and are spread evenly over the same
    seconds. Probabilities of words, and maps, are interpolated to the steps of the clock.

    Args:
        tagger: Network that tags the sound, as for
            :func:`mmssl.models.open_vocabulary.pretrained.open_pretrained`: an Audio Spectrogram
            Transformer or CLAP.
        vision: Network that finds words in pictures: CLIPSeg, CLIP or SigLIP.
        labels: Vocabulary, as for :func:`mmssl.models.open_vocabulary.words.read_labels`.
        words: Table of synonyms and prompts; the package's own table if ``None``.
        pad: Pad segments of sound to the length with which an Audio Spectrogram Transformer was
            trained. Otherwise its position embeddings are cut to the length of the segments, which
            takes a fifth of the time for two seconds.
        top_words: Number of words to look for in a picture: those with the highest probabilities.
        grid: Rows and columns of CLIPSeg's maps.
        batch_size: Number of pictures, sound segments, or pairs of picture and word at a time.
        precision: Type of the weights: ``'float32'``, ``'bfloat16'``, or ``'auto'`` for the latter
            if the device supports it.
        least: Peak of the maps below which a note reports that nothing visible sounds.
        data_preprocessor: Makes batches. The networks normalize their inputs themselves.

    Raises:
        ValueError: If an argument is out of range; later, when the networks are loaded, as
            :meth:`load`.
    """

    #: Steps are interpolated between seconds, so a margin of one second gives the same values as
    #: the whole clip.
    window, margin = 38, 1
    one_map_of_stills = False
    object_prior = None
    #: The weights come from other packages, so there is no checkpoint.
    needs_checkpoint = False

    def __init__(
        self,
        tagger: Mapping[str, Any],
        vision: Mapping[str, Any],
        labels: str | os.PathLike | Sequence[str] = TAGGERS_OWN,
        words: str | os.PathLike | None = None,
        pad: bool = False,
        top_words: int = 5,
        grid: int = 44,
        batch_size: int = 8,
        precision: str = 'auto',
        least: float = 0.1,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor)
        for name, value in (('top_words', top_words), ('grid', grid), ('batch_size', batch_size)):
            if value < 1:
                raise ValueError(f'{name} is {value}, expected at least 1')
        if precision not in PRECISIONS:
            raise ValueError(f'precision is {precision!r}, expected one of {PRECISIONS}')
        self.sources = {'tagger': dict(tagger), 'vision': dict(vision)}
        self.labels, self.table = read_labels(labels), read_words(words)
        self.top_words, self.grid, self.batch_size = top_words, grid, batch_size
        self.precision, self.least, self.pad = precision, least, pad
        self.tagger: Tagger | None = None
        self.vision: Vision | None = None
        self._classes: list[str] | None = None
        # Moves with the model, even before a network is loaded.
        self.register_buffer('_place', torch.empty(0), persistent=False)

    @property
    def classes(self) -> list[str]:
        """The vocabulary; loads the networks."""
        self.load()
        return self._classes or []

    @torch.no_grad()
    def load(self) -> Self:
        """Load both networks unless they are loaded, and prepare them for the vocabulary.

        Raises:
            ValueError: As :func:`mmssl.models.open_vocabulary.pretrained.open_pretrained`, or if
                the tagger does not know a label.
        """
        if self._classes is not None:
            return self
        tagger = open_pretrained(self.sources['tagger'], 'tagger', TAGGERS)
        words = self.labels or tagger.classes
        if words is None:
            raise ValueError(
                f'labels are {TAGGERS_OWN!r}, but {self.sources["tagger"]["name"]} has no classes '
                'of its own, expected labels: --labels "dog, siren" or a file'
            )
        if isinstance(tagger, SpectrogramTagger):
            tagger.padded = self.pad
        tagger.set_vocabulary(words, self.table)
        vision = open_pretrained(self.sources['vision'], 'vision', VISIONS)
        if isinstance(vision, SegmentingVision):
            vision.grid = self.grid
        vision.set_vocabulary(words, self.table)
        dtype = self._dtype()
        for part in (tagger, vision):
            part.network.to(dtype)
            part.to(self._place.device)
        self.tagger, self.vision, self._classes = tagger, vision, list(words)
        print_log(f'{len(words)} words, networks in {str(dtype).removeprefix("torch.")}', 'current')
        return self

    def _dtype(self) -> torch.dtype:
        native, _ = computes_in_bfloat16(self._place.device)
        chosen = {'auto': 'bfloat16' if native else 'float32'}.get(self.precision, self.precision)
        return getattr(torch, chosen)

    def forward(self, inputs: Tensors, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """As in MMEngine: ``'tensor'`` localizes, ``'predict'`` adds predictions to data samples.

        Raises:
            ValueError: If ``mode`` is ``'loss'``.
        """
        if mode == 'loss':
            raise ValueError(
                'mmssl.OpenVocabularyLocalizer is not trained: train a small model on its boxes, '
                'see docs/how_to/open_vocabulary.md'
            )
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        return self.localize(inputs)

    def predict(self, inputs: Tensors, data_samples: Samples, **kwargs: Any) -> Samples:
        """Add clip scores, step scores, maps and the vocabulary to data samples."""
        maps, scores = self.localize(inputs)
        for number, sample in enumerate(data_samples):
            steps = {name: values[number] for name, values in scores.items()}
            of_clip = clip_scores(steps)
            sample.set_metainfo({'words': self._classes})
            sample.set_pred_score(of_clip)
            sample.set_pred_label(of_clip['av'].argmax(-1, keepdim=True))
            sample.set_field(steps, 'pred_step_scores')
            sample.set_pred_map(maps[number])
        return data_samples

    @torch.no_grad()
    def localize(self, inputs: Tensors, **attention: Any) -> StepPredictions:
        """Maps and word scores of every step.

        Args:
            inputs: ``imgs`` ``(N, 3, P, H, W)``, RGB in [0, 255], P pictures spread evenly over
                the S seconds of ``audios`` ``(N, 1, S, samples)``, a segment at 16 kHz around the
                middle of each second. A single picture is used for all seconds.
            **attention: Ignored, because there is only one way to localize.

        Returns:
            Maps ``(N, 10 S, h, w)``; scores ``(N, 10 S, K)``: ``'audio'`` of the sound,
            ``'visual'`` of the picture, and ``'av'``, their product as shares.
        """
        self.load()
        pairs = zip(inputs['imgs'].transpose(1, 2), inputs['audios'][:, 0])
        clips = [self._localize_one(pictures, segments) for pictures, segments in pairs]
        scores = {name: torch.stack([found[1][name] for found in clips]) for name in clips[0][1]}
        return StepPredictions(torch.stack([maps for maps, _ in clips]), scores)

    def _localize_one(
        self, pictures: torch.Tensor, segments: torch.Tensor
    ) -> tuple[torch.Tensor, Tensors]:
        """Maps and scores of one clip: pictures ``(P, 3, H, W)``, segments ``(S, samples)``."""
        assert self.tagger is not None
        count = STEPS_PER_SECOND * len(segments)
        heard = torch.cat([self.tagger(part) for part in segments.split(self.batch_size)])
        # A still picture is encoded once, with the words of every second.
        views = len(segments) if len(pictures) == 1 else len(pictures)
        seen, maps = self._look(pictures, in_time(heard, views))
        audio, visual = in_time(heard, count), in_time(seen, count)
        both = audio * visual
        smallest = torch.finfo(both.dtype).tiny
        scores = {
            'av': both / both.sum(-1, keepdim=True).clamp(min=smallest),
            'audio': audio,
            'visual': visual,
        }
        return in_time(maps, count), scores

    def _look(
        self, pictures: torch.Tensor, chances: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores ``(P, K)`` of pictures, and maps ``(V, h, w)`` for word probabilities ``(V, K)``.

        V is P, or any number of views of one picture.
        """
        scores, maps = [], []
        step = self.batch_size
        for first in range(0, len(pictures), step):
            part = pictures[first : first + step]
            found, drawn = self._look_at(
                part, chances if len(pictures) == 1 else chances[first : first + step]
            )
            scores.append(found)
            maps.append(drawn)
        return torch.cat(scores), torch.cat(maps)

    def _look_at(
        self, pictures: torch.Tensor, chances: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """As :meth:`_look`, for one batch of pictures."""
        assert self.vision is not None
        seen = self.vision.look(pictures)
        visible = chances * self.vision.visible
        weights, words = visible.topk(min(self.top_words, visible.shape[1]), dim=1)
        views, ranks = words.shape
        owner = torch.arange(views, device=words.device).clamp(max=len(pictures) - 1)
        owners, asked = owner.repeat_interleave(ranks), words.flatten()
        pairs = zip(owners.split(self.batch_size), asked.split(self.batch_size))
        maps = torch.cat([self.vision.maps(seen, *pair) for pair in pairs])
        return seen.scores, torch.einsum('vr,vrhw->vhw', weights, maps.unflatten(0, (views, ranks)))

    def notes(self, maps: np.ndarray) -> list[str]:
        """Notes for a reader of a clip's maps ``(T, h, w)``."""
        if float(maps.max()) >= self.least:
            return []
        return [
            f'nothing visible sounds: the maps stay below {self.least:g} of 1, so moments '
            'and boxes are unreliable'
        ]


def in_time(values: torch.Tensor, count: int) -> torch.Tensor:
    """Interpolate to another number of instants, each the middle of an equal share of the time.

    Values before the first and after the last given instant are constant.

    Args:
        values: ``(T, ...)``.
        count: Number of instants.

    Returns:
        ``(count, ...)``.
    """
    if len(values) == count:
        return values
    rows = values.flatten(1).T[None]
    found = interpolate(rows, size=count, mode='linear', align_corners=False)
    return found[0].T.reshape(count, *values.shape[1:])
