"""Open-vocabulary models, whose networks other projects have trained."""

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..models import OpenVocabularyLocalizer
from ..models.open_vocabulary.localizer import TOP_WORDS
from .config import read_config
from .localizer import Localization
from .model import LoadedModel, pipeline_of, usable_device

#: Options that name networks. Other options are settings of the model under the same names.
_NETWORKS = ('tagger', 'vision')


@dataclass(frozen=True)
class OpenVocabularyModel(LoadedModel):
    """An open-vocabulary model with its networks."""

    network: OpenVocabularyLocalizer
    top_words: int = TOP_WORDS

    def notes(self, localized: Localization) -> list[str]:
        """As :meth:`Localizer.notes`."""
        return self.network.notes(localized.maps)


def is_pretrained(settings: str | os.PathLike | Config | dict) -> bool:
    """Whether the model of a config, or of its file, has weights of its own."""
    init_default_scope('mmaction')
    config = settings if isinstance(settings, (Config, dict)) else read_config(settings)
    kind = (config.get('model') or {}).get('type')
    return not getattr(MODELS.get(kind) if kind else None, 'needs_checkpoint', True)


def with_options(settings: Config, options: Mapping[str, Any]) -> Config:
    """A config with settings of its model.

    Args:
        settings: Config of an open-vocabulary model.
        options: ``labels``, ``words``, ``tagger`` or ``vision``. The latter two name a network, on
            the hub or by its folder.

    Raises:
        ValueError: If the model is another.
    """
    if options and not is_pretrained(settings):
        raise ValueError(
            f'{", ".join(options)} given, but the model has no vocabulary to choose: take '
            'open-vocabulary'
        )
    settings = copy.deepcopy(settings)
    for name, value in options.items():
        settings.model[name] = dict(name=os.fspath(value)) if name in _NETWORKS else value
    return settings


def choose_weights(config: Config, checkpoint: str | None, options: Mapping[str, Any]) -> None:
    """Put a checkpoint, or options of an open-vocabulary model, into a config.

    Raises:
        ValueError: If the model needs a checkpoint and there is none, has weights of its own, or
            has no such options.
    """
    pretrained = is_pretrained(config)
    if pretrained and checkpoint is not None:
        raise ValueError(f'the model has weights of its own: leave out {checkpoint}')
    if not pretrained and checkpoint is None:
        raise ValueError('the model has no weights: give a checkpoint file behind the config')
    config.model = with_options(config, options).model
    config.load_from = checkpoint


def load_pretrained(
    settings: str | os.PathLike | Config | dict, device: str, options: Mapping[str, Any]
) -> OpenVocabularyModel:
    """Build an open-vocabulary model and load its networks.

    Args:
        settings: Config, or its file.
        device: Device of the model.
        options: As for :func:`with_options`.

    Raises:
        ValueError: As :meth:`mmssl.models.OpenVocabularyLocalizer.load`, or if the device cannot
            be used.
    """
    place = usable_device(device)
    if isinstance(settings, (Config, dict)):
        config = Config(settings) if isinstance(settings, dict) else settings
    else:
        config = read_config(settings)
    config = with_options(config, options)
    network = MODELS.build(config.model).to(place).load().eval()
    return OpenVocabularyModel(
        network=network,
        config=config,
        classes=network.classes,
        pipeline=pipeline_of(config),
        window=network.window,
        margin=network.margin,
        one_map_of_stills=network.one_map_of_stills,
    )
