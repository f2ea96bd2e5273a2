"""Load a model by a checkpoint, a config with weights, a name, or an exported model."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from mmengine.config import Config
from mmengine.device import get_device

from .localizer import Localizer
from .model_index import find_model, indexed_models, listed_models

#: Libraries that run the networks: torch for checkpoints, onnxruntime for exported models.
BACKENDS = ('torch', 'onnx')


def load_localizer(
    model: str | os.PathLike | Config | dict | Localizer | None,
    weights: str | os.PathLike | None = None,
    *,
    config: str | os.PathLike | None = None,
    backend: str | None = None,
    device: str | None = None,
    prior: str | os.PathLike | None = None,
    options: Mapping[str, Any] | None = None,
) -> Localizer:
    """Load a localizer.

    Batch normalization becomes part of the convolutions. To train a network or save it as a
    checkpoint, use :func:`mmssl.apis.model.load_model`.

    Args:
        model: Checkpoint, or exported model; or a config (with ``weights``); or a
            name of ``model-index.yml``; or an object with the interface of
            :class:`Localizer`, which is returned. ``None`` if ``weights`` hold their config.
        weights: Checkpoint, where ``model`` is a config or a name.
        config: Config file of a checkpoint; the one kept in it if ``None``.
        backend: ``'torch'`` or ``'onnx'``; by the file's suffix if ``None``.
        device: Device of torch; the best available one if ``None``.
        prior: Weights of a torchvision ResNet-18, for a model with an object prior.
        options: For an open-vocabulary model: see :func:`mmssl.apis.pretrained_model.with_options`.

    Raises:
        ValueError: If the backend or the model is unknown, a file is of the other
            backend, weights are missing, or arguments contradict each other.
    """
    options = {key: value for key, value in (options or {}).items() if value is not None}
    if _is_loaded(model):
        others = {'weights': weights, 'a config': config, 'a prior': prior, **options}
        for name, given in others.items():
            if given is not None:
                raise ValueError(f'{name} given beside a model that has its own: leave {given} out')
        return cast(Localizer, model)
    if model is not None and not isinstance(model, (str, os.PathLike, Config, dict)):
        raise ValueError(
            f'the model is of type {type(model).__name__}, expected a checkpoint, a name, a config '
            'or a localizer (mmssl.apis.ModuleLocalizer makes one of a torch.nn.Module)'
        )
    if backend not in (None, *BACKENDS):
        raise ValueError(f'backend is {backend!r}, expected one of {BACKENDS}')
    if backend == 'onnx' or (backend is None and _is_exported(model)):
        if prior is not None:
            raise ValueError(f'{model}: an exported model has no object prior, leave out {prior}')
        if options:
            raise ValueError(f'{model}: an exported model has no {", ".join(options)}')
        return _exported(model, config, device)
    # An exported model is run without loading MMAction2's models, a checkpoint without onnxruntime.
    from ..models.fusion import fuse_normalization
    from .model import load_model
    from .pretrained_model import is_pretrained, load_pretrained

    checkpoint, settings = _weights_and_config(model, weights, config)
    if settings is not None and is_pretrained(settings):
        if checkpoint is not None or prior is not None:
            raise ValueError(f'{model} has weights of its own: leave out {checkpoint or prior}')
        return load_pretrained(settings, device or get_device(), options)
    if options:
        raise ValueError(
            f'{", ".join(options)} given, but {model} has no vocabulary to choose: take '
            'open-vocabulary'
        )
    if checkpoint is None:
        known = listed_models(indexed_models(), with_weights=True)
        called = f'model {model}' if isinstance(model, (str, os.PathLike)) else 'the model'
        raise ValueError(
            f'{called} has no weights: give the path of a checkpoint that a training wrote or the '
            f"method's authors released, or the name of a model that has weights: {known}"
        )
    loaded = load_model(checkpoint, settings, device or get_device(), prior)
    fuse_normalization(loaded.network)
    return loaded


def has_own_weights(
    model: Any, weights: str | os.PathLike | None = None, *, config: str | os.PathLike | None = None
) -> bool:
    """Whether a model has an open vocabulary; arguments as for :func:`load_localizer`."""
    from .pretrained_model import OpenVocabularyModel, is_pretrained

    if _is_loaded(model):
        return isinstance(model, OpenVocabularyModel)
    _, settings = _weights_and_config(model, weights, config)
    return settings is not None and is_pretrained(settings)


def _is_loaded(model: Any) -> bool:
    # Any object with the interface is accepted.
    return hasattr(model, 'localize_window')


def _is_exported(model: Any) -> bool:
    return isinstance(model, (str, os.PathLike)) and Path(model).suffix == '.onnx'


def _exported(path: Any, config: str | os.PathLike | None, device: str | None) -> Localizer:
    from .onnx_model import load_onnx

    if config is not None:
        raise ValueError(f'{path}: an exported model holds its settings, leave out config {config}')
    if device not in (None, 'cpu'):
        raise ValueError(f"device is {device!r}, expected 'cpu': onnxruntime is run on it alone")
    return load_onnx(path)


def _weights_and_config(
    model: Any, weights: str | os.PathLike | None, config: str | os.PathLike | None
) -> tuple[str | None, Any]:
    """Path of the weights, and their config; ``None`` for those that are missing."""
    if config is not None:
        return _checkpoint_of(model, config), config
    settings = None
    if isinstance(model, (Config, dict)):
        settings = model
    elif model is not None and not Path(model).is_file():
        entry = find_model(os.fspath(model))
        settings, weights = entry.config, weights or entry.weights
    elif model is not None and Path(model).suffix == '.py':
        settings = model
    elif model is not None and weights is not None:
        raise ValueError(
            f'{model} and {weights} are both given as weights, expected a config or a name as '
            'the model'
        )
    else:
        weights = weights or model
    return None if weights is None else os.fspath(weights), settings


def _checkpoint_of(model: str | os.PathLike, config: str | os.PathLike) -> str:
    if not Path(config).is_file():
        raise ValueError(f'{config}: no such config file')
    if not Path(model).is_file():
        find_model(os.fspath(model))
        raise ValueError(f'{model} is the name of a model, whose config is known: leave {config}')
    return os.fspath(model)
