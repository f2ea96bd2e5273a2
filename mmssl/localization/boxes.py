"""Boxes from maps."""

import cv2
import numpy as np


def box_from_map(
    values: np.ndarray, threshold: float = 0.5
) -> tuple[tuple[float, float, float, float], float]:
    """Box around the region that holds a map's peak.

    The map is enlarged smoothly, cut at a share of its range, and the
    connected component that holds the peak is boxed.

    Args:
        values: Map ``(h, w)``, higher means more likely.
        threshold: Share of the range between minimum and maximum, in (0, 1).

    Returns:
        xyxy as fractions of the frame, and the peak's value as score. A
        constant map gives the whole frame.

    Raises:
        ValueError: If the map is not two-dimensional or not finite.
    """
    values = np.asarray(values, dtype=np.float32)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError(f'map has shape {values.shape}, expected finite values (h, w)')
    if values.min() == values.max():
        return (0.0, 0.0, 1.0, 1.0), float(values.max())
    large = cv2.resize(values, (224, 224), interpolation=cv2.INTER_CUBIC)
    cut = large.min() + threshold * (large.max() - large.min())
    _, regions = cv2.connectedComponents((large >= cut).astype(np.uint8))
    region = regions[np.unravel_index(large.argmax(), large.shape)]
    x, y, w, h = cv2.boundingRect((regions == region).astype(np.uint8))
    return (x / 224, y / 224, (x + w) / 224, (y + h) / 224), float(values.max())
