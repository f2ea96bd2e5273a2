"""Sound taggers: the probability of every word in a segment of sound."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.signal import resample_poly
from torch import nn
from torch.nn.functional import normalize

from ...media import SAMPLE_RATE
from .pretrained import library, whole_network
from .words import WordTable, matching_classes

#: Window and hop of an Audio Spectrogram Transformer's filter bank, in samples.
_WINDOW, _HOP = 400, 160


class Tagger(nn.Module):
    """A network that recognizes words in sounds.

    Attributes:
        classes: Names of its own classes; ``None`` if it compares sounds with text.
    """

    classes: list[str] | None = None

    def __init__(self, network: nn.Module, extractor: Any) -> None:
        super().__init__()
        self.network: Any = network
        self.extractor = extractor

    def set_vocabulary(self, words: Sequence[str], table: WordTable) -> None:
        """Prepare for a vocabulary.

        Raises:
            ValueError: If a word matches none of its classes.
        """
        raise NotImplementedError

    def forward(self, segments: torch.Tensor) -> torch.Tensor:
        """Probabilities ``(N, K)`` of K words in segments of sound ``(N, samples)`` at 16 kHz."""
        raise NotImplementedError

    def _features(self, segments: torch.Tensor, name: str, **options: Any) -> torch.Tensor:
        """The network's input, made by its own feature extractor."""
        samples, rate = segments.float().cpu().numpy(), self.extractor.sampling_rate
        if rate != SAMPLE_RATE:
            samples = resample_poly(samples, rate, SAMPLE_RATE, axis=1).astype(np.float32)
        found = self.extractor(list(samples), sampling_rate=rate, return_tensors='pt', **options)
        weight = next(self.network.parameters())
        return found[name].to(weight.device, weight.dtype)


class SpectrogramTagger(Tagger):
    """An Audio Spectrogram Transformer: a fixed list of classes, for instance AudioSet's.

    The probability of a word is the sum of its classes' softmax over all classes, so other sounds
    lower it.
    """

    heard: torch.Tensor
    #: Pad short segments to the length with which the network was trained.
    padded = False

    def __init__(self, network: nn.Module, extractor: Any) -> None:
        super().__init__(network, extractor)
        names = self.network.config.id2label
        self.classes = [names[number] for number in range(len(names))]
        self._positions = self._embeddings.position_embeddings.data
        self._longest = extractor.max_length
        self._length = 0

    @classmethod
    def load(cls, name: str, local: bool) -> 'SpectrogramTagger':
        """Load it, see :func:`mmssl.models.open_vocabulary.pretrained.whole_network`."""
        transformers = library()
        network = whole_network(transformers.ASTForAudioClassification, name, local)
        extractor = transformers.ASTFeatureExtractor.from_pretrained(name, local_files_only=local)
        return cls(network, extractor)

    def set_vocabulary(self, words: Sequence[str], table: WordTable) -> None:
        """As :meth:`Tagger.set_vocabulary`; its own classes can be words, too."""
        classes = self.classes or []
        if list(words) == classes:
            numbers = [[number] for number in range(len(classes))]
        else:
            numbers = [matching_classes(word, classes, table) for word in words]
        heard = torch.zeros(len(classes), len(words))
        for column, rows in enumerate(numbers):
            heard[rows, column] = 1
        self.register_buffer('heard', heard, persistent=False)

    def forward(self, segments: torch.Tensor) -> torch.Tensor:
        """As :meth:`Tagger.forward`; the probabilities of a step add up to at most 1, if no two
        words share a class."""
        self.fit(segments.shape[1])
        logits = self.network(self._features(segments, 'input_values')).logits
        return logits.float().softmax(-1) @ self.heard

    @property
    def _embeddings(self) -> Any:
        return self.network.audio_spectrogram_transformer.embeddings

    def fit(self, samples: int) -> None:
        """Cut the position embeddings to segments of ``samples`` samples.

        The middle embeddings in time are kept, as in the authors' code for short inputs. Segments
        then need no padding with silence, which would take most of the computing time.
        """
        if self.padded or samples == self._length:
            return
        config, rows = self.network.config, 1 + (samples - _WINDOW) // _HOP
        bands, steps = (
            (size - config.patch_size) // stride + 1
            for size, stride in (
                (config.num_mel_bins, config.frequency_stride),
                (self._longest, config.time_stride),
            )
        )
        rows = min(max(rows, config.patch_size), self._longest)
        kept = (rows - config.patch_size) // config.time_stride + 1
        whole = self._positions.to(self._embeddings.position_embeddings)
        tokens, places = whole[:, :2], whole[:, 2:].unflatten(1, (bands, steps))
        first = (steps - kept) // 2
        places = places[:, :, first : first + kept].flatten(1, 2)
        self._embeddings.position_embeddings.data = torch.cat([tokens, places], 1)
        self.extractor.max_length, self._length = rows, samples


class TextTagger(Tagger):
    """CLAP, which compares sounds with sentences. The probabilities of all words add up to 1."""

    text: torch.Tensor

    def __init__(self, network: nn.Module, extractor: Any, tokenizer: Any) -> None:
        super().__init__(network, extractor)
        self.tokenizer = tokenizer
        if self.network.config.audio_config.enable_fusion:
            raise ValueError(
                'tagger: a CLAP with fusion picks parts of a sound at random, expected one '
                'without, such as laion/clap-htsat-unfused'
            )

    @classmethod
    def load(cls, name: str, local: bool) -> 'TextTagger':
        """Load it, see :func:`mmssl.models.open_vocabulary.pretrained.whole_network`."""
        transformers = library()
        network = whole_network(transformers.ClapModel, name, local)
        parts = (transformers.ClapFeatureExtractor, transformers.AutoTokenizer)
        return cls(network, *(part.from_pretrained(name, local_files_only=local) for part in parts))

    def set_vocabulary(self, words: Sequence[str], table: WordTable) -> None:
        """As :meth:`Tagger.set_vocabulary`; every word is allowed."""
        sentences = [table.heard(word) for word in words]
        text = normalize(text_features(self.network, self.tokenizer, sentences), dim=-1)
        self.register_buffer('text', text, persistent=False)

    def forward(self, segments: torch.Tensor) -> torch.Tensor:
        """As :meth:`Tagger.forward`."""
        features = self._features(segments, 'input_features', truncation='rand_trunc')
        heard = self.network.get_audio_features(input_features=features).pooler_output.float()
        scale = self.network.logit_scale_a.float().exp()
        return (scale * normalize(heard, dim=-1) @ self.text.T).softmax(-1)


#: Taggers by the ``model_type`` of their config.
TAGGERS = {'audio-spectrogram-transformer': SpectrogramTagger.load, 'clap': TextTagger.load}


@torch.no_grad()
def text_features(
    network: Any,
    tokenizer: Any,
    sentences: Sequence[str],
    padding: str = 'longest',
    batch_size: int = 64,
) -> torch.Tensor:
    """Features ``(K, C)`` of sentences, float32.

    Args:
        network: Network with a method ``get_text_features``.
        tokenizer: Tokenizer of the network.
        sentences: K sentences.
        padding: ``'longest'``, so that the end of a short sentence is masked, or
            ``'max_length'`` for networks that were trained with it.
        batch_size: Number of sentences at a time.
    """
    device = next(network.parameters()).device
    found = []
    for first in range(0, len(sentences), batch_size):
        batch = list(sentences[first : first + batch_size])
        tokens = tokenizer(batch, padding=padding, truncation=True, return_tensors='pt')
        # SigLIP's tokenizer returns no mask, because the network was trained without one.
        given = {k: v.to(device) for k, v in tokens.items() if k in ('input_ids', 'attention_mask')}
        found.append(network.get_text_features(**given).pooler_output.float())
    return torch.cat(found)
