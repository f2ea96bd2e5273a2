"""Compare fine-tuning with training from scratch on few clips of new classes.

``workshop.py`` renders the clips. Fine-tuning starts from the networks of the demo's model, which
was trained on SoundingShapes, with other classes and another appearance. All trainings have the
same number of steps, and their last checkpoints are tested on clips that decided no choice.

Examples:
    make demo
    python benchmarks/fine_tuning.py work_dirs/demo/epoch_15.pth --out work_dirs/fine_tuning
"""

import argparse
import csv
import json
from pathlib import Path
from statistics import mean, stdev

from own_videos import CONFIG, render_folder, run

#: Number of validation clips of each class, so that no training clips are held out.
VALIDATION = 3
#: Start of a training: its options, and the factor of the head's learning rate.
WAYS = {
    'from scratch': ([], None),
    'fine-tuned': (['--init-from'], None),
    'fine-tuned, one rate': (['--init-from'], 1),
    'frozen networks': (['--freeze-backbones', '--init-from'], None),
}
#: Factor of the head's learning rate.
RATE = 'optim_wrapper.paramwise_cfg.custom_keys.cls_head.lr_mult'
NUMBERS = ('acc/audio_top1', 'acc/visual_top1', 'acc/av_top1', 'loc/pointing', 'loc/ciou_adaptive')


def write_table(clips: Path, train: int) -> Path:
    """Put the first clips of each class into the training split, and the last into the test."""
    table = clips / 'clips.csv'
    with table.open('w', newline='') as file:
        rows = csv.writer(file)
        rows.writerow(('path', 'label', 'split'))
        for folder in sorted(path for path in clips.iterdir() if path.is_dir()):
            for number, clip in enumerate(sorted(folder.glob('*.mp4'))):
                held_out = 'val' if number < train + VALIDATION else 'test'
                split = 'train' if number < train else held_out
                rows.writerow((clip.relative_to(clips), folder.name, split))
    return table


def trained(
    work: Path, table: Path, boxes: Path, seed: int, options: list, settings: list
) -> dict[str, float]:
    """Train and test, or read the results of an earlier call.

    Returns:
        Test results by name.
    """
    numbers, common = work / 'metrics.json', ['--data-root', table, '--work-dir', work]
    if not numbers.exists():
        settings = ['--cfg-options', *settings]
        run('train', CONFIG, *common, '--seed', seed, '--no-validate', *options, *settings)
        checkpoint = (work / 'last_checkpoint').read_text()
        run('test', CONFIG, checkpoint, *common, '--boxes', boxes, '--out', numbers)
    return json.loads(numbers.read_text())


def main() -> None:
    """Render, train each way with each seed, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('first', type=Path, help="checkpoint of the demo's config")
    parser.add_argument('--out', type=Path, required=True, help='folder for clips and trainings')
    parser.add_argument('--clips', type=int, default=20, help='training clips of each class (20)')
    parser.add_argument('--test', type=int, default=20, help='test clips of each class (20)')
    parser.add_argument('--steps', type=int, default=400, help='steps of a training (400)')
    parser.add_argument('--seeds', type=int, default=3, help='seeds of each way (3)')
    parser.add_argument('--ways', nargs='+', choices=WAYS, default=[*WAYS], help='ways (all)')
    args = parser.parse_args()
    clips = args.out / 'clips'
    if not (args.out / 'boxes.json').exists():
        render_folder(clips, args.clips + VALIDATION + args.test, seed=0)
    table = write_table(clips, args.clips)
    found: dict[str, list[dict]] = {way: [] for way in args.ways}
    for seed in range(args.seeds):
        for way in args.ways:
            options, factor = WAYS[way]
            work = args.out / f'{way.replace(" ", "_").replace(",", "")}-{seed}'
            begins = [*options, args.first] if options else []
            settings = [f'train_cfg.steps={args.steps}']
            if factor is not None:
                settings.append(f'{RATE}={factor}')
            common = table, args.out / 'boxes.json', seed
            found[way].append(trained(work, *common, begins, settings))
    print(f'{"":22}', *(f'{name:>20}' for name in NUMBERS))
    for way, runs in found.items():
        cells = []
        for name in NUMBERS:
            values = [numbers[name] for numbers in runs]
            spread = f' ± {stdev(values):.3f}' if len(values) > 1 else ''
            cells.append(f'{mean(values):.3f}{spread}')
        print(f'{way:22}', *(f'{cell:>20}' for cell in cells), flush=True)


if __name__ == '__main__':
    main()
