"""Maps, moments, boxes and files from a model and inputs, in MMEngine's four stages."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

from mmengine.infer import BaseInferencer

from ..localization import BoxRule
from ..media.isolation import start_isolation
from ..media.remux import VideoOptions
from ..media.video import DECODER, require_decoder
from ..structures import LocalizationDataSample
from ..visualization.text import letters_without_font
from .display import Display
from .inputs import Input, as_inputs, result_names
from .load import load_localizer
from .localizer import Localization, Localizer
from .opened import PICTURES, OpenedInput, in_batches, named_error, notes_of, open_input
from .predictions import as_dict, fill
from .result_files import RESULT_FILES, refused_names, write_results
from .windows import localize_clip, localize_stills


class SoundLocalizationInferencer(BaseInferencer):
    """Localize the sound in videos, pictures with sounds, and arrays.

    Args:
        model: A checkpoint that MMEngine wrote, or a config file (with ``weights``), or a name of
            ``model-index.yml`` such as ``'soundingshapes'``, or an exported model (``.onnx``), or
            an object with the interface of :class:`mmssl.apis.localizer.Localizer`.
        weights: Checkpoint, where ``model`` is a config or a name.
        device: ``'cpu'``, ``'cuda'``; the best there is if ``None``.
        prior: Weights of a torchvision ResNet-18, for a model with an object prior
            (``'ez-vsl-ogl'``): maps are then fused with those of objects.
        labels: Vocabulary of ``'open-vocabulary'``: ``'dog, siren'``, a list, or a file.
        words: Table of synonyms and prompts for it.
        tagger, vision: Networks of ``'open-vocabulary'``, on the hub or by their folders.
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
    postprocess_kwargs: ClassVar[set[str]] = set()

    def __init__(
        self,
        model: str | os.PathLike | Localizer | None = None,
        weights: str | os.PathLike | None = None,
        device: str | None = None,
        *,
        prior: str | os.PathLike | None = None,
        labels: str | os.PathLike | Sequence[str] | None = None,
        words: str | os.PathLike | None = None,
        tagger: str | os.PathLike | None = None,
        vision: str | os.PathLike | None = None,
        show_progress: bool = True,
    ) -> None:
        # This must happen before the model starts threads.
        start_isolation()
        options = dict(labels=labels, words=words, tagger=tagger, vision=vision)
        self._ready = load_localizer(model, weights, device=device, prior=prior, options=options)
        super().__init__({}, None, device, scope='mmssl', show_progress=show_progress)
        self._display = Display(show=False)

    def __call__(
        self,
        inputs: Any,
        return_datasamples: bool = False,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> dict[str, list]:
        """Localize inputs. An unreadable input does not stop the others.

        Args:
            inputs: A path of a video file or of a folder; a tuple (pictures, sound) of two paths; a
                tuple (frames, samples) of arrays, uint8 ``(T, H, W, 3)`` ten a second and float32
                ``(S,)`` at 16 kHz; or a list of these.
            return_datasamples: Give predictions as :class:`LocalizationDataSample`.
            batch_size: Inputs that are opened and held in memory at a time; eight pictures or one
                video if ``None``.
            decoder: Of the pictures, ``'pyav'`` or ``'decord'``.
            top: Number of best moments (5).
            spacing: Least distance between them in steps of 100 ms (5).
            box_rule: How boxes are cut from maps, see :class:`BoxRule`.
            out_dir: Folder for files; nothing is written if ``None``.
            outputs: Which files, of ``'maps'``, ``'boxes'``, ``'sheet'`` and
                ``'video'``; all of them by default.
            video: Size, rate and quality of videos, see :class:`VideoOptions`.

        Returns:
            Lists with one entry per input, in the given order, and by name within a folder:

            - ``predictions``: dicts with ``video``, ``audio``, ``duration``, ``class``,
              ``class_scores`` (head to class to probability of the whole clip), ``moments`` (best
              first: ``time``, ``class``, ``class_score``, ``agreement``, ``box``, ``box_score``),
              ``boxes`` at the best moment (a model that tells no classes leaves classes, their
              scores and the agreement out, and the peaks of its maps rank moments), ``notes``
              (repairs of the file, a silent sound, or a sound without a visible object), ``words``
              (of an open-vocabulary model: for every step, pairs of word and chance, the most
              likely in the sound first), ``maps`` float32 ``(T, h, w)`` and ``agreement`` ``(T,)``;
              or with ``unreadable``, the reason. Boxes are xyxy fractions of the frame.
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
        self,
        inputs: Any,
        return_datasamples: bool = False,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> Iterator[dict[str, Any]]:
        """Like a call, but with one result at a time, for more results than memory holds.

        Yields:
            Dicts of ``input`` (how messages name it), ``prediction``, ``files``, ``failed``, the
            reason or ``None``, and ``notes``, the repairs.
        """
        preprocess, forward, visualize, _ = self._dispatch_kwargs(**kwargs)
        _check(batch_size, preprocess, forward, visualize)
        items = self._inputs_to_list(inputs)
        out = visualize.get('out_dir')
        if out is not None and 'sheet' in visualize.get('outputs', RESULT_FILES):
            _warn_of_fonts(self.model.classes or ())
        refuses = {'refuses': refused_names(out, items)} if out is not None else {}
        named = list(zip(items, result_names(items, **refuses)))
        self._display = Display(self.show_progress)

        def results() -> Iterator[dict[str, Any]]:
            for batch in self.preprocess(named, batch_size, **preprocess):
                samples = self.forward(batch, **forward)
                files = self.visualize(batch, samples, **visualize)
                yield from self.postprocess(samples, files, return_datasamples, batch=batch)

        return self._display.inputs(results(), len(named))

    def preprocess(
        self,
        inputs: list[tuple[Input, str]],
        batch_size: int | None = None,
        decoder: str = DECODER,
    ) -> Iterator[list[OpenedInput]]:
        """Open inputs in batches, in parallel.

        Args:
            inputs: Inputs with the names of their results.
            batch_size: Inputs at a time, as for a call.
            decoder: Of the pictures.
        """
        with ThreadPoolExecutor(batch_size or PICTURES) as pool:
            for batch in in_batches(inputs, batch_size):
                yield list(pool.map(lambda pair: self.pipeline(*pair, decoder), batch))

    def forward(
        self,
        inputs: list[OpenedInput],
        top: int = 5,
        spacing: int = 5,
        box_rule: BoxRule | None = None,
    ) -> list[LocalizationDataSample]:
        """Localize opened inputs, window by window.

        A window is up to a hundred frames, a batch by itself. Pictures that have one map each are
        a batch together. Results do not depend on other inputs, except for rounding.

        Args:
            inputs: A batch of :meth:`preprocess`.
            top, spacing, box_rule: As for a call.

        Returns:
            Data samples with every ``pred_`` field but ``pred_object_map``, and
            ``moment``, the best; or with ``unreadable``.
        """
        stills = localize_stills(self.model, [opened.clip for opened in inputs])
        return [
            self._localize(opened, stills.get(index), top, spacing, box_rule)
            for index, opened in enumerate(inputs)
        ]

    def _localize(
        self,
        opened: OpenedInput,
        found: Localization | Exception | None,
        top: int,
        spacing: int,
        rule: BoxRule | None,
    ) -> LocalizationDataSample:
        """The sample of an input, which may have been localized, or failed, before."""
        sample = LocalizationDataSample(
            metainfo={'video_id': opened.name, 'filename': opened.item.video}
        )
        if opened.clip is None:
            sample.set_metainfo({'unreadable': opened.unreadable})
            return sample
        try:
            if isinstance(found, Exception):
                raise found
            localized = found or localize_clip(self.model, opened.clip, self._display.windows)
            notes = [*notes_of(opened.clip), *_notes_of_model(self.model, localized)]
        except Exception as error:  # one input never stops the others
            sample.set_metainfo({'unreadable': named_error(opened.item, error)})
            return sample
        sample.set_metainfo({'duration': opened.clip.duration, 'notes': notes})
        words = getattr(self.model, 'top_words', 0)
        fill(sample, localized, self.model.classes, top, spacing, rule, words)
        return sample

    def visualize(
        self,
        inputs: list[OpenedInput],
        preds: list[LocalizationDataSample],
        out_dir: str | os.PathLike | None = None,
        outputs: Sequence[str] = tuple(RESULT_FILES),
        video: VideoOptions | None = None,
    ) -> list[dict[str, Path]]:
        """Write the files of a batch.

        Args:
            inputs: A batch of :meth:`preprocess`.
            preds: Results of :meth:`forward`. If a video cannot be written, its sample gets the
                reason as ``unwritten``.
            out_dir, outputs, video: As for a call.

        Returns:
            Kind to path of the files of each input.
        """
        written: list[dict[str, Path]] = [{} for _ in preds]
        if out_dir is None:
            return written
        for opened, sample, paths in zip(inputs, preds, written):
            if opened.clip is None or sample.get('unreadable'):
                continue
            progress = self._display.frames(opened.item.label)
            try:
                for kind, path in write_results(
                    sample, opened.item, opened.clip, out_dir, outputs, video, progress
                ):
                    paths[kind] = path
            except Exception as error:
                sample.set_metainfo({'unwritten': named_error(opened.item, error)})
        return written

    def postprocess(
        self,
        preds: list[LocalizationDataSample],
        visualization: list[dict[str, Path]],
        return_datasample: bool = False,
        *,
        batch: list[OpenedInput],
    ) -> list[dict[str, Any]]:
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
                'prediction': sample if return_datasample else as_dict(sample, opened.item),
                'files': files,
                'failed': sample.get('unreadable') or sample.get('unwritten'),
                'notes': sample.get('notes', []),
            }
            for opened, sample, files in zip(batch, preds, visualization)
        ]

    def _inputs_to_list(self, inputs: Any) -> list[Input]:
        return as_inputs(inputs)

    def _dispatch_kwargs(self, **kwargs: Any) -> tuple[dict, dict, dict, dict]:
        known = self.preprocess_kwargs | self.forward_kwargs | self.visualize_kwargs
        if unknown := sorted(set(kwargs) - known):
            raise ValueError(
                f'unknown arguments {", ".join(unknown)}, known are return_datasamples, '
                f'batch_size, {", ".join(sorted(known))}'
            )
        return super()._dispatch_kwargs(**kwargs)

    def _init_model(self, cfg: Any, weights: Any, device: str = 'cpu') -> Localizer:
        return self._ready

    def _init_pipeline(self, cfg: Any) -> Callable[[Input, str, str], OpenedInput]:
        return open_input

    def _init_collate(self, cfg: Any) -> Callable[[list], list]:
        return list  # every input is a window of frames by itself, nothing is stacked

    def _init_visualizer(self, cfg: Any) -> None:
        return None  # files are written by functions, see mmssl.apis.result_files


def _notes_of_model(model: Localizer, localized: Localization) -> list[str]:
    # A custom localizer may lack it.
    return model.notes(localized) if hasattr(model, 'notes') else []


def _warn_of_fonts(classes: Sequence[str]) -> None:
    if lacking := letters_without_font(classes):
        warnings.warn(
            f'no installed font has {lacking}: sheets show boxes in their place; '
            'install a font that has them, such as Noto Sans CJK',
            stacklevel=3,
        )


def _check(batch_size: int | None, preprocess: dict, forward: dict, visualize: dict) -> None:
    """Refuse wrong numbers, outputs and decoders before the work."""
    require_decoder(preprocess.get('decoder', DECODER))
    numbers = {k: v for k, v in forward.items() if k != 'box_rule'}
    if batch_size is not None:
        numbers['batch_size'] = batch_size
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 1:
            called = name.replace('_', ' ')
            raise ValueError(f'{called} is {value!r}, expected a whole number of at least 1')
    outputs = visualize.get('outputs', ())
    if unknown := sorted(set(outputs) - set(RESULT_FILES)):
        raise ValueError(f'outputs name {unknown}, known are {", ".join(RESULT_FILES)}')
    if outputs and visualize.get('out_dir') is None:
        raise ValueError(f'outputs are {list(outputs)}, but out_dir is missing')
