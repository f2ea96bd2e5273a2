"""The soft attention of "Learning to Localize Sound Source in Visual Scenes" (CVPR 2018).

The cosine of a sound's embedding and every location of a picture measures their
agreement; its softmax weights the locations. Shapes: N clips, T pictures of each,
C channels, E dimensions, a grid of h x w locations.

- :func:`cosine_map`: agreement of every location with the sound
- :func:`soft_attention`: its ReLU, softmax over the locations
- :func:`attended`: weighted sum of the locations' features
- :func:`distance_ratio_loss`: a picture's own sound is nearer than another sound
- :func:`map_cross_entropy`: softmax of a map against annotated boxes
- :func:`boxes_to_grid`: boxes as a map of the grid
- :func:`other_sounds`: the other sound with which each clip is compared
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F


def cosine_map(visual: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Cosine of every location's features and the sound's embedding.

    Args:
        visual: ``(N, C, T, h, w)``.
        query: ``(N, C)``, one sound for all pictures of a clip.

    Returns:
        ``(N, T, h, w)`` in [-1, 1].

    Raises:
        ValueError: If the shapes do not fit together.
    """
    if visual.ndim != 5 or query.shape != visual.shape[:2]:
        raise ValueError(
            f'visual features have shape {tuple(visual.shape)} and sounds {tuple(query.shape)}, '
            'expected (N, C, T, h, w) and (N, C)'
        )
    return torch.einsum('ncthw,nc->nthw', F.normalize(visual, dim=1), F.normalize(query, dim=1))


def soft_attention(agreement: torch.Tensor) -> torch.Tensor:
    """Softmax over the locations of ReLU(agreement); each picture's weights sum to 1.

    Args:
        agreement: ``(N, T, h, w)``, as returned by :func:`cosine_map`.
    """
    return _log_softmax(agreement.relu()).exp()


def attended(visual: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted sum of the features over the locations.

    Args:
        visual: ``(N, C, T, h, w)``, as returned by the network, not normalized.
        weights: ``(N, T, h, w)``.

    Returns:
        ``(N, C, T)``.
    """
    return torch.einsum('ncthw,nthw->nct', visual, weights)


def distance_ratio_loss(
    picture: torch.Tensor, own: torch.Tensor, other: torch.Tensor
) -> torch.Tensor:
    """|| softmax(d+, d-) - (0, 1) ||^2, with the distances d+ and d- to both sounds.

    Args:
        picture: Embedding of the attended place, ``(N, E)``.
        own: Embedding of the picture's own sound, ``(N, E)``.
        other: Embedding of another video's sound, ``(N, E)``.

    Returns:
        ``(N,)``, in [0, 2]; 0.5 where both sounds are equally far.
    """
    distances = torch.stack([_distance(picture, own), _distance(picture, other)], 1)
    share = distances.softmax(1)
    return share[:, 0].square() + (share[:, 1] - 1).square()


def map_cross_entropy(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the softmax over locations against annotated maps.

    Args:
        logits: ``(N, T, h, w)``.
        truth: The same shape, at least 0, not all 0 in a picture. Each map is
            normalized to a sum of 1, so that large objects do not weigh more than small ones.

    Returns:
        ``(N, T)``.

    Raises:
        ValueError: If a picture has no truth.
    """
    total = truth.sum((-2, -1), keepdim=True)
    if (total <= 0).any():
        raise ValueError('a picture has an empty annotated map: leave it out of the loss')
    return -(truth / total * _log_softmax(logits)).sum((-2, -1))


def boxes_to_grid(boxes: torch.Tensor, grid: Sequence[int]) -> torch.Tensor:
    """Share of every cell of a grid that boxes cover; of several boxes the largest share.

    Args:
        boxes: ``(k, 4)``, xyxy fractions of the frame; parts outside the frame are cut off.
        grid: Rows and columns.

    Returns:
        float32 ``(rows, columns)`` in [0, 1]; zeros without a box.
    """
    x0, y0, x1, y1 = boxes.float().clamp(0, 1).unbind(1)
    rows, columns = (
        _covered(low, high, count) for low, high, count in zip((y0, x0), (y1, x1), grid)
    )
    cells = rows[:, :, None] * columns[:, None, :]
    return cells.amax(0) if len(boxes) else cells.new_zeros(tuple(grid))


def other_sounds(video_ids: Sequence[str]) -> list[int]:
    """Index of the sound that each clip of a batch is compared with.

    It is the sound of the next clip, cyclically, that comes from another video.
    The sampler draws the order of a batch from the run's seed, so the choice is
    as random as a separate draw, and repeats with the seed.

    Raises:
        ValueError: If all clips come from one video.
    """
    count = len(video_ids)
    if len(set(video_ids)) < 2:
        raise ValueError(
            f'a batch of {count} clips holds {sorted(set(video_ids))}, expected at least two '
            'videos to compare sounds: raise the batch size, or drop the last small batch '
            '(train_dataloader.drop_last=True)'
        )
    return [
        next(j % count for j in range(i + 1, i + count) if video_ids[j % count] != video_ids[i])
        for i in range(count)
    ]


def _log_softmax(logits: torch.Tensor) -> torch.Tensor:
    return logits.flatten(-2).log_softmax(-1).reshape(logits.shape)


def _distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    # The gradient of a root at 0 is infinite.
    return (a - b).square().sum(1).clamp(min=1e-12).sqrt()


def _covered(low: torch.Tensor, high: torch.Tensor, count: int) -> torch.Tensor:
    """Share of each of ``count`` equal cells of [0, 1] that lies in [low, high]: (k, count)."""
    edges = torch.arange(count + 1, dtype=torch.float32, device=low.device) / count
    inside = torch.minimum(high[:, None], edges[1:]) - torch.maximum(low[:, None], edges[:-1])
    return inside.clamp(min=0) * count
