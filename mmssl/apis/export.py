"""A checkpoint to ONNX: both networks, heads and attention as one graph.

The graph normalizes the output of the pipelines: ``imgs`` ``(N, 3, T, H, W)``, RGB in
[0, 255], and ``audios``, which are ``(N, 1, chunks, 100, 80)``, log-mel, or of one-picture
localizers ``(N, 1, T, 257, columns)``, spectrograms. It gives ``maps`` ``(N, T, h, w)`` and class
scores of every step, ``scores_av``, ``scores_audio`` and ``scores_visual`` ``(N, T, K)``; a model
with ``fc='joint'`` has one head, and so ``scores_av`` alone, and one that tells no classes none.
N and chunks are free, T is ten times the chunks.

Optional: ``pip install "mmssl[onnx]"``. torch has two exporters. The one used here
(``dynamo=True``) follows symbolic shapes. The other is deprecated, knows no
channels-last tensors, and writes averages of the picture over steps with a
Transpose that has a negative axis, which ONNX does not allow.
"""

import copy
import inspect
import logging
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor, MultiModalDataPreprocessor
from torch import nn

from ..localization import attention_maps
from ..media import SAMPLE_RATE, STEPS_PER_SECOND, ArrayClip
from ..media.files import atomic_file, check_file
from ..models import AudioVisualRecognizer
from ..version import __version__
from .load import has_own_weights, load_localizer
from .localizer import Predictions
from .model import LoadedModel
from .onnx_model import MEDIA, InputShapes, Windows, load_onnx, metadata, optional_package

#: Version that runtimes of recent years read.
OPSET = 18

#: Difference of an output from torch's that is accepted; where outputs are beyond 10,
#: as a share of the greatest, because floating-point numbers round in shares.
TOLERANCE = 1e-4
SHARE = 1e-5

#: Clips and seconds of the batch that is traced, and of those that are compared.
TRACED = (2, 2)
COMPARED = ((1, 3), (3, 1))


@dataclass(frozen=True)
class ExportedFile:
    """A file that was written.

    Attributes:
        path: The file.
        attention: Mode and contexts in the graph.
        differences: Output to its greatest absolute difference from torch's.
    """

    path: Path
    attention: dict[str, Any]
    differences: dict[str, float]


def export_onnx(
    checkpoint: str | os.PathLike | LoadedModel,
    out: str | os.PathLike,
    *,
    config: str | None = None,
    method: str | None = None,
    mode: str | None = None,
    context: int | None = None,
    visual_context: int | None = None,
) -> ExportedFile:
    """Export a checkpoint, and compare the results of onnxruntime and torch.

    Args:
        checkpoint: File that MMEngine wrote, the name of a model with weights, or a model that
            :func:`mmssl.apis.model.load_model` gave.
        out: File to write. It appears only if the outputs agree.
        config: Config file; the one kept in the checkpoint if ``None``.
        method: Name of the method, if the checkpoint is a file that its authors released.
        mode, context, visual_context: As for
            :func:`mmssl.localization.attention_maps`; the model's own if ``None``.

    Raises:
        ValueError: If ``out`` does not end in ``.onnx`` or cannot be written, there is no such
            checkpoint, a package is missing, the attention is wrong for the model, the model fuses
            its maps with an object prior or has an open vocabulary, torch cannot export its
            networks, or the outputs differ.
    """
    # This protects the checkpoint and its config.
    if Path(out).suffix != '.onnx':
        raise ValueError(f'{out} is not an ONNX file, expected a name ending in .onnx')
    check_file(out)
    for name in ('onnx', 'onnxscript', 'onnxruntime'):
        optional_package(name)
    if method and not isinstance(checkpoint, (str, os.PathLike)):
        raise ValueError(f'method {method} is given beside a model that is loaded already')
    named = (method, checkpoint) if method else (checkpoint, None)
    if has_own_weights(*named, config=config):
        raise ValueError(
            f'{checkpoint}: an open-vocabulary model has no single graph to export; train a small '
            'model on its boxes (docs/how_to/open_vocabulary.md) and export that'
        )
    model = load_localizer(*named, config=config, backend='torch', device='cpu')
    if not isinstance(model, LoadedModel):
        raise ValueError(
            f'a {type(model).__name__} cannot be exported, expected a checkpoint, the name of a '
            'model, or what load_model gives'
        )
    if model.network.object_prior is not None:
        raise ValueError(
            f'{checkpoint}: object_prior is set, and exported models have none: take the config '
            'without it'
        )
    model = replace(model, network=copy.deepcopy(model.network).cpu())
    chosen = {'mode': mode, 'context': context, 'visual_context': visual_context}
    attention = _attention(model, {k: v for k, v in chosen.items() if v is not None})
    # This comes first, because it refuses wrong attention in plain words.
    expected = [model.predict(*_batch(model, *shape), **attention) for shape in COMPARED]
    file = _traced(model, attention)
    with atomic_file(out) as partial:
        _write(file, partial, model, attention)
        loaded = load_onnx(partial)
        theirs = [loaded.predict(*_batch(model, *shape)) for shape in COMPARED]
        differences = _differences(_names(model), expected, theirs)
    return ExportedFile(Path(out), attention, differences)


class LocalizationGraph(nn.Module):
    """Normalization, networks, heads and attention in one module.

    Args:
        network: Model in evaluation mode.
        attention: Arguments of :func:`mmssl.localization.attention_maps`.

    Raises:
        ValueError: If the model does not normalize as ``MultiModalDataPreprocessor`` does.
    """

    def __init__(self, network: AudioVisualRecognizer, attention: dict[str, Any]) -> None:
        super().__init__()
        if not isinstance(network.data_preprocessor, MultiModalDataPreprocessor):
            raise ValueError(
                f'data_preprocessor is {type(network.data_preprocessor).__name__}, '
                'expected MultiModalDataPreprocessor'
            )
        self.network = network
        self.attention = attention

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs."""
        return ['maps', *(f'scores_{name}' for name in self._heads)]

    @property
    def _heads(self) -> Sequence[str]:
        """Names of the heads; none if the model tells no classes."""
        return getattr(self.network.cls_head, 'names', ())

    def forward(self, imgs: torch.Tensor, audios: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Maps and scores, as :attr:`outputs` names them."""
        steps = self.network.data_preprocessor.preprocessors
        inputs = {
            'imgs': _normalized(imgs, steps['imgs']),
            'audios': _normalized(audios, steps['audios']),
        }
        maps, scores = self.network.localize(inputs, **self.attention)
        return maps, *(scores[name] for name in self._heads)


def _normalized(values: torch.Tensor, preprocessor: ActionDataPreprocessor) -> torch.Tensor:
    """Normalize like ``ActionDataPreprocessor``, whose code for lists cannot be traced."""
    if preprocessor.to_rgb:
        values = values.flip(1)
    if not hasattr(preprocessor, 'mean'):
        return values
    return (values - preprocessor.mean) / preprocessor.std


def _attention(model: LoadedModel, overrides: dict[str, Any]) -> dict[str, Any]:
    """All arguments of the attention: defaults, the model's own, overrides.

    Raises:
        ValueError: If there are overrides for a head without choices.
    """
    head = model.network.cls_head
    if not hasattr(head, 'attention'):
        if overrides:
            raise ValueError(
                f'{", ".join(overrides)}: {type(head).__name__} has one way to localize, expected '
                'a model with a mmssl.AudioVisualHead'
            )
        return {}
    parameters = inspect.signature(attention_maps).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return {**defaults, **head.attention, **overrides}


def _batch(model: LoadedModel, clips: int, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise after the model's pipeline, equal in every call."""
    random = np.random.default_rng([clips, seconds])
    frames = (clips, STEPS_PER_SECOND * seconds, 64, 64, 3)
    pictures = random.integers(0, 256, frames, np.uint8)
    sounds = random.uniform(-0.5, 0.5, (clips, SAMPLE_RATE * seconds)).astype(np.float32)
    items = [model.pipeline(ArrayClip(*pair), 0, seconds) for pair in zip(pictures, sounds)]
    imgs, audios = (torch.stack([item[name] for item in items]) for name in ('imgs', 'audios'))
    return imgs.numpy(), audios.numpy()


def _inputs_of(model: LoadedModel) -> InputShapes:
    """The shapes that the model's pipeline makes.

    Raises:
        ValueError: If it does not make a picture a step.
    """
    imgs, audios = _batch(model, 1, 1)
    steps, height, width = imgs.shape[2:]
    if steps != STEPS_PER_SECOND:
        raise ValueError(
            f'the test pipeline makes {steps} pictures a second, expected {STEPS_PER_SECOND}'
        )
    items, *audio = audios.shape[2:]
    return InputShapes((width, height), tuple(audio), steps // items)


def _traced(model: LoadedModel, attention: dict[str, Any]) -> Any:
    """The graph as torch's exporter gives it, with free N and chunks."""
    graph = LocalizationGraph(model.network, attention).eval()
    example = tuple(torch.from_numpy(values).float() for values in _batch(model, *TRACED))
    clips, chunks = (torch.export.Dim(name, min=1) for name in ('N', 'chunks'))
    factor = _inputs_of(model).steps
    steps = chunks if factor == 1 else factor * chunks
    try:
        with torch.no_grad(), _quiet():
            program: Any = torch.onnx.export(
                graph,
                example,
                dynamo=True,
                verbose=False,
                opset_version=OPSET,
                input_names=['imgs', 'audios'],
                output_names=graph.outputs,
                dynamic_shapes=({0: clips, 2: steps}, {0: clips, 2: chunks}),
            )
    except Exception as error:  # of many kinds, over code that cannot be traced
        raise ValueError(f'torch cannot export {_names(model)}: {error}') from error
    for value in program.model.graph.inputs:
        if isinstance(value.shape[0], int) or isinstance(value.shape[2], int):
            raise ValueError(
                f'torch can export {_names(model)} for {value.name} of shape {value.shape} alone: '
                'code of a network makes plain numbers of the shapes (as len() and int() do)'
            )
    return program.model


def _names(model: LoadedModel) -> str:
    network = model.network
    return f'{type(network.backbone).__name__} and {type(network.audio_backbone).__name__}'


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide torch's messages for its own developers. The outputs are compared anyway."""
    logger = logging.getLogger('torch.onnx')
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.setLevel(before)


def _write(file: Any, path: Path, model: LoadedModel, attention: dict[str, Any]) -> None:
    import onnx
    from onnx_ir import passes, to_proto

    # The exporter notes for every node which line of which file it comes from.
    passes.common.ClearMetadataAndDocStringPass()(file)
    proto = to_proto(file)
    facts = {
        'classes': model.classes,
        **asdict(_inputs_of(model)),
        'pipeline': _portable(model.pipeline.steps),
        'windows': asdict(Windows.of(model)),
        'attention': attention,
        'fc': getattr(model.network.cls_head, 'fc', None),
        **MEDIA,
        'version': __version__,
    }
    onnx.helper.set_model_props(proto, metadata(facts))
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def _portable(steps: Iterable[dict]) -> list[dict]:
    """The steps of a pipeline without the folders of this machine."""
    return [{name: value for name, value in step.items() if name != 'cache_dir'} for step in steps]


def _differences(
    networks: str, ours: Iterable[Predictions], theirs: Iterable[Predictions]
) -> dict[str, float]:
    """Largest difference of every output over all batches, within the tolerance."""
    differences: dict[str, float] = {}
    for (maps, scores), (their_maps, their_scores) in zip(ours, theirs):
        pairs = {f'scores_{name}': (values, their_scores[name]) for name, values in scores.items()}
        for name, (values, others) in {'maps': (maps, their_maps), **pairs}.items():
            difference = float(np.abs(values - others).max())
            accepted = max(TOLERANCE, SHARE * float(np.abs(values).max()))
            # This order also refuses a difference that is NaN.
            if not difference <= accepted:
                raise ValueError(
                    f'{networks}: {name} of the exported model differ by {difference:.2g} from '
                    f"torch's, expected at most {accepted:.2g}; nothing is written"
                )
            differences[name] = max(differences.get(name, 0.0), difference)
    return differences
