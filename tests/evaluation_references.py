"""Plain loops, written from the formulas, one sample at a time."""

import numpy as np
import torch
import torch.nn.functional as F

SIDE, PIXELS = 224, 224 * 224
#: Preset to interpolation, what is thresholded, and how.
TABLE = {
    'vggss': ('bilinear', True, 'norm', '>='),
    'lvs': ('bilinear', False, 'inverted', '> or 1'),
    'bicubic': ('bicubic', False, 'norm', '>='),
    'slavc': ('bicubic', True, 'relative', '>='),
    'slavc-fixed': ('bicubic', True, 'scaled', '0.5'),
    'alignment': ('bilinear', True, 'norm', '>'),
    'alignment-lvs': ('bilinear', False, 'inverted', '>'),
    'acl': ('bicubic', False, 'map', 'given'),
    'wu': ('bilinear', False, 'norm or 0', 'wu'),
}


def norm(x):
    low, high = x.min(), x.max()
    return x if low == high else (x - low) / (high - low)


def enlarge(values, mode, align, size=(SIDE, SIDE)):
    values = np.asarray(values)
    if values.min() == values.max():
        return np.full(size, values.flat[0], values.dtype)
    tensor = torch.from_numpy(np.ascontiguousarray(values))[None, None]
    return F.interpolate(tensor, size, mode=mode, align_corners=align)[0, 0].numpy()


def scaled(x, tau=0.03):
    return (x + 1 / tau) / (2 / tau)


def prepare(values, preset, tau=0.03, size=(SIDE, SIDE)):
    mode, align, kind, _ = TABLE[preset]
    x = enlarge(values, mode, align, size)
    if kind == 'norm or 0' and x.min() == x.max():
        return np.zeros_like(x)
    if kind in ('norm', 'norm or 0'):
        return norm(x)
    if kind == 'inverted':
        return 1 - norm(-x)
    if kind == 'relative':
        return norm(scaled(x, tau))
    return scaled(x, tau) if kind == 'scaled' else x


def binarize(p, preset, threshold=None):
    if threshold is not None:
        return p >= np.float32(threshold)
    how = TABLE[preset][3]
    middle = np.sort(p.ravel())[p.size // 2]
    if how == '>=':
        return p >= middle
    if how == '>':
        return p > middle
    if how == '> or 1':
        return (p > middle) | (p >= 1)
    return p >= (0.5 if how == '0.5' else max(middle, 0.5))


def box_mask(boxes):
    mask = np.zeros((SIDE, SIDE))
    for box in boxes:
        x0, y0, x1, y1 = (int(SIDE * min(max(v, 0), 1)) for v in box)
        mask[y0:y1, x0:x1] = 1
    return mask


def flickr_weights(boxes):
    total = np.zeros((SIDE, SIDE))
    for box in boxes:
        x0, y0, x1, y1 = (int(SIDE * int(v * 256) / 256) for v in box)
        total[y0:y1, x0:x1] += 1
    return np.minimum(total / 2, 1)


def ciou(mask, truth):
    inter = union = 0.0
    for m, g in zip(mask.ravel().tolist(), truth.ravel().tolist()):
        inter += g if m else 0
        union += g or (1 if m else 0)
    return inter / union if union else 0.0


def quick_ciou(mask, truth):
    """The same by array operations, for many samples."""
    union = truth.sum() + (mask & (truth == 0)).sum()
    return float((mask * truth).sum() / union) if union else 0.0


def adaptive(p, truth):
    count = int((truth != 0).sum()) or p.size // 2
    return p > np.sort(p.ravel())[p.size - count]


def auc(scores):
    steps = [0.05 * i for i in range(21)]
    rates = [sum(s >= t for s in scores) / len(scores) for t in steps]
    return sum((rates[i] + rates[i + 1]) / 2 * (steps[i + 1] - steps[i]) for i in range(20))


def auc_below(scores):
    steps = [0.05 * i for i in range(21)]
    rates = [sum(s <= t for s in scores) / len(scores) for t in steps]
    return sum((rates[i] + rates[i + 1]) / 2 * (steps[i + 1] - steps[i]) for i in range(20))


def precision_recall(confidence, sounding, hit, t):
    tp = fp = fn = 0
    for c, s, h in zip(confidence, sounding, hit):
        if s and c >= t:
            tp, fp = tp + bool(h), fp + (not h)
        elif s:
            fn += 1
        elif c >= t:
            fp += 1
    return (tp / (tp + fp) if tp + fp else 1.0), (tp / (tp + fn) if tp + fn else 1.0)


def average_precision(confidence, sounding, hit):
    n = len(confidence)
    thresholds = sorted(confidence)[:-1][:: -max(1, n // 200)]
    pairs = [precision_recall(confidence, sounding, hit, t) for t in thresholds]
    p, r = [a for a, _ in pairs], [b for _, b in pairs]
    return sum(max(p[i:]) * (r[i + 1] - r[i]) for i in range(len(p) - 1))


def max_f1(confidence, sounding, hit):
    n = len(confidence)
    best = 0.0
    for t in sorted(confidence)[:: max(1, n // 10)]:
        p, r = precision_recall(confidence, sounding, hit, t)
        best = max(best, 2 * p * r / (p + r) if p + r else 0)
    return best


def avsbench(maps, masks):
    """mIoU and F in float32, as the published code at batch size 1."""
    ious, curves = [], []
    thresholds = torch.linspace(0, 1 - 1e-10, 255)
    for values, mask in zip(maps, masks):
        p = torch.from_numpy(prepare(values, 'vggss', size=mask.shape).astype('f'))
        truth = torch.from_numpy(mask).float()
        m = (p > p.flatten().sort().values[p.numel() // 2]).float()
        if mask.any():
            union = torch.max(m, truth).sum()
            ious.append(((m * truth).sum() / (union + 1e-7)).item())
            curve = []
            for t in thresholds:
                y = (p >= t).float()
                tp = (y * truth).sum()
                prec, rec = tp / (y.sum() + 1e-20), tp / (truth.sum() + 1e-20)
                f = 1.3 * prec * rec / (0.3 * prec + rec)
                curve.append(0.0 if torch.isnan(f) else f.item())
            curves.append(curve)
        else:
            ious.append(1 - m.mean().item())
    return np.mean(ious), np.mean(curves, 0).max()


def make_boxes(seed, count):
    rng = np.random.default_rng(seed)
    boxes = []
    for i in range(count):
        low = rng.uniform(0, 0.6, (1 + i % 3, 2))
        boxes.append(np.concatenate([low, low + rng.uniform(0.05, 0.4, low.shape)], 1))
    return boxes


def make_maps(seed, count, side):
    """Random, tied, constant and blob maps in turn, float32 in [-1, 1]."""
    rng = np.random.default_rng(seed)
    grid = (np.arange(side) + 0.5) / side
    maps = []
    for i in range(count):
        kind = i % 4
        if kind == 0:
            values = rng.uniform(-1, 1, (side, side))
        elif kind == 1:
            values = rng.integers(0, 3, (side, side)) / 4
        elif kind == 2:
            values = np.full((side, side), rng.choice([-0.7, 0.0, 0.1, 1.0]))
        else:
            x, y = rng.uniform(0.2, 0.8, 2)
            values = np.exp(-((grid[None] - x) ** 2 + (grid[:, None] - y) ** 2) / 0.05)
        maps.append(values.astype(np.float32))
    return maps
