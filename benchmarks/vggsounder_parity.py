"""Compare VGGSounder's metrics with the benchmark in the authors' package, on the same scores.

It needs the extra ``vggsounder``, and pandas, scikit-learn and tqdm, which the authors' benchmark
imports. All of the authors' metrics are compared: on random scores, on scores with many ties and on
label sets above a threshold, under every filter. The data set and the authors order the classes
differently. A difference above 1e-9 ends with status 1.

Examples:
    python benchmarks/vggsounder_parity.py
"""

import argparse
import pickle
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from vggsounder import VGGSounder
from vggsounder.benchmark import compute_all_results

from mmssl.evaluation.metrics import VGGSounderMetric

#: Largest accepted difference.
TOLERANCE = 1e-9
#: Threshold of scores in [0, 1]; on average, three of 309 classes are above it.
THRESHOLD = 0.99
#: The authors' names of heads and subsets, and ours.
HEADS = {'a': 'audio', 'v': 'visual', 'av': 'av'}
SUBSETS = {'a': 'a', 'v': 'v', 'av': 'av', 'a only': 'a_only', 'v only': 'v_only'}
FLAGS = ('background_music', 'voice_over', 'static_image')
FILTERS = ({}, *({flag: value} for flag in FLAGS for value in (False, True)),
           dict.fromkeys(FLAGS, False))  # fmt: skip


def make_scores(clips: int, classes: int, levels: int | None, seed: int) -> dict[str, np.ndarray]:
    """Scores of every head in [0, 1], with a number of different values."""
    rng = np.random.default_rng(seed)
    scores = {head: rng.random((clips, classes)) for head in HEADS}
    if levels:
        scores = {head: np.floor(values * levels) / levels for head, values in scores.items()}
    return scores


def theirs(entries: dict, ids: list[str], flags: dict[str, bool]) -> dict[str, float]:
    """Results of the authors' benchmark for the content of a file of predictions."""
    wanted = {**dict.fromkeys(FLAGS), **flags}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / 'model.pkl').write_bytes(pickle.dumps(entries))
        found = compute_all_results(
            folder, subset_ids=set(ids), vggsounder=VGGSounder(**wanted), verbose=False
        )['model']
    return {f'{SUBSETS[s]}/{name}': v for s, values in found.items() for name, v in values.items()}


def ours(
    scores: dict[str, np.ndarray], ids: list[str], classes: list[str], **options
) -> dict[str, float]:
    """Results of the metric, with the classes in alphabetical order."""
    order = np.argsort(classes)
    metric = VGGSounderMetric(resamples=0, **options)
    metric.dataset_meta = {'classes': [classes[i] for i in order]}
    samples = []
    for row, name in enumerate(ids):
        heads = {ours: torch.from_numpy(scores[head][row, order]) for head, ours in HEADS.items()}
        samples.append({'video_id': name, 'pred_score': heads})
    metric.process({}, samples)
    found = metric.evaluate(len(samples))
    return {name.removeprefix('vggsounder/'): value for name, value in found.items()}


def compare(
    kind: str, clips: int, levels: int | None, threshold: float | None, filters: tuple = FILTERS
) -> float:
    """Print a line per filter and subset; return the largest difference."""
    everything = VGGSounder(background_music=None)
    classes = everything.get_all_labels()
    rng = np.random.default_rng(clips)
    ids = sorted(rng.choice([*everything.keys()], clips, replace=False).tolist())
    scores = make_scores(clips, len(classes), levels, seed=1)
    entries = {}
    for row, name in enumerate(ids):
        if threshold is None:
            entries[name] = {'logits': {head: scores[head][row].tolist() for head in HEADS}}
        else:
            chosen = {head: np.flatnonzero(scores[head][row] >= threshold) for head in HEADS}
            labels = {head: [classes[i] for i in chosen[head]] for head in HEADS}
            entries[name] = {'predictions': labels}
    worst = 0.0
    for flags in filters:
        expected = theirs(entries, ids, flags)
        found = ours(scores, ids, classes, threshold=threshold, **flags)
        told = ', '.join(f'{flag} {value}' for flag, value in flags.items()) or 'none'
        told = 'no flag' if len(flags) == len(FLAGS) else told
        for subset in SUBSETS.values():
            names = [name for name in expected if name.rpartition('/')[0] == subset]
            renamed = {n: f'{n}@1' if threshold is None and n.endswith('/mu') else n for n in names}
            gap = max(abs(expected[name] - found[renamed[name]]) for name in names)
            count = found[f'{subset}/evaluated']
            print(f'| {kind} | {told} | {subset} | {count:.0f} | {len(names)} | {gap:.1e} |')
            worst = max(worst, gap)
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--clips', type=int, default=1000, help='number of clips (1000)')
    args = parser.parse_args()
    # The benchmark computes areas of classes without clips, with warnings, and ignores them.
    warnings.filterwarnings('ignore', module='sklearn')
    print('| predictions | filter | subset | clips | metrics | largest difference |')
    print('|---|---|---|---|---|---|')
    kinds = {
        'random scores': (None, None),
        'scores of five different values': (5, None),
        'label sets': (None, THRESHOLD),
    }
    worst = {kind: compare(kind, args.clips, *how) for kind, how in kinds.items()}
    print('\n| predictions | largest difference |\n|---|---|')
    for kind, gap in worst.items():
        print(f'| {kind} | {gap:.1e} |')
    return int(max(worst.values()) > TOLERANCE)


if __name__ == '__main__':
    raise SystemExit(main())
