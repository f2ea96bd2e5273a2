"""The base of every protocol: facts, numbers, and the steps from maps to metrics.

A protocol is a class, and its facts are class attributes. An instance is the protocol with its
numbers (preset, threshold and so on), which describes one evaluation. :func:`make_protocol` checks
the numbers.

The steps of an evaluation, in order:

1. :meth:`Protocol.read_truth`: an annotation to a mask or weights
2. :meth:`Protocol.score`: a batch to columns, every row only from its own sample
3. :meth:`Protocol.tabulate`: the columns of all samples to metrics
4. :meth:`Protocol.centre_disc`, :meth:`Protocol.whole_frame`, :meth:`Protocol.noise`,
   :meth:`Protocol.ceiling`: the columns of predictions without a model, and of the best
   predictions, which also pass through step 3
5. :meth:`Protocol.per_sample`: scores of every sample for display

Conventions: a column is float64 ``(n,)``, one number per sample. Every protocol has
the columns of :data:`BASE`; protocols that predict a mask have ``predicted``, in
pixels. A column ``centre_disc/NAME`` is NAME of a disc in the middle of the frame.
Sizes are pixels of the truth's grid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from .. import functional as F
from ..functional.fusion import ALPHA
from ..functional.scores import Array
from ..table import Table

#: Columns by name; curves are ``(n, points)``.
Columns = dict[str, np.ndarray]

#: Columns of every sample: whether its map is constant (0 or 1), and numbers of pixels: of the
#: grid, with any truth, and with full truth.
BASE = ('constant', 'pixels', 'some', 'full')


@dataclass(frozen=True)
class Batch:
    """Samples of equal sizes, side by side.

    Attributes:
        maps: Output of the model, float ``(B, h, w)``.
        large: Maps on the truth's grid, float ``(B, H, W)``.
        objects: Object maps on the truth's grid, or None.
        p: Values that the preset compares with the threshold, float ``(B, H, W)``.
        truth: Bool, or weights in {0, 0.5, 1}, ``(B, H, W)``.
        some: Pixels with any truth, ``(B,)``.
    """

    maps: np.ndarray
    large: np.ndarray
    objects: np.ndarray | None
    p: np.ndarray
    truth: np.ndarray
    some: np.ndarray


@dataclass(frozen=True)
class Protocol:
    """A protocol with its numbers.

    Args:
        preset: Conversion of a map to a prediction.
        threshold: Threshold of ``p >= t`` for all maps, or None for the preset's own rule.
        tau: Temperature of SLAVC's presets and of its confidence.
        alpha: Share of the map in object-guided fusion.
        exact: Whether metrics with a known flaw are also reported without it.
        consensus: Whether boxes come from several annotators.
    """

    preset: F.Preset
    threshold: float | None = None
    tau: float = F.TAU
    alpha: float = ALPHA
    exact: bool = False
    consensus: bool = False

    #: Name of the protocol.
    name: ClassVar[str]
    #: Metrics in the order of the report; some may be undefined.
    metric_names: ClassVar[tuple[str, ...]]
    #: Columns of :meth:`score` in addition to :data:`BASE`.
    columns: ClassVar[tuple[str, ...]] = ()
    #: Columns with many points: name to number of points.
    curves: ClassVar[Mapping[str, int]] = {}
    #: Default preset.
    default_preset: ClassVar[str] = 'vggss'
    #: Whether the preset's rule makes the prediction; otherwise it is ``p > sort(p)[N // 2]``.
    follows_preset: ClassVar[bool] = True
    #: Whether a threshold may replace the rule, and whether it must.
    takes_threshold: ClassVar[bool] = False
    needs_threshold: ClassVar[bool] = False
    #: Whether tau has an effect under every preset.
    takes_tau: ClassVar[bool] = False
    #: Whether ``exact`` has an effect.
    takes_exact: ClassVar[bool] = False
    #: Whether boxes may come from several annotators, and whether they do by default.
    takes_consensus: ClassVar[bool] = False
    default_consensus: ClassVar[bool] = False
    #: Whether every sample needs a group.
    needs_groups: ClassVar[bool] = False
    #: Whether samples may be silent; there is then a column ``sounding``.
    needs_sounding: ClassVar[bool] = False
    #: Whether there is a column ``confidence``, which the user may set.
    takes_confidence: ClassVar[bool] = False
    #: Whether a sample is a frame, ten per second, and videos are groups.
    per_frame: ClassVar[bool] = False
    #: Why there is no report page, or None: a page needs boxes and ``ciou`` of every sample.
    no_page: ClassVar[str | None] = 'it has no cIoU'

    @classmethod
    def column_names(cls) -> tuple[str, ...]:
        """Names of a row's numbers in their order, without curves."""
        names = (*BASE, *cls.columns)
        if cls.needs_sounding:
            names += ('sounding',)
        return (*names, 'confidence') if cls.takes_confidence else names

    def numbers(self) -> dict[str, Any]:
        """Name of the protocol and of the preset, and the numbers, ready for JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {'protocol': self.name, **values, 'preset': self.preset.name}

    def read_truth(self, truth: Array) -> np.ndarray:
        """The truth of one sample on its grid.

        Args:
            truth: Boxes ``(k, 4)`` as fractions, or a mask of 224 x 224.

        Returns:
            Bool or float64 weights, ``(H, W)``.

        Raises:
            ValueError: If the truth is neither boxes nor a mask.
        """
        if np.shape(truth) == (F.GRID, F.GRID):
            return F.check_mask(np.asarray(truth))
        return F.boxes_to_weights(truth) if self.consensus else F.boxes_to_mask(truth)

    def score(self, batch: Batch) -> Columns:
        """Score samples; the result has all :attr:`columns` and :attr:`curves`."""
        raise NotImplementedError

    def tabulate(self, table: Table, columns: Columns) -> None:
        """Add the metrics of samples to a table.

        Columns of a prior or of the ceiling may lack scores, whose metrics are then left out.

        Args:
            table: An empty table with the groups.
            columns: Numbers of all samples.
        """
        raise NotImplementedError

    def centre_disc(self, columns: Columns) -> Columns | None:
        """Columns of a disc in the middle of the frame; None if the protocol has none."""
        prefix = 'centre_disc/'
        own = [name for name in self.columns if name.startswith(prefix)]
        if not own:
            return None
        return {
            **self.kept(columns, 'predicted'),
            **{name.removeprefix(prefix): columns[name] for name in own},
        }

    def whole_frame(self, columns: Columns) -> Columns | None:
        """Columns of a prediction of the whole frame; None if the protocol has none."""
        return None

    def noise(self, columns: Columns, seed: int) -> Columns | None:
        """Columns of uniform noise, drawn from a seed; None if the protocol has none."""
        return None

    def ceiling(self, columns: Columns) -> Columns | None:
        """Columns of the best possible predictions; None if the protocol has none."""
        return None

    def per_sample(self, columns: Columns) -> Columns:
        """Scores of every sample for display, NaN where undefined."""
        names = [name for name in self.columns if '/' not in name and name != 'predicted']
        if self.takes_confidence:
            names.append('confidence')
        return {name: columns[name].copy() for name in names}

    def kept(self, columns: Columns, *names: str) -> Columns:
        """Columns that do not depend on the map, and the columns in ``names``."""
        keys = ('constant', 'pixels', 'some', 'full', 'sounding', *names)
        return {key: columns[key] for key in keys if key in columns}

    def predicted_sizes(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest number of pixels that the rule predicts on a map without ties.

        Args:
            pixels: Pixels of every grid, ``(n,)``.

        Returns:
            Two arrays ``(n,)``; they differ if the number depends on the map.
        """
        pixels = np.asarray(pixels)
        none = np.zeros_like(pixels)
        rule = self.preset.rule if self.follows_preset else 'half'
        if self.threshold is not None or rule in ('0.5', 'given'):
            return none, pixels
        strict = not self.follows_preset or self.preset.comparison != '>='
        half = pixels - pixels // 2 - strict
        return (none, half) if rule == 'half, at least 0.5' else (half, half)

    def noise_sizes(self, columns: Columns) -> np.ndarray:
        """Number of predicted pixels of noise: from the rule, or from the evaluated map."""
        low, high = self.predicted_sizes(columns['pixels'])
        return np.where(low < high, columns['predicted'], low)

    def discs(self, predicted: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Centre discs with the rule's area, or with the evaluated maps' if it depends on them.

        Args:
            predicted: Numbers of pixels that the evaluated maps predict, ``(B,)``.
            size: Height and width of the grid.

        Returns:
            Bool ``(B, *size)``.
        """
        pixels = np.full(len(predicted), size[0] * size[1])
        low, high = self.predicted_sizes(pixels)
        if (low < high).any():
            return F.centre_discs(predicted, *size)
        # Under a strict rule, the threshold is one pixel lower in the order.
        strict = low[0] != pixels[0] - pixels[0] // 2
        return F.centre_discs(low + strict, *size, strict=strict)
