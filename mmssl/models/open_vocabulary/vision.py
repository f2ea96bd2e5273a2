"""Networks that find words in pictures: probabilities and places of words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, normalize

from .pretrained import library, whole_network
from .taggers import text_features
from .words import WordTable

#: Mean and standard deviation of red, green and blue in [0, 1].
Colours = tuple[list[float], list[float]]


@dataclass(frozen=True)
class VisionOutput:
    """The output of a network for a batch of pictures.

    Attributes:
        scores: float32 ``(N, K)``, probabilities that the picture shows each of K words.
        features: Features of its places, in the network's own format.
    """

    scores: torch.Tensor
    features: tuple[torch.Tensor, ...]


class Vision(nn.Module):
    """A network that compares pictures and text.

    Attributes:
        sentences, text: float32 ``(K, C)``, features of the words' sentences, and the same features
            normalized.
        visible: bool ``(K,)``, whether the word is visible.
    """

    sentences: torch.Tensor
    text: torch.Tensor
    visible: torch.Tensor
    #: Padding of sentences, see :func:`text_features`.
    padding = 'longest'

    mean: torch.Tensor
    deviation: torch.Tensor
    #: Class of the network in the ``transformers`` package.
    kind: str

    def __init__(self, network: nn.Module, tokenizer: Any, colours: Colours) -> None:
        super().__init__()
        self.network: Any = network
        self.tokenizer = tokenizer
        for name, values in zip(('mean', 'deviation'), colours):
            buffer = torch.tensor(values).view(-1, 1, 1) * 255
            self.register_buffer(name, buffer, persistent=False)

    @classmethod
    def load(cls, name: str, local: bool) -> Self:
        """Load it, see :func:`mmssl.models.open_vocabulary.pretrained.whole_network`."""
        transformers = library()
        network = whole_network(getattr(transformers, cls.kind), name, local)
        tokens = transformers.AutoTokenizer.from_pretrained(name, local_files_only=local)
        return cls(network, tokens, colours_of(name, local))

    def normalized(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures ``(N, 3, H, W)`` of RGB in [0, 255], normalized for the network."""
        dtype = next(self.network.parameters()).dtype
        return ((pictures - self.mean) / self.deviation).to(dtype)

    def set_vocabulary(self, words: Sequence[str], table: WordTable) -> None:
        """Prepare for a vocabulary with one pass over its sentences."""
        sentences = [table.seen(word) for word in words]
        texts = [sentence or table.seen_prompt.format('nothing') for sentence in sentences]
        features = text_features(self._both, self.tokenizer, texts, self.padding)
        visible = torch.tensor([sentence is not None for sentence in sentences])
        self.register_buffer('sentences', features, persistent=False)
        self.register_buffer('text', normalize(features, dim=-1), persistent=False)
        self.register_buffer('visible', visible.to(features.device), persistent=False)

    @property
    def _both(self) -> Any:
        """The part of the network that compares pictures and sentences."""
        return self.network

    def look(self, pictures: torch.Tensor) -> VisionOutput:
        """Encode pictures ``(N, 3, H, W)``, RGB in [0, 255]."""
        raise NotImplementedError

    def maps(self, seen: VisionOutput, pictures: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """Scores of places in [0, 1].

        Args:
            seen: Output of :meth:`look` for a batch.
            pictures: Indices ``(M,)`` of pictures in the batch.
            words: Indices ``(M,)`` of the word to find in each of them.

        Returns:
            float32 ``(M, h, w)``.
        """
        raise NotImplementedError

    def _shares(self, features: torch.Tensor) -> torch.Tensor:
        """Probabilities ``(..., K)`` of all words from features ``(..., C)``."""
        logits = self._both.logit_scale.float().exp() * normalize(features, dim=-1) @ self.text.T
        return logits.masked_fill(~self.visible, -torch.inf).softmax(-1).nan_to_num()


class SegmentingVision(Vision):
    """CLIPSeg: the sigmoid of its logits for a picture and a sentence.

    Attributes:
        grid: Rows and columns of the maps; the logits are averaged to this size.
    """

    kind = 'CLIPSegForImageSegmentation'
    grid = 44

    @property
    def _both(self) -> Any:
        return self.network.clip

    def look(self, pictures: torch.Tensor) -> VisionOutput:
        """As :meth:`Vision.look`."""
        found = self.network.clip.get_image_features(
            self.normalized(pictures), interpolate_pos_encoding=True, output_hidden_states=True
        )
        layers = [found.hidden_states[layer + 1] for layer in self.network.extract_layers]
        return VisionOutput(self._shares(found.pooler_output.float()), tuple(layers))

    def maps(self, seen: VisionOutput, pictures: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """As :meth:`Vision.maps`."""
        layers = [layer[pictures] for layer in seen.features]
        logits = self.network.decoder(layers, self.sentences[words].to(layers[0].dtype)).logits
        return adaptive_avg_pool2d(logits.float().sigmoid(), self.grid)


class PlaceVision(Vision):
    """Comparison of each place with text: the probabilities of all words at each place."""

    def look(self, pictures: torch.Tensor) -> VisionOutput:
        """As :meth:`Vision.look`; the features are probabilities ``(N, K, h, w)``."""
        found = self.network.get_image_features(
            self.normalized(pictures), interpolate_pos_encoding=True, output_hidden_states=True
        )
        patch = self.network.config.vision_config.patch_size
        shape = tuple(side // patch for side in pictures.shape[2:])
        chances = self._at_places(found).unflatten(1, shape).movedim(-1, 1)
        return VisionOutput(self._shares(found.pooler_output.float()), (chances,))

    def maps(self, seen: VisionOutput, pictures: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """As :meth:`Vision.maps`."""
        return seen.features[0][pictures, words]

    def _at_places(self, found: Any) -> torch.Tensor:
        """Probabilities ``(N, h * w, K)`` of all words at the places."""
        raise NotImplementedError


class ClipVision(PlaceVision):
    """CLIP without the attention of its last layer, so that places do not mix there.

    Source: "Extract Free Dense Labels from CLIP" (ECCV 2022).
    """

    kind = 'CLIPModel'

    def _at_places(self, found: Any) -> torch.Tensor:
        vision = self.network.vision_model
        layer, places = vision.encoder.layers[-1], found.hidden_states[-2][:, 1:]
        attention = layer.self_attn
        places = places + attention.out_proj(attention.v_proj(layer.layer_norm1(places)))
        places = places + layer.mlp(layer.layer_norm2(places))
        features = self.network.visual_projection(vision.post_layernorm(places))
        return self._shares(features.float())


class SiglipVision(PlaceVision):
    """SigLIP. Its pooling head treats each place as a whole picture."""

    kind = 'SiglipModel'
    padding = 'max_length'

    def _at_places(self, found: Any) -> torch.Tensor:
        places = found.last_hidden_state
        features = self.network.vision_model.head(places.flatten(0, 1)[:, None]).float()
        cosines = normalize(features, dim=-1) @ self.text.T
        scale, bias = self.network.logit_scale.float().exp(), self.network.logit_bias.float()
        chances = (scale * cosines + bias).sigmoid() * self.visible
        return chances.unflatten(0, places.shape[:2])


def colours_of(name: str, local: bool) -> Colours:
    """Mean and standard deviation of a network's input, from its ``preprocessor_config.json``.

    Raises:
        ValueError: If the file is missing, or lacks these values.
    """
    file = library().utils.cached_file(
        name,
        'preprocessor_config.json',
        local_files_only=local,
        _raise_exceptions_for_missing_entries=False,
    )
    settings = json.loads(Path(file).read_text('utf-8')) if file else {}
    if {'image_mean', 'image_std'} - settings.keys():
        raise ValueError(
            f'vision {name}: no image_mean and image_std in its preprocessor_config.json, expected '
            'the values with which the network was trained'
        )
    return settings['image_mean'], settings['image_std']


#: Networks by the ``model_type`` of their config.
VISIONS = {
    'clipseg': SegmentingVision.load,
    'clip': ClipVision.load,
    'siglip': SiglipVision.load,
}
