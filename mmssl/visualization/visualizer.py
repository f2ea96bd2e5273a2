"""The visualizer: samples as sheets for MMEngine's visualization backends."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import master_only
from mmengine.visualization import Visualizer

from ..files import StrPath, atomic_file
from ..localization import BoxRule, StepEvidence, boxes_from_map, select_moments
from ..localization.moments import MomentRule
from ..media import step_at
from ..media.logmel import ROWS_PER_CHUNK
from ..registry import VISUALIZERS
from ..structures import LocalizationDataSample
from .samples import SampleCase, sample_page
from .sheets import figure_pixels


def has_display() -> bool:
    """Whether pictures can be shown here, in windows or in a notebook."""
    # This import looks for a display.
    import matplotlib.pyplot as plt

    try:
        figure = plt.figure()
    except ImportError:  # a backend that needs a display
        return False
    plt.close(figure)
    shows = figure.canvas.required_interactive_framework is not None
    return shows or 'inline' in plt.get_backend()


@VISUALIZERS.register_module()
class SoundLocalizationVisualizer(Visualizer):
    """Draw samples of sound source localization and hand them to backends.

    A sheet shows the frame at the sample's ``moment`` (at its best moment
    where it has none), the map over it, the true boxes and the box from the
    map, the spectrogram and the class scores; see
    :func:`mmssl.visualization.sample_page`.

    Args:
        name, vis_backends, save_dir: As in MMEngine.
        boxes: Arguments of :class:`mmssl.localization.BoxRule`.
        dpi: Pixels an inch; a sheet has 8 x 5.6 inches.

    Raises:
        ValueError: If ``dpi`` is not positive.
    """

    def __init__(
        self,
        name: str = 'visualizer',
        vis_backends: list[dict] | None = None,
        save_dir: str | None = None,
        boxes: dict | None = None,
        dpi: float = 100,
    ) -> None:
        if dpi <= 0:
            raise ValueError(f'dpi is {dpi}, expected a positive number')
        super().__init__(name, vis_backends=vis_backends, save_dir=save_dir)
        self.box_rule = BoxRule(**(boxes or {}))
        # The parent has a dpi of its own, which belongs to its canvas.
        self.sheet_dpi = dpi

    @master_only
    def add_datasample(
        self,
        name: str,
        frames: np.ndarray,
        sample: LocalizationDataSample,
        *,
        spectrogram: np.ndarray,
        step: int = 0,
        show: bool = False,
        wait_time: float = 0.0,
        out_file: StrPath | None = None,
    ) -> np.ndarray:
        """Draw a sample and give the sheet to every backend, or write it to a file.

        Args:
            name: Tag of the picture.
            frames: RGB ``(T, H, W, 3)`` in [0, 255], as the data pipeline
                leaves them, before normalization.
            sample: With ``pred_map`` and ``pred_score``; ground truth is drawn if it exists.
            spectrogram: Log-mel ``(..., bands)``, 100 rows a second.
            step: Epoch or iteration.
            show: Show the sheet in a window, too.
            wait_time: Seconds of the window, 0 for until a key is pressed.
            out_file: PNG file that replaces the backends.

        Returns:
            The sheet, uint8 RGB ``(H', W', 3)``.

        Raises:
            ValueError: If a prediction is missing or the map is not finite.
        """
        sheet = self.draw_sheet(frames, sample, spectrogram)
        if show:
            self.show(sheet, win_name=name, wait_time=wait_time)
        if out_file is None:
            self.add_image(name, sheet, step)
        else:
            with atomic_file(out_file) as partial:
                partial.write_bytes(cv2.imencode('.png', sheet[..., ::-1])[1].tobytes())
        return sheet

    def draw_sheet(
        self, frames: np.ndarray, sample: LocalizationDataSample, spectrogram: np.ndarray
    ) -> np.ndarray:
        """The sheet alone; arguments as for :meth:`add_datasample`."""
        name = sample.get('video_id', 'a sample without video_id')
        if lacking := [key for key in ('pred_map', 'pred_score') if key not in sample]:
            raise ValueError(
                f'{name}: {" and ".join(lacking)} missing, expected a prediction of a model with '
                'maps (mmssl.AudioVisualRecognizer)'
            )
        maps = _array(sample.pred_map)
        scores = {head: _array(values) for head, values in sample.pred_score.items()}
        spectrogram = np.reshape(spectrogram, (-1, np.shape(spectrogram)[-1]))
        step = _step_of(sample, maps)
        heard = (step + 0.5) / len(maps) * len(spectrogram) / ROWS_PER_CHUNK
        label = int(sample.gt_label[0]) if 'gt_label' in sample else None
        classes = self._classes(len(next(iter(scores.values()))))
        true = None if label is None else self._name(label)
        if 'words' in sample:
            # The model's own vocabulary numbers classes otherwise than the data set does.
            classes, label = sample.words, None
        case = SampleCase(
            title=_title(name, sample, true, heard),
            frame=_frame_of(frames, step, len(maps)),
            values=maps[step],
            true_boxes=_array(sample.gt_boxes) if 'gt_boxes' in sample else np.zeros((0, 4)),
            found_box=boxes_from_map(maps[step], self.box_rule)[0].box,
            scores=scores,
            classes=classes,
            spectrogram=spectrogram,
            time=heard,
            label=label,
            true_mask=_array(sample.gt_mask) > 0 if 'gt_mask' in sample else None,
            sound_label=_sound_label(sample),
        )
        return figure_pixels(sample_page(case), self.sheet_dpi)

    def _name(self, label: int) -> str:
        names = (self.dataset_meta or {}).get('classes') or ()
        return names[label] if label < len(names) else str(label)

    def _classes(self, count: int) -> Sequence[str]:
        """Names of the data set. Numbers replace missing names and those of another model."""
        names = (self.dataset_meta or {}).get('classes') or ()
        return names if len(names) == count else [str(number) for number in range(count)]


def _array(values: Any) -> np.ndarray:
    return torch.as_tensor(values).detach().float().cpu().numpy()


def _step_of(sample: LocalizationDataSample, maps: np.ndarray) -> int:
    """The step of the moment, or the step with the highest peak."""
    if 'moment' in sample:
        return min(step_at(sample.moment), len(maps) - 1)
    best, _ = select_moments(StepEvidence({}, maps), MomentRule(top=1))
    return int(best[0])


def _frame_of(frames: np.ndarray, step: int, steps: int) -> np.ndarray:
    """The frame that the network saw at a step. Models stretch frames over the clock like this."""
    frame = np.asarray(frames[step * len(frames) // steps])
    return np.clip(frame, 0, 255).astype(np.uint8)


def _title(name: str, sample: LocalizationDataSample, label_name: str | None, heard: float) -> str:
    """Name, true class and instant, counted from the start of the visible part."""
    seconds = sample.get('heard_seconds')
    time = heard if seconds is None else seconds[int(heard)] + heard % 1
    parts = [name, *([] if label_name is None else [label_name]), f'{time:.2f} s']
    if sample.get('sounding') is False:
        parts.append('nothing visible sounds')
    return ', '.join(parts)


def _sound_label(sample: LocalizationDataSample) -> str:
    seconds = sample.get('heard_seconds')
    if seconds is None or len(seconds) == sample.total_seconds:
        return 'seconds'
    listed = ', '.join(f'{second}-{second + 1}' for second in seconds)
    return f'seconds; heard are {listed} of {sample.total_seconds}'
