"""Time a whole training of the small config against the first version's settings.

The first version trained on pictures of 112 x 112 with a loader's process, which had its
clips decoded by decord while training had begun; colours and normalization were MMAction2's,
and its waiting threads slept. All train on the same rendered clips, in turns, from seed 0
on, each with a cache of its own, and are tested on the validation split; a third way has
fewer epochs. Start, decoding and validation are part of the time.

Examples:
    python benchmarks/first_version.py
    python benchmarks/first_version.py --train 320 --val 40 --repeat 1
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median, stdev

from timing import ratio, seconds

from mmssl.soundingshapes import RenderSettings, render_collection

CONFIG = 'configs/mmssl_soundingshapes.py'
METRICS = ('acc/av_top1', 'loc/pointing', 'loc/ciou_adaptive')
#: What the first version's config said, and the environment of its demo.
FIRST = [
    'train_dataloader.dataset.pipeline.3.scale=(112,112)',
    'train_dataloader.num_workers=1',
    'train_dataloader.persistent_workers=True',
    'val_dataloader.num_workers=1',
    'train_dataloader.dataset.pipeline.0.backend=decord',
    'val_dataloader.dataset.pipeline.0.backend=decord',
    # In the place of CacheClipsHook, and without effect on CPUs.
    'custom_hooks.2.type=EmptyCacheHook',
    'train_dataloader.dataset.pipeline.4.type=ColorJitter',
    'train_dataloader.dataset.pipeline.4.hue=0.0',
    'model.data_preprocessor.preprocessors.imgs.type=ActionDataPreprocessor',
    'model.data_preprocessor.preprocessors.audios.type=ActionDataPreprocessor',
]
#: As accurate as the first version, with 2,400 clips and three seeds (docs/performance.md).
SHORTER = ['train_cfg.max_epochs=7', 'param_scheduler.1.end=7']
WAYS = {
    'first': (FIRST, {'OMP_WAIT_POLICY': 'PASSIVE'}),
    'now': ([], {}),
    'shorter': (SHORTER, {}),
}


def run(tool: str, data: Path, work: Path, options: list[str], environment: dict) -> None:
    """Run a tool on the small config; what it says of errors is shown."""
    command = [sys.executable, *tool.split(), '--work-dir', str(work), '--data-root', str(data)]
    environment = {**os.environ, 'PYTHONPATH': os.getcwd(), **environment}
    subprocess.run(
        [*command, '--cfg-options', *options], env=environment, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def train(name: str, data: Path, work: Path, seed: int) -> float:
    """Seconds of a training."""
    changes, environment = WAYS[name]
    cache = data / f'cache-{name}'
    options = [*changes, 'default_hooks.checkpoint.save_best=None']
    options += [
        f'{part}_dataloader.dataset.pipeline.0.cache_dir={cache}' for part in ('train', 'val')
    ]
    tool = f'tools/train.py {CONFIG} --seed {seed}'
    return seconds(lambda: run(tool, data, work, options, environment))


def scores(data: Path, work: Path) -> dict[str, float]:
    """Metrics of the last checkpoint on the validation split."""
    checkpoint = (work / 'last_checkpoint').read_text().strip()
    out = work / 'metrics.json'
    options = ['test_dataloader.dataset.split=val']
    options += ['test_dataloader.dataset.boxes_file=boxes_val.json']
    run(f'tools/test.py {CONFIG} {checkpoint} --out {out}', data, work / 'test', options, {})
    found = json.loads(out.read_text())
    return {name: found[name] for name in METRICS}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--train', type=int, default=2400, help='clips to train on (2400)')
    parser.add_argument('--val', type=int, default=400, help='clips to test on (400)')
    parser.add_argument('--repeat', type=int, default=3, help='trainings of each, by seed (3)')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        compare(args, Path(name))


def compare(args: argparse.Namespace, folder: Path) -> None:
    """Print time and accuracy of both."""
    counts = dict(train=args.train, val=args.val, test=0, pairs=0, negatives=0)
    data = render_collection(folder / 'clips', RenderSettings(**counts), 2)
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    found: dict[str, list[dict]] = {name: [] for name in WAYS}
    for seed in range(args.repeat):
        for name in WAYS:
            work = folder / f'{name}-{seed}'
            times[name].append(train(name, data, work, seed))
            found[name].append(scores(data, work))
    print(f'{CONFIG}: {args.train} clips, {args.repeat} trainings each')
    for name in WAYS:
        print(f'{name:8}{median(times[name]):5.0f} s a training')
        for metric in METRICS:
            values = [of[metric] for of in found[name]]
            spread = f' +- {stdev(values):.3f}' if len(values) > 1 else ''
            print(f'      {metric:20}{mean(values):.3f}{spread}')
    # The first training decodes every clip, the others find it in the cache.
    for name in list(WAYS)[1:]:
        print(f'first / {name}: {ratio(times["first"], times[name])}')


if __name__ == '__main__':
    main()
