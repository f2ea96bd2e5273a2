"""Published conversions of a map to a binary prediction, as named data.

A preset defines the interpolation to the grid, the values ``p`` that are compared, the threshold
and the comparison. ``docs/reference/metrics.md`` lists the publications that use each preset.

- :class:`Preset`, :data:`PRESETS`
- :func:`prediction_values`: maps to ``p``
- :func:`predict`: ``p`` to binary predictions
"""

from dataclasses import dataclass

import numpy as np

from .fusion import ALPHA, fuse, fuse_scaled
from .resize import invert_twice, normalize, resize, scale
from .rules import half_threshold, select
from .scores import Array

#: Temperature of SLAVC.
TAU = 0.03


@dataclass(frozen=True)
class Preset:
    """One published conversion.

    Attributes:
        name: Name of the preset.
        mode: Interpolation, ``'bilinear'`` or ``'bicubic'``.
        align_corners: As in PyTorch.
        values: Definition of p: ``'norm'``, ``'norm or 0'`` (0 if the map is constant),
            ``'1 - norm(-map)'``, ``'scaled'``, ``'norm of scaled'`` or ``'map'``.
        rule: ``'half'`` (sort(p)[N // 2]), ``'half, at least 0.5'``,
            ``'0.5'`` or ``'given'`` (one threshold per run).
        comparison: See :func:`rules.select`.
        used_by: Published code that uses it.
    """

    name: str
    mode: str
    align_corners: bool
    values: str
    rule: str
    comparison: str
    used_by: str

    @property
    def needs_tau(self) -> bool:
        """Whether p depends on a temperature."""
        return 'scaled' in self.values


PRESETS = {
    preset.name: preset
    for preset in (
        Preset('vggss', 'bilinear', True, 'norm', 'half', '>=', 'EZ-VSL, FNAC, MarginNCE: test'),
        Preset('lvs', 'bilinear', False, '1 - norm(-map)', 'half', '> or 1', 'LVS'),
        Preset('bicubic', 'bicubic', False, 'norm', 'half', '>=', 'EZ-VSL, FNAC, SLAVC: training'),
        Preset('slavc', 'bicubic', True, 'norm of scaled', 'half', '>=', 'SLAVC, relative'),
        Preset('slavc-fixed', 'bicubic', True, 'scaled', '0.5', '>=', 'SLAVC, fixed'),
        Preset('alignment', 'bilinear', True, 'norm', 'half', '>', 'SSLalignment'),
        Preset(
            'alignment-lvs', 'bilinear', False, '1 - norm(-map)', 'half', '>', 'SSLalignment on LVS'
        ),
        Preset('acl', 'bicubic', False, 'map', 'given', '>=', 'ACL-SSL'),
        Preset('wu', 'bilinear', False, 'norm or 0', 'half, at least 0.5', '>=', 'Wu et al.'),
    )
}


def prediction_values(
    maps: Array,
    preset: Preset,
    size: tuple[int, int],
    tau: float = TAU,
    object_maps: Array | None = None,
    alpha: float = ALPHA,
) -> np.ndarray:
    """Values that a preset compares with the threshold.

    Args:
        maps: Float ``(B, h, w)``.
        preset: The preset.
        size: Height and width of the grid.
        tau: Temperature of the ``scaled`` presets.
        object_maps: Float ``(B, h', w')`` for the fusion, or None.
        alpha: Share of ``maps`` in the fusion.

    Returns:
        Float ``(B, *size)``.
    """
    objects = None if object_maps is None else on_grid(object_maps, preset, size)
    return values_on_grid(on_grid(maps, preset, size), preset, tau, objects, alpha)


def on_grid(maps: Array, preset: Preset, size: tuple[int, int]) -> np.ndarray:
    """Maps resized by a preset."""
    return resize(maps, size, preset.mode, preset.align_corners)


def values_on_grid(
    large: np.ndarray,
    preset: Preset,
    tau: float = TAU,
    objects: np.ndarray | None = None,
    alpha: float = ALPHA,
) -> np.ndarray:
    """p of maps that are already on the grid; see :func:`prediction_values`."""
    if preset.needs_tau:
        p = scale(large, tau) if objects is None else fuse_scaled(large, objects, tau, alpha)
        return p if preset.values == 'scaled' else normalize(p, out=p)
    if objects is not None:
        large = fuse(large, objects, alpha)
    if preset.values == 'map':
        return large
    if preset.values == '1 - norm(-map)':
        return invert_twice(large)
    return normalize(large, constant=0 if preset.values == 'norm or 0' else None)


def predict(values: np.ndarray, preset: Preset, threshold: float | None = None) -> np.ndarray:
    """Apply a preset's rule.

    Args:
        values: p, ``(B, H, W)``.
        preset: The preset.
        threshold: Threshold of ``p >= t`` instead of the preset's own rule.

    Returns:
        Bool, same shape.

    Raises:
        ValueError: If the preset needs a threshold and none is given.
    """
    if threshold is not None:
        return select(values, threshold, '>=')
    if preset.rule == 'given':
        raise ValueError(
            f'preset {preset.name!r} has no threshold of its own: set one that was chosen on a '
            'validation split'
        )
    if preset.rule == '0.5':
        return select(values, 0.5, preset.comparison)
    half = half_threshold(values)
    if preset.rule == 'half, at least 0.5':
        half = np.maximum(half, half.dtype.type(0.5))
    return select(values, half, preset.comparison)
