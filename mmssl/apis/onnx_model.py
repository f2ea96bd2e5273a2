"""An exported model that localizes by onnxruntime, without MMAction2's models.

Optional: ``pip install "mmssl[onnx]"``. The metadata of a file (``metadata_props``) describes it,
each value as JSON:

- ``mmssl.classes``: names of the K classes, null if the model tells none
- ``mmssl.frame_size``, ``mmssl.audio_size``, ``mmssl.steps``: see :class:`InputShapes`
- ``mmssl.windows``: see :class:`Windows`
- ``mmssl.pipeline``: steps that make the inputs of a window
- ``mmssl.attention``: ``mode``, ``context``, ``visual_context``
- ``mmssl.fc``: kind of the heads
- ``mmssl.clock``: steps of the clock and samples a second
- ``mmssl.log_mel``: settings of the spectrogram
- ``mmssl.version``: version of this package
"""

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np
import torch

from ..datasets import WindowPipeline
from ..media import SAMPLE_RATE, STEPS_PER_SECOND, logmel
from .localizer import Localizer, Predictions

PREFIX = 'mmssl.'

#: Settings of this package's media. A file with other settings is refused.
MEDIA = {
    'clock': {'steps_per_second': STEPS_PER_SECOND, 'sample_rate': SAMPLE_RATE},
    'log_mel': {
        'window': logmel.WINDOW,
        'hop': logmel.HOP,
        'fft': logmel.FFT,
        'bands': logmel.BANDS,
        'floor': logmel.FLOOR,
        'rows_per_chunk': logmel.ROWS_PER_CHUNK,
    },
}


@dataclass(frozen=True)
class InputShapes:
    """Shapes of a model's inputs.

    Attributes:
        frame_size: Width and height of the frames.
        audio_size: Rows and columns of an item of the sound.
        steps: Steps of the clock that an item covers: 10 of a chunk of log-mel sound, 1 of the
            spectrogram around a step.
    """

    frame_size: tuple[int, int]
    audio_size: tuple[int, int] = (logmel.ROWS_PER_CHUNK, logmel.BANDS)
    steps: int = STEPS_PER_SECOND

    def check(self, imgs: tuple[int, ...], audios: tuple[int, ...]) -> None:
        """Refuse other shapes.

        Raises:
            ValueError: If these are some.
        """
        (width, height), (rows, columns) = self.frame_size, self.audio_size
        count, items = (audios[0], audios[2]) if len(audios) == 5 else (0, 0)
        wanted = (
            (count, 3, self.steps * items, height, width),
            (count, 1, items, rows, columns),
        )
        if (imgs, audios) != wanted or not count * items:
            raise ValueError(
                f'imgs have shape {imgs} and audios {audios}, expected '
                f'(N, 3, {self.steps} * chunks, {height}, {width}) and '
                f'(N, 1, chunks, {rows}, {columns})'
            )


@dataclass(frozen=True)
class Windows:
    """How a model processes long clips and stills; see :class:`Localizer`."""

    window: int = Localizer.window
    margin: int = Localizer.margin
    one_map_of_stills: bool = False

    @classmethod
    def of(cls, model: Localizer) -> Self:
        """Predict as a torch model does."""
        return cls(model.window, model.margin, model.one_map_of_stills)


@dataclass(frozen=True)
class OnnxModel(Localizer):
    """A session of onnxruntime, and the metadata of the file."""

    session: Any
    classes: list[str] | None
    inputs: InputShapes
    attention: dict
    pipeline: WindowPipeline
    window: int
    margin: int
    one_map_of_stills: bool

    def predict(self, imgs: np.ndarray, audios: np.ndarray) -> Predictions:
        """As :meth:`Localizer.predict`.

        Raises:
            ValueError: If the shapes are others.
        """
        self.inputs.check(imgs.shape, audios.shape)
        names = [output.name for output in self.session.get_outputs()]
        inputs = {'imgs': imgs.astype(np.float32), 'audios': audios.astype(np.float32)}
        outputs = dict(zip(names, self.session.run(names, inputs)))
        maps = outputs.pop('maps')
        return maps, {name.removeprefix('scores_'): values for name, values in outputs.items()}


def load_onnx(path: str | os.PathLike, threads: int | None = None) -> OnnxModel:
    """Load an exported model; it runs on the CPU.

    Args:
        path: File that :func:`mmssl.apis.export.export_onnx` wrote.
        threads: Threads that an operator may use; the number of torch's threads if ``None``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If onnxruntime is missing, or the file is not ours.
    """
    onnxruntime = optional_package('onnxruntime')
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'{path}: no such file, expected an exported model: '
            f'mmssl export CHECKPOINT --out {Path(path).stem}.onnx writes one'
        )
    options = onnxruntime.SessionOptions()
    # onnxruntime's default ignores affinity and a container's quota.
    options.intra_op_num_threads = threads or torch.get_num_threads()
    try:
        session = onnxruntime.InferenceSession(
            os.fspath(path), options, providers=['CPUExecutionProvider']
        )
    except Exception as error:  # The package raises many kinds of errors, all faults of the file.
        raise ValueError(f'{path}: onnxruntime cannot load it: {error}') from error
    facts = _facts(path, session.get_modelmeta().custom_metadata_map)
    # Older files tell less. Missing settings have the values of their time.
    shapes = {k: facts[k] for k in ('frame_size', 'audio_size', 'steps') if k in facts}
    lists: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in shapes.items()}
    inputs = InputShapes(**lists)
    pipeline = WindowPipeline(facts.get('pipeline') or _plain_steps(inputs.frame_size))
    windows = asdict(Windows(**facts.get('windows', {})))
    return OnnxModel(session, facts['classes'], inputs, facts['attention'], pipeline, **windows)


def _plain_steps(size: tuple[int, int]) -> list[dict]:
    """The pipeline of older files, which do not name one."""
    return [
        dict(type='mmssl.OpenClip', size=size),
        dict(type='mmssl.DecodeClip'),
        dict(type='mmssl.LogMel'),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='mmssl.PackAudioVisualInputs'),
    ]


def metadata(facts: dict) -> dict[str, str]:
    """The metadata of a file: facts as JSON under our prefix."""
    return {PREFIX + name: json.dumps(value) for name, value in facts.items()}


def optional_package(name: str) -> ModuleType:
    """Import a package of the extra ``onnx``.

    Raises:
        ValueError: If it is missing; the message tells how to install it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(
            f'the {name} package cannot be imported ({error}); '
            'install it with: pip install "mmssl[onnx]"'
        ) from error


def _facts(path: str | os.PathLike, properties: Mapping[str, str]) -> dict[str, Any]:
    facts = {
        name.removeprefix(PREFIX): json.loads(value)
        for name, value in properties.items()
        if name.startswith(PREFIX)
    }
    if missing := sorted({'classes', 'frame_size', 'attention', *MEDIA} - set(facts)):
        raise ValueError(
            f'{path}: its metadata lack {missing}, expected a file that mmssl export wrote'
        )
    for name, ours in MEDIA.items():
        if facts[name] != ours:
            raise ValueError(
                f'{path}: was exported for {name} {facts[name]}, but this version of mmssl has '
                f'{ours}; export the checkpoint again'
            )
    return facts
