"""An exported model that localizes by onnxruntime, without MMAction2's models.

Optional: ``pip install "mmssl[onnx]"``. What a file must say of itself stands in
its metadata (``metadata_props``), each value as JSON:

- ``mmssl.classes``: names of the K classes
- ``mmssl.frame_size``: width and height of the frames
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
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from ..datasets import WindowPipeline
from ..media import SAMPLE_RATE, STEPS_PER_SECOND, logmel
from .localizer import Localizer, Predictions

PREFIX = 'mmssl.'

#: How this package reads media: a file made for anything else is refused.
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
class OnnxModel(Localizer):
    """A session of onnxruntime, and what the file says of itself."""

    session: Any
    classes: list[str]
    frame_size: tuple[int, int]
    attention: dict
    pipeline: WindowPipeline

    def predict(self, imgs: np.ndarray, audios: np.ndarray) -> Predictions:
        """As :meth:`Localizer.predict`.

        Raises:
            ValueError: If the shapes are others.
        """
        self._check_shapes(imgs.shape, audios.shape)
        names = [output.name for output in self.session.get_outputs()]
        inputs = {'imgs': imgs.astype(np.float32), 'audios': audios.astype(np.float32)}
        outputs = dict(zip(names, self.session.run(names, inputs)))
        maps = outputs.pop('maps')
        return maps, {name.removeprefix('scores_'): values for name, values in outputs.items()}

    def _check_shapes(self, imgs: tuple[int, ...], audios: tuple[int, ...]) -> None:
        width, height = self.frame_size
        count, chunks = (audios[0], audios[2]) if len(audios) == 5 else (0, 0)
        wanted = (
            (count, 3, STEPS_PER_SECOND * chunks, height, width),
            (count, 1, chunks, logmel.ROWS_PER_CHUNK, logmel.BANDS),
        )
        if (imgs, audios) != wanted or not count * chunks:
            raise ValueError(
                f'imgs have shape {imgs} and audios {audios}, expected '
                f'(N, 3, {STEPS_PER_SECOND} * chunks, {height}, {width}) and '
                f'(N, 1, chunks, {logmel.ROWS_PER_CHUNK}, {logmel.BANDS})'
            )


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
    except Exception as error:  # Whatever the package raises, the file is at fault.
        raise ValueError(f'{path}: onnxruntime cannot load it: {error}') from error
    facts = _facts(path, session.get_modelmeta().custom_metadata_map)
    size = tuple(facts['frame_size'])
    pipeline = WindowPipeline(facts.get('pipeline') or _plain_steps(size))
    return OnnxModel(session, facts['classes'], size, facts['attention'], pipeline)


def _plain_steps(size: tuple[int, int]) -> list[dict]:
    """The pipeline of files that do not tell it, which were exported with no other."""
    return [
        dict(type='mmssl.OpenClip', size=size),
        dict(type='mmssl.DecodeClip'),
        dict(type='mmssl.LogMel'),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='mmssl.PackAudioVisualInputs'),
    ]


def metadata(facts: dict) -> dict[str, str]:
    """What is written into a file: facts as JSON under our prefix."""
    return {PREFIX + name: json.dumps(value) for name, value in facts.items()}


def optional_package(name: str) -> ModuleType:
    """Import a package of the extra ``onnx``.

    Raises:
        ValueError: If it is missing; says how to install it.
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
