"""Load a model from a checkpoint of any data set."""

import ast
import copy
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader

from ..datasets import WindowPipeline
from ..models import AudioVisualRecognizer, OpenVocabularyLocalizer
from ..models.released import candidates
from .config import naming_settings, read_config
from .localizer import Localization, Localizer, Predictions
from .model_index import find_model


@dataclass(frozen=True)
class LoadedModel(Localizer):
    """A model in evaluation mode, its config and its class names."""

    network: AudioVisualRecognizer | OpenVocabularyLocalizer
    config: Config
    classes: list[str] | None
    pipeline: WindowPipeline
    window: int
    margin: int
    one_map_of_stills: bool

    def predict(self, imgs: np.ndarray, audios: np.ndarray, **attention: Any) -> Predictions:
        """As :meth:`Localizer.predict`; ``attention`` overrides the head's own choices."""
        with torch.no_grad():
            normalized = self._normalized(imgs=imgs, audios=audios)
            maps, scores = self.network.localize(normalized, **attention)
        return maps.cpu().numpy(), {name: values.cpu().numpy() for name, values in scores.items()}

    def with_objects(self, localized: Localization, imgs: np.ndarray) -> Localization:
        """As :meth:`Localizer.with_objects`."""
        network: Any = self.network
        prior = network.object_prior
        if prior is None:
            return localized
        with torch.no_grad():
            objects = network.object_maps(self._normalized(imgs=imgs)['imgs'])[0]
        heard = localized.maps
        return replace(localized, maps=prior.fuse(heard, objects.cpu().numpy()), heard_maps=heard)

    def _normalized(self, **inputs: np.ndarray) -> dict[str, torch.Tensor]:
        device = next(self.network.parameters()).device
        stacked = {k: list(torch.from_numpy(values).to(device)) for k, values in inputs.items()}
        data = {'inputs': stacked, 'data_samples': []}
        return self.network.data_preprocessor(data, False)['inputs']

    def require_classes(self) -> None:
        """Refuse a model without classes where classes are needed.

        Raises:
            ValueError: If it is one.
        """
        if self.classes is None:
            raise ValueError(
                f'{type(self.network).__name__} tells no classes, expected a model with a '
                'mmssl.AudioVisualHead'
            )


def usable_device(name: str) -> torch.device:
    """Return a device after checking that this installation of torch can use it.

    Raises:
        ValueError: If it does not, or the name is unknown.
    """
    try:
        number = torch.zeros(1, device=name)
        number.item()  # a device without data has none
        return number.device
    # A build without CUDA answers with an assertion.
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition('\n')[0]
        raise ValueError(f'device {name!r} cannot be used here: {reason}; take cpu') from error


def load_model(
    checkpoint: str | os.PathLike,
    config: str | os.PathLike | Config | dict | None = None,
    device: str = 'cpu',
    prior: str | os.PathLike | None = None,
) -> LoadedModel:
    """Build the model of a checkpoint and load its weights.

    Args:
        checkpoint: File that MMEngine wrote, or that authors of a published localizer released.
        config: Config, or its file; the one kept in the checkpoint, or that of the method whose
            file it is, if ``None``.
        device: Device of the model.
        prior: Weights of the object prior's backbone, for a config that has one.

    Returns:
        The model, in evaluation mode.

    Raises:
        ValueError: If the checkpoint holds no config and none is given, no weights of the config's
            model, or a model that does not localize, or the device cannot be used; if ``prior``
            is given and the config has no object prior.
    """
    place = usable_device(device)
    init_default_scope('mmaction')
    content = CheckpointLoader.load_checkpoint(os.fspath(checkpoint), 'cpu', logger='silent')
    meta, methods = content.get('meta') or {}, candidates(content)
    if isinstance(config, (Config, dict)):
        settings = Config(config) if isinstance(config, dict) else config
    elif config is not None:
        settings = read_config(config)
    elif 'cfg' in meta:
        settings = _kept_config(checkpoint, meta['cfg'])
    else:
        settings = read_config(find_model(_only_method(checkpoint, methods)).config)
    if config is not None and 'model' not in settings:
        raise ValueError(f'{_called(config)} has no model, expected a config with one')
    if 'model' not in settings or not (methods or isinstance(content.get('state_dict'), dict)):
        expected = 'a state_dict and a config with a model'
        if released := settings.get('model', {}).get('method'):
            expected = (
                f"a file of {released}'s authors (weights imgnet.* and audnet.*), or {expected}"
            )
        raise ValueError(f'{checkpoint}: holds {list(content)[:5]}, expected {expected}')
    if prior is not None:
        settings = _with_prior(settings, prior)
    with naming_settings(settings):
        network = MODELS.build(settings.model)
    try:
        network.load_state_dict(content if methods else content['state_dict'])
    except (RuntimeError, ValueError) as error:
        kept = '; the file keeps its own config: leave the given model or config out'
        raise ValueError(
            f'{checkpoint}: its weights are not of this config: {error}'
            f'{kept if config is not None and "cfg" in meta else ""}'
        ) from error
    if not hasattr(network, 'localize'):
        raise ValueError(
            f'{checkpoint}: {type(network).__name__} does not localize, expected a '
            'mmssl.AudioVisualRecognizer'
        )
    with naming_settings(settings):
        pipeline = pipeline_of(settings)
    names = meta.get('dataset_meta', {}).get('classes') or ()
    classes = _all_named(names, getattr(network.cls_head, 'num_classes', None))
    return LoadedModel(
        network=network.to(place).eval(),
        config=settings,
        classes=classes,
        pipeline=pipeline,
        window=network.window,
        margin=network.margin,
        one_map_of_stills=network.one_map_of_stills,
    )


def _with_prior(settings: Config, weights: str | os.PathLike) -> Config:
    """The config with these weights of its object prior."""
    if not settings.model.get('object_prior'):
        raise ValueError(
            f'prior is {os.fspath(weights)}, but the model has no object_prior: take a config or a '
            'name that has one, ez-vsl-ogl for instance'
        )
    if not Path(weights).is_file():
        raise ValueError(f'prior {os.fspath(weights)}: no such file')
    settings = copy.deepcopy(settings)
    settings.model.object_prior.weights = os.fspath(weights)
    return settings


def _kept_config(checkpoint: str | os.PathLike, text: str) -> Config:
    try:
        return config_from_text(text)
    except (ValueError, SyntaxError, TypeError) as error:
        raise ValueError(f'{checkpoint}: {error}') from error


def _called(config: str | os.PathLike | Config | dict) -> str:
    return 'the config' if isinstance(config, (Config, dict)) else os.fspath(config)


def _only_method(checkpoint: str | os.PathLike, methods: Sequence[str]) -> str:
    """The only method whose authors may have released a file."""
    if len(methods) == 1:
        return methods[0]
    if not methods:
        raise ValueError(f'{checkpoint}: holds no config, give its config file')
    raise ValueError(
        f'{checkpoint}: looks like a file of {" or ".join(methods)}, say which '
        f'(--model {methods[0]})'
    )


def pipeline_of(settings: Config) -> WindowPipeline:
    """The steps of a config's test; raises ValueError if it has none."""
    try:
        steps = settings.test_dataloader.dataset.pipeline
    except AttributeError:
        raise ValueError('the config has no test_dataloader.dataset.pipeline') from None
    return WindowPipeline(steps)


def _all_named(names: Sequence[str], count: int | None) -> list[str] | None:
    """Names of all classes. Classes without a name in the training's table get their numbers."""
    if count is None:
        return None
    return [*names, *(str(i) for i in range(len(names), count))]


def config_from_text(text: str) -> Config:
    """Read the config that MMEngine keeps in a checkpoint, without running it.

    MMEngine's own reader executes the text as Python. It consists of
    assignments of literals and ``dict(...)``, and nothing else is accepted.

    Args:
        text: ``meta['cfg']`` of a checkpoint.

    Raises:
        ValueError: If the text holds anything else.
    """
    settings = {}
    for statement in ast.parse(text).body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise ValueError(f'config of a checkpoint holds code: {ast.unparse(statement)[:80]!r}')
        settings[statement.targets[0].id] = _plain_value(statement.value)
    return Config(settings)


def _plain_value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and _is_dict_call(node):
        return {word.arg: _plain_value(word.value) for word in node.keywords}
    if isinstance(node, ast.Dict) and all(node.keys):
        pairs = zip(filter(None, node.keys), node.values)
        return {ast.literal_eval(key): _plain_value(value) for key, value in pairs}
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_plain_value(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(
            f'config of a checkpoint holds code: {ast.unparse(node)[:80]!r}'
        ) from error


def _is_dict_call(call: ast.Call) -> bool:
    named = not call.args and all(word.arg for word in call.keywords)
    return named and isinstance(call.func, ast.Name) and call.func.id == 'dict'
