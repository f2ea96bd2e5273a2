"""From a model and inputs to maps, moments, boxes and files, in MMEngine's four stages."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.infer import BaseInferencer

from ..localization import BoxRule, best_steps, boxes_from_map
from ..media import Clip, MediaError, step_centre
from ..media.clip import SILENCE
from ..media.files import reason
from ..media.isolation import start_isolation
from ..media.remux import VideoOptions
from ..media.video import DECODER, require_decoder
from ..structures import LocalizationDataSample
from ..visualization.text import letters_without_font
from .display import Display
from .inputs import Input, as_inputs, result_names
from .load import load_localizer
from .localizer import Localization, Localizer
from .result_files import RESULT_FILES, facts, refused_names, write_results
from .windows import localize_clip


@dataclass(frozen=True)
class Opened:
    """An input with the name of its results: its clip, or why it cannot be read."""

    item: Input
    name: str
    clip: Clip | None = None
    unreadable: str | None = None


class SoundLocalizationInferencer(BaseInferencer):
    """Localize the sound in videos, pictures with sounds, and arrays.

    Args:
        model: A checkpoint that MMEngine wrote, or a config file (with ``weights``),
            or a name of ``model-index.yml`` such as ``'soundingshapes'``, or an exported
            model (``.onnx``), or an object with the interface of
            :class:`mmssl.apis.localizer.Localizer`.
        weights: Checkpoint, where ``model`` is a config or a name.
        device: ``'cpu'``, ``'cuda'``; the best there is if ``None``.
        show_progress: Show a progress bar on the standard error stream.

    Raises:
        ValueError: If the model is unknown, or has no weights.

    Examples:
        >>> import numpy as np
        >>> inferencer = SoundLocalizationInferencer('soundingshapes', show_progress=False)
        >>> frames = np.zeros((10, 64, 64, 3), np.uint8)
        >>> result = inferencer((frames, np.zeros(16000, np.float32)))
        >>> result['predictions'][0]['maps'].shape
        (10, 7, 7)
    """

    preprocess_kwargs = {'decoder'}
    forward_kwargs = {'top', 'spacing', 'box_rule'}
    visualize_kwargs = {'out_dir', 'outputs', 'video'}
    postprocess_kwargs = set()

    def __init__(
        self,
        model: str | os.PathLike | Localizer | None = None,
        weights: str | os.PathLike | None = None,
        device: str | None = None,
        *,
        show_progress: bool = True,
    ) -> None:
        # Before the model has threads.
        start_isolation()
        self._ready = load_localizer(model, weights, device=device)
        super().__init__({}, None, device, scope='mmssl', show_progress=show_progress)
        self._display = Display(show=False)

    def __call__(
        self, inputs: Any, return_datasamples: bool = False, batch_size: int = 1, **kwargs
    ) -> dict[str, list]:
        """Localize inputs; one that cannot be read does not stop the others.

        Args:
            inputs: A path of a video file or of a folder; a tuple (pictures,
                sound) of two paths; a tuple (frames, samples) of arrays, uint8
                ``(T, H, W, 3)`` ten a second and float32 ``(S,)`` at 16 kHz; or
                a list of these.
            return_datasamples: Give predictions as :class:`LocalizationDataSample`.
            batch_size: Inputs that are opened side by side, and held in memory.
            decoder: Of the pictures, ``'pyav'`` or ``'decord'``.
            top: Number of best moments (5).
            spacing: Steps of 100 ms that they are apart (5).
            box_rule: How boxes are cut from maps, see :class:`BoxRule`.
            out_dir: Folder for files; nothing is written if ``None``.
            outputs: Which files, of ``'maps'``, ``'boxes'``, ``'sheet'`` and
                ``'video'``; all of them by default.
            video: Size, rate and quality of videos, see :class:`VideoOptions`.

        Returns:
            Lists with one entry an input, in the order given, a folder's by name:

            - ``predictions``: dicts with ``video``, ``audio``, ``duration``,
              ``class``, ``class_scores`` (head to class to probability of the whole
              clip), ``moments`` (best first: ``time``, ``class``, ``class_score``,
              ``agreement``, ``box``, ``box_score``), ``boxes`` at the best moment
              (a model that tells no classes leaves classes, their scores and
              the agreement out, and the peaks of its maps rank moments),
              ``notes`` (what was mended, and that the sound is silent),
              ``maps`` float32 ``(T, h, w)`` and ``agreement`` ``(T,)``; or with
              ``unreadable``, the reason. Boxes are xyxy fractions of the frame.
            - ``visualization``: dicts of kind to path of the files written

            and ``failed``, pairs of input and reason, of inputs that could not
            be read and of videos that could not be written again.

        Raises:
            ValueError: If an argument is unknown, the decoder is unknown or not
                installed, or an input is of another kind.
        """
        results = list(self.stream(inputs, return_datasamples, batch_size, **kwargs))
        return {
            'predictions': [result['prediction'] for result in results],
            'visualization': [result['files'] for result in results],
            'failed': [(r['input'], r['failed']) for r in results if r['failed']],
        }

    def stream(
        self, inputs: Any, return_datasamples: bool = False, batch_size: int = 1, **kwargs
    ) -> Iterator[dict]:
        """As a call, but one result at a time, for more inputs than memory holds results of.

        Yields:
            Dicts of ``input`` (how messages name it), ``prediction``, ``files``,
            ``failed``, the reason or ``None``, and ``notes``, what was mended.
        """
        stages = self._dispatch_kwargs(**kwargs)
        _check(batch_size, *stages[:3])
        items = self._inputs_to_list(inputs)
        out = stages[2].get('out_dir')
        if out is not None and 'sheet' in stages[2].get('outputs', RESULT_FILES):
            _warn_of_fonts(self.model.classes or ())
        refuses = {'refuses': refused_names(out, items)} if out is not None else {}
        named = list(zip(items, result_names(items, **refuses)))
        self._display = Display(self.show_progress)
        results = self._stages(named, return_datasamples, batch_size, *stages)
        return self._display.inputs(results, len(named))

    def _stages(
        self, named, return_datasamples, batch_size, preprocess, forward, visualize, postprocess
    ):
        for batch in self.preprocess(named, batch_size, **preprocess):
            samples = self.forward(batch, **forward)
            files = self.visualize(batch, samples, **visualize)
            yield from self.postprocess(
                samples, files, return_datasamples, batch=batch, **postprocess
            )

    def preprocess(
        self, inputs: list[tuple[Input, str]], batch_size: int = 1, decoder: str = DECODER
    ) -> Iterator[list[Opened]]:
        """Open inputs, a batch at a time and side by side.

        Args:
            inputs: Inputs with the names of their results.
            batch_size: Inputs at a time.
            decoder: Of the pictures.
        """
        with ThreadPoolExecutor(batch_size) as pool:
            for chunk in self._get_chunk_data(inputs, batch_size):
                yield list(pool.map(lambda pair: self.pipeline(*pair, decoder), chunk))

    def forward(
        self,
        inputs: list[Opened],
        top: int = 5,
        spacing: int = 5,
        box_rule: BoxRule | None = None,
    ) -> list[LocalizationDataSample]:
        """Localize opened inputs, window by window.

        A window is up to a hundred frames, a batch by itself: inputs go through the
        model one after the other, and their results cannot depend on each other.

        Args:
            inputs: A batch of :meth:`preprocess`.
            top, spacing, box_rule: As for a call.

        Returns:
            Data samples with every ``pred_`` field but ``pred_object_map``, and
            ``moment``, the best; or with ``unreadable``.
        """
        return [self._localize(opened, top, spacing, box_rule) for opened in inputs]

    def _localize(self, opened, top, spacing, rule):
        why, found, notes = opened.unreadable, None, []
        if why is None:
            try:
                localized = localize_clip(self.model, opened.clip, self._display.windows)
                found, notes = localized, _notes(opened.clip)
            except Exception as error:  # one input never stops the others
                why = _named(opened.item, error)
        sample = LocalizationDataSample(
            metainfo={'video_id': opened.name, 'filename': opened.item.video}
        )
        if found is None:
            sample.set_metainfo({'unreadable': why})
            return sample
        sample.set_metainfo({'duration': opened.clip.duration, 'notes': notes})
        sample.set_pred_map(torch.from_numpy(found.maps))
        if found.scores:
            _fill_scores(sample, found, self.model.classes)
        _choose(sample, found, best_steps(found.informativeness, top, spacing).tolist(), rule)
        return sample

    def visualize(
        self,
        inputs: list[Opened],
        preds: list[LocalizationDataSample],
        out_dir: str | os.PathLike | None = None,
        outputs: Sequence[str] = tuple(RESULT_FILES),
        video: VideoOptions | None = None,
    ) -> list[dict[str, Path]]:
        """Write the files of a batch.

        Args:
            inputs: A batch of :meth:`preprocess`.
            preds: What :meth:`forward` made of it. Where a video cannot be
                written again, the sample gets the reason as ``unwritten``.
            out_dir, outputs, video: As for a call.

        Returns:
            Kind to path of the files of each input.
        """
        written: list[dict[str, Path]] = [{} for _ in preds]
        if out_dir is None:
            return written
        for opened, sample, paths in zip(inputs, preds, written):
            if sample.get('unreadable'):
                continue
            try:
                written_files = write_results(
                    *(sample, opened.item, opened.clip, out_dir, outputs, video),
                    progress=self._display.frames(opened.item.label),
                )
                for kind, path in written_files:
                    paths[kind] = path
            except Exception as error:
                sample.set_metainfo({'unwritten': _named(opened.item, error)})
        return written

    def postprocess(
        self,
        preds: list[LocalizationDataSample],
        visualization: list[dict[str, Path]],
        return_datasample: bool = False,
        *,
        batch: list[Opened],
    ) -> list[dict]:
        """Pack the results of a batch; see :meth:`stream`.

        Args:
            preds: Of :meth:`forward`.
            visualization: Of :meth:`visualize`.
            return_datasample: Leave predictions as they are.
            batch: Of :meth:`preprocess`.
        """
        return [
            {
                'input': opened.item.label,
                'prediction': sample if return_datasample else _as_dict(sample, opened.item),
                'files': files,
                'failed': sample.get('unreadable') or sample.get('unwritten'),
                'notes': sample.get('notes', []),
            }
            for opened, sample, files in zip(batch, preds, visualization)
        ]

    def _inputs_to_list(self, inputs: Any) -> list[Input]:
        return as_inputs(inputs)

    def _dispatch_kwargs(self, **kwargs) -> tuple[dict, dict, dict, dict]:
        known = self.preprocess_kwargs | self.forward_kwargs | self.visualize_kwargs
        if unknown := sorted(set(kwargs) - known):
            raise ValueError(
                f'unknown arguments {", ".join(unknown)}, known are return_datasamples, '
                f'batch_size, {", ".join(sorted(known))}'
            )
        return super()._dispatch_kwargs(**kwargs)

    def _init_model(self, cfg, weights, device='cpu') -> Localizer:
        return self._ready

    def _init_pipeline(self, cfg) -> Callable[[Input, str, str], Opened]:
        return _open

    def _init_collate(self, cfg) -> Callable[[list], list]:
        return list  # every input is a window of frames by itself, nothing is stacked

    def _init_visualizer(self, cfg) -> None:
        return None  # files are written by functions, see mmssl.apis.result_files


def _open(item, name, decoder) -> Opened:
    try:
        return Opened(item, name, item.open(decoder))
    except Exception as error:
        return Opened(item, name, unreadable=_named(item, error))


def _notes(clip: Clip) -> list[str]:
    """What a reader of the results must know of the clip."""
    silent = ['the sound is silent, so nothing tells where it comes from']
    return [*clip.repairs, *(silent if clip.peak <= SILENCE else [])]


def _named(item, error: Exception) -> str:
    """What an error says, with the name of its input."""
    return str(error) if isinstance(error, MediaError) else f'{item.label}: {reason(error)}'


def _warn_of_fonts(classes):
    if lacking := letters_without_font(classes):
        warnings.warn(
            f'no installed font has {lacking}: sheets show boxes in their place; '
            'install a font that has them, such as Noto Sans CJK',
            stacklevel=3,
        )


def _check(batch_size, preprocess, forward, visualize):
    """Refuse senseless numbers, outputs and decoders before anything is computed."""
    require_decoder(preprocess.get('decoder', DECODER))
    numbers = {'batch_size': batch_size, **{k: v for k, v in forward.items() if k != 'box_rule'}}
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f'{name} is {value!r}, expected a whole number of at least 1')
    outputs = visualize.get('outputs', ())
    if unknown := sorted(set(outputs) - set(RESULT_FILES)):
        raise ValueError(f'outputs name {unknown}, known are {", ".join(RESULT_FILES)}')
    if outputs and visualize.get('out_dir') is None:
        raise ValueError(f'outputs are {list(outputs)}, but out_dir, where to, is not given')


def _fill_scores(sample: LocalizationDataSample, found: Localization, classes) -> None:
    """Put class scores of every step, and of the whole clip, into a sample."""
    sample.set_metainfo({'classes': list(classes)})
    steps = {name: torch.from_numpy(values) for name, values in found.scores.items()}
    # A step's scores are the softmax of its logits, and the clip's logits are the
    # mean of the steps': the scores that the head gives to the whole clip.
    smallest = torch.finfo(torch.float32).tiny
    clip = {k: v.clamp(min=smallest).log().mean(0).softmax(0) for k, v in steps.items()}
    sample.set_pred_score(clip)
    sample.set_pred_label(clip['av'].argmax(keepdim=True))
    sample.set_field(steps, 'pred_step_scores')
    sample.set_field(torch.from_numpy(found.agreement), 'pred_agreement', dtype=torch.Tensor)


def _choose(sample, found, steps, rule) -> None:
    """Put the best moments, and the boxes at the very best, into a sample."""
    boxes = boxes_from_map(found.maps[steps[0]], rule)
    moments = [_moment(found, step, sample.get('classes'), rule) for step in steps]
    sample.set_moment(moments[0]['time'])
    sample.set_field(moments, 'pred_moments')
    corners = torch.tensor([box.box for box in boxes], dtype=torch.float64)
    sample.set_field(corners, 'pred_boxes', dtype=torch.Tensor)
    scores = torch.tensor([box.score for box in boxes])
    sample.set_field(scores, 'pred_box_scores', dtype=torch.Tensor)


def _moment(found, step, classes, rule) -> dict:
    box, score = boxes_from_map(found.maps[step], rule)[0]
    moment = {'time': round(step_centre(step), 3)}
    if found.scores:
        scores = found.scores['av'][step]
        moment['class'] = classes[scores.argmax()]
        moment['class_score'] = round(float(scores.max()), 4)
        moment['agreement'] = round(float(found.agreement[step]), 4)
    return {**moment, 'box': [round(value, 4) for value in box], 'box_score': round(score, 4)}


def _as_dict(sample, item) -> dict:
    found = facts(sample, item)
    if 'unreadable' not in found:
        found['maps'] = sample.pred_map.numpy()
        if 'pred_agreement' in sample:
            found['agreement'] = sample.pred_agreement.numpy()
    return found
