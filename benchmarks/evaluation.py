"""Time the evaluation against a plain loop over samples, in one run.

The loops enlarge, sort and compare one map at a time, like public evaluators,
and return only the scores; ours also returns priors, ceiling and intervals.

Examples:
    python benchmarks/evaluation.py
    python benchmarks/evaluation.py --boxes vggss.json --repeat 5
"""

import argparse
import gc
import subprocess
import sys
import time
from statistics import median

import numpy as np
import torch
import torch.nn.functional as F
from samples import blob_maps, load_boxes, make_boxes

from mmssl.evaluation import evaluate
from mmssl.evaluation.functional import boxes_to_mask
from tools.analysis_tools.max_batch import peak_of_process

THRESHOLD = 0.3


def plain_values(values):
    """One map on the grid, normalized."""
    large = F.interpolate(
        torch.from_numpy(values)[None, None], (224, 224), mode='bilinear', align_corners=True
    )[0, 0].numpy()
    return (large - large.min()) / (large.max() - large.min())


def plain_truth(boxes):
    truth = np.zeros((224, 224))
    for x0, y0, x1, y1 in (224 * np.clip(boxes, 0, 1)).astype(int):
        truth[y0:y1, x0:x1] = 1
    return truth


def plain_flickr_truth(boxes):
    truth = np.zeros((224, 224))
    for x0, y0, x1, y1 in (224 * (256 * np.clip(boxes, 0, 1)).astype(int) / 256).astype(int):
        truth[y0:y1, x0:x1] += 1
    return np.minimum(truth / 2, 1)


def plain_ciou(mask, truth):
    mask = mask.astype(float)
    return np.sum(mask * truth) / max(np.sum(truth) + np.sum(mask * (truth == 0)), 1e-12)


def plain_auc(scores):
    steps = [0.05 * i for i in range(21)]
    return np.trapezoid([np.mean(np.array(scores) >= t) for t in steps], steps)


def plain_half(p):
    return p >= np.sort(p.flatten())[p.size // 2]


def plain_single(maps, boxes, make_truth=plain_truth):
    """cIoU and AUC under the half rule and the adaptive rule."""
    half, adaptive = [], []
    for values, sample in zip(maps, boxes):
        p, truth = plain_values(values), make_truth(sample)
        half.append(plain_ciou(plain_half(p), truth))
        size = int(np.sum(truth != 0)) or p.size // 2
        adaptive.append(plain_ciou(p > np.sort(p.flatten())[p.size - size], truth))
    return np.mean(np.array(half) >= 0.5), plain_auc(half), half, adaptive


def plain_extended(maps, boxes, sounding):
    """AP and max-F1; the confidence of a map needs a separate sort."""
    scores, confidence = [], []
    for values, sample in zip(maps, boxes):
        p, truth = plain_values(values), plain_truth(sample)
        scores.append(plain_ciou(plain_half(p), truth))
        large = F.interpolate(
            torch.from_numpy(values)[None, None], (224, 224), mode='bilinear', align_corners=True
        )[0, 0].numpy()
        scaled = (large + 1 / 0.03) / (2 / 0.03)
        confidence.append(np.sort(scaled.flatten())[-(scaled.size // 4) :].mean(dtype=float))
    confidence, hit = np.array(confidence), np.array(scores) >= 0.5
    step = max(1, len(maps) // 200)
    precision, recall = [], []
    for t in np.sort(confidence)[:-1][::-step]:
        tp = np.sum(sounding & hit & (confidence >= t))
        fp = np.sum(confidence >= t) - tp
        fn = np.sum(sounding & (confidence < t))
        precision.append(tp / (tp + fp) if tp + fp else 1)
        recall.append(tp / (tp + fn) if tp + fn else 1)
    return sum(
        max(precision[i:]) * (recall[i + 1] - recall[i]) for i in range(len(precision) - 1)
    ), scores


def plain_avsbench(maps, masks):
    """mIoU and F at 255 thresholds, in torch, as in the published code."""
    ious, curves = [], []
    thresholds = torch.linspace(0, 1 - 1e-10, 255)
    for values, mask in zip(maps, masks):
        p, truth = torch.from_numpy(plain_values(values)), torch.from_numpy(mask).float()
        predicted = (p > p.flatten().sort().values[p.numel() // 2]).float()
        inter, union = (predicted * truth).sum(), torch.max(predicted, truth).sum()
        ious.append((inter / (union + 1e-7)).item())
        curve = []
        for t in thresholds:
            reached = (p >= t).float()
            tp = (reached * truth).sum()
            precision, recall = tp / (reached.sum() + 1e-20), tp / (truth.sum() + 1e-20)
            curve.append((1.3 * precision * recall / (0.3 * precision + recall)).nan_to_num(0))
        if mask.any():
            curves.append(torch.stack(curve))
    return np.mean(ious), torch.stack(curves).mean(0).max().item()


def plain_areas(maps, boxes):
    """cIoU and predicted area under one threshold."""
    scores, areas = [], []
    for values, sample in zip(maps, boxes):
        p, truth = plain_values(values), plain_truth(sample)
        mask = p >= THRESHOLD
        scores.append(plain_ciou(mask, truth))
        areas.append(mask.mean())
    return plain_auc(scores), np.mean(areas)


def protocols(maps, boxes):
    """A plain loop and our call on the same samples, by name."""
    sounding = np.arange(len(maps)) % 3 > 0
    groups = [i // 2 for i in range(len(maps))]
    masks = [boxes_to_mask(sample) for sample in boxes]
    same = {'preset': 'vggss', 'threshold': THRESHOLD}
    return {
        'vggss': (lambda: plain_single(maps, boxes), lambda: evaluate(maps, boxes)),
        'flickr-soundnet': (
            lambda: plain_single(maps, boxes, plain_flickr_truth),
            lambda: evaluate(maps, boxes, 'flickr-soundnet'),
        ),
        'interactive': (
            lambda: plain_single(maps, boxes),
            lambda: evaluate(maps, boxes, 'interactive', groups=groups),
        ),
        'extended': (
            lambda: plain_extended(maps, boxes, sounding),
            lambda: evaluate(maps, boxes, 'extended', sounding=sounding),
        ),
        'avsbench': (
            lambda: plain_avsbench(maps, masks),
            lambda: evaluate(maps, masks, 'avsbench'),
        ),
        'negative-audio': (
            lambda: plain_areas(maps, boxes),
            lambda: evaluate(maps, boxes, 'negative-audio', sounding=sounding, **same),
        ),
        'video': (
            lambda: plain_areas(maps, boxes),
            lambda: evaluate(
                maps, boxes, 'video', sounding=sounding, groups=groups, threshold=THRESHOLD
            ),
        ),
    }


def seconds(call) -> float:
    """Processor time of a call, which depends little on other programs."""
    gc.collect()
    start = time.process_time()
    call()
    return time.process_time() - start


def time_protocols(maps, boxes, repeat, chosen):
    """Print medians of alternating runs."""
    totals = np.zeros((repeat, 2))
    print(f'{"protocol":<17}{"loop s":>9}{"ours s":>9}{"ratio":>8}')
    for name, (loop, ours) in protocols(maps, boxes).items():
        if name not in chosen:
            continue
        runs = np.array([[seconds(loop), seconds(ours)] for _ in range(repeat)])
        totals += runs
        plain, fast = (median(column) for column in runs.T)
        print(f'{name:<17}{plain:>9.2f}{fast:>9.2f}{plain / fast:>8.1f}', flush=True)
    plain, fast = (median(column) for column in totals.T)
    print(f'{"all together":<17}{plain:>9.2f}{fast:>9.2f}{plain / fast:>8.1f}')


def check_agreement(maps, boxes):
    """Check that the loop's scores equal ours; otherwise the times are meaningless."""
    *_, half, adaptive = plain_single(maps, boxes)
    found = evaluate(maps, boxes, resamples=0).per_sample
    worst = max(np.abs(found['ciou'] - half).max(), np.abs(found['ciou_adaptive'] - adaptive).max())
    print(f'largest difference to the loop, {len(maps)} samples: {worst:.1e}')


def print_memory(count):
    """Print the peak memory of processes that evaluate ``count`` maps, and four times as many."""
    for number in (count, 4 * count):
        done = subprocess.run(
            [sys.executable, __file__, '--memory-of', str(number)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f'{number:>6} samples: peak memory {done.stdout.strip()} MiB')


def memory_of(count):
    boxes = make_boxes(count)
    maps = blob_maps(boxes)
    evaluate(maps, boxes)
    print(peak_of_process() >> 20)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--boxes', help="file in VGG-SS's format; random boxes without it")
    parser.add_argument('--count', type=int, default=5158, help='number of random boxes (5158)')
    parser.add_argument('--repeat', type=int, default=3, help='alternating runs (3)')
    parser.add_argument('--protocols', nargs='+', metavar='NAME', help='only these')
    parser.add_argument('--threads', type=int, default=1, help='threads of torch (1)')
    parser.add_argument('--memory-of', type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.memory_of:
        memory_of(args.memory_of)
        return
    boxes = load_boxes(args.boxes, args.count)
    maps = blob_maps(boxes)
    check_agreement(maps[:500], boxes[:500])
    time_protocols(
        maps, boxes, args.repeat, args.protocols or tuple(protocols(maps[:1], boxes[:1]))
    )
    print_memory(args.count)


if __name__ == '__main__':
    main()
