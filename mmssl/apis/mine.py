"""When and where it sounds, for a whole video collection: moments and pseudo boxes."""

import argparse
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dist import barrier, is_main_process
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from ..datasets.annotations import millisecond_id
from ..localization import ATTENTION_MODES, MOMENT_SCORES, BoxRule, MomentRule
from ..media import step_at
from ..media.files import check_file, check_folder, claim_folder, whole_file, write_rows, write_text
from ..media.journal import Journal
from .coco import write_coco, write_frames
from .mined import Mined, write_items
from .runner import add_common_options, prepare_config


def mine(
    args: argparse.Namespace,
    out: str | os.PathLike,
    *,
    split: str = 'train',
    moments: MomentRule | None = None,
    boxes: BoxRule | None = None,
    attention: str = 'class',
    batch_size: int = 1,
) -> Mined:
    """Run a model over the clips of a split and keep moments and boxes.

    Works through MMEngine's test loop, in one process or in many. Clips that a
    run before has done are left out, so a run that was killed goes on.

    Args:
        args: Options of :func:`mmssl.apis.runner.add_common_options`, ``config``
            and ``checkpoint``.
        out: Folder of the journals.
        split: ``'train'`` (held-out clips included), ``'val'`` or ``'test'``.
        moments, boxes: How to choose; the default rules if ``None``.
        attention: Mode of the maps, step by step, whatever the config tests with.
        batch_size: Clips at a time. Files are the same for any number of
            processes; another batch size may round some last digits otherwise.

    Returns:
        What was found, in every process.

    Raises:
        ValueError: If the folder holds results of another model or other rules.
    """
    rules = {'moments': asdict(moments or MomentRule()), 'boxes': asdict(boxes or BoxRule())}
    config = _mining_config(prepare_config(args), split, args.checkpoint)
    config.model.cls_head.attention = dict(mode=attention)
    config.test_dataloader.batch_size = batch_size
    config.test_evaluator = [dict(type='mmssl.ClipMiner', out_dir=str(out), **rules)]
    dataset = config.test_dataloader.dataset
    videos, classes = _videos(dataset)
    settings = {**rules, 'attention': attention, 'split': split}
    settings['checkpoint'] = _digest(args.checkpoint)
    claim_folder(out, settings)
    # All processes read this before any can start to write: starting waits for all of them.
    done = set(_journal(out)) & set(videos)
    if len(done) < len(videos):
        if done:
            listed = Path(out) / f'done-{os.environ.get("RANK", 0)}.txt'
            write_text(listed, ''.join(f'{name}\n' for name in sorted(done)))
            dataset.exclude_file = str(listed.resolve())
        Runner.from_cfg(config).test()
        barrier()
    return Mined(videos, classes, _journal(out))


def _mining_config(config, split, checkpoint) -> Config:
    """Turn a config's test into a pass over a split."""
    test = config.test_dataloader
    dataset = config[f'{split}_dataloader'].dataset.copy()
    dataset.update(pipeline=test.dataset.pipeline, test_mode=True)
    if split == 'train':
        dataset.update(held_out=0.0, part='all')
    test.dataset = dataset
    test.sampler = dict(type='DefaultSampler', shuffle=False)
    config.load_from = checkpoint
    config.custom_hooks = [
        *config.get('custom_hooks', []),
        dict(type='mmssl.ProgressHook', title='mining'),
    ]
    return config


def _videos(settings) -> tuple[dict[str, str], list[str] | None]:
    """Video files of a data set by identifier, in order, and its classes."""
    init_default_scope('mmaction')
    dataset = DATASETS.build({**settings, 'pipeline': []})
    samples = map(dataset.get_data_info, range(len(dataset)))
    videos = {sample['video_id']: sample['filename'] for sample in samples}
    return videos, dataset.metainfo.get('classes')


def _journal(out):
    # A name that no process writes to: this one only reads.
    return Journal(Path(out) / 'journal-reader.jsonl')


def _digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def write_moments(mined: Mined, path: str | os.PathLike) -> None:
    """Write moments as ``{video_id: [{"time": s, "score": f}, ...]}``, best first."""
    found = (
        (name, [{'time': time, 'score': score} for time, score in record['moments']])
        for name, record in mined.readable()
    )
    _write_lines(path, '{}', _pairs(found))


def write_companion(mined: Mined, path: str | os.PathLike, seconds: float = 10.0) -> None:
    """Write moments as ``{"ID_startms_endms": [frame, ...]}``, frames at 10 a second.

    Args:
        mined: The results.
        path: File to write.
        seconds: Length of the clips, which their names tell.

    Raises:
        ValueError: If a clip is not named as VGGSound's are.
    """
    found = (
        (millisecond_id(name, seconds), [step_at(time) for time, _ in record['moments']])
        for name, record in mined.readable()
    )
    _write_lines(path, '{}', _pairs(found))


def write_boxes(mined: Mined, path: str | os.PathLike) -> None:
    """Write pseudo boxes in VGG-SS form, with ``score`` (one a box) and ``time``."""
    found = (
        {
            'file': name,
            'class': mined.class_name(record),
            'bbox': [box[:4] for box in record['boxes']],
            'score': [box[4] for box in record['boxes']],
            'time': record['time'],
        }
        for name, record in mined.readable()
    )
    _write_lines(path, '[]', map(json.dumps, found))


def write_unreadable(mined: Mined, path: str | os.PathLike) -> int:
    """Write the clips that could not be read, with their reasons, as CSV; return how many."""
    rows = mined.unreadable()
    write_rows(path, [('clip', 'reason'), *rows])
    return len(rows)


def _pairs(items: Iterable[tuple[str, Any]]) -> Iterator[str]:
    return (f'{json.dumps(key)}: {json.dumps(value)}' for key, value in items)


def _write_lines(path, brackets, lines: Iterable[str]):
    with whole_file(path) as partial, partial.open('w', encoding='utf-8') as file:
        write_items(file, brackets, lines)
        file.write('\n')


#: Files that mining can write: who writes it and what it holds, by the option that names it.
_FILES = {
    'moments': (write_moments, 'moments, best first'),
    'companion': (write_companion, 'moments as {ID_startms_endms: [frames at 10 a second]}'),
    'boxes': (write_boxes, 'pseudo boxes of the best moments in VGG-SS form'),
    'coco': (write_coco, "pseudo boxes in COCO's form"),
}


MOMENTS_DESCRIPTION = """Find the most informative moments of every clip, where picture and
sound correlate.

Clips that cannot be read are listed beside the output. Run the command again after
an interruption: it goes on where it was.

Examples:
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --out moments.json
    %(prog)s CONFIG CHECKPOINT --out moments.json --boxes boxes.json
    torchrun --nproc_per_node 8 -m mmssl moments CONFIG CHECKPOINT --out moments.json \\
        --launcher pytorch
"""

BOXES_DESCRIPTION = """Box what sounds at the best moment of every clip: annotation without
a person.

The boxes are written in VGG-SS form, with score and time, and in COCO's form if
asked for. Run the command again after an interruption: it goes on where it was.

Examples:
    %(prog)s configs/mmssl_vggsound.py CHECKPOINT --out boxes.json
    %(prog)s CONFIG CHECKPOINT --out boxes.json --coco coco.json --moments moments.json
"""


def add_moments_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options of ``mmssl moments``."""
    parser.description = MOMENTS_DESCRIPTION
    _add_options(parser, 'moments')


def add_boxes_options(parser: argparse.ArgumentParser) -> None:
    """Add description and options of ``mmssl boxes``."""
    parser.description = BOXES_DESCRIPTION
    _add_options(parser, 'boxes')


def moments_from_options(args: argparse.Namespace) -> int:
    """Mine, and write what was asked for."""
    return _write_results(_mine_from_options(args, args.moments), args)


def boxes_from_options(args: argparse.Namespace) -> int:
    """Mine, and write what was asked for."""
    return _write_results(_mine_from_options(args, args.boxes), args)


def _add_options(parser, main):
    """Options that both share; ``main`` is the file that ``--out`` names."""
    for name, (_, text) in _FILES.items():
        if name == main:
            parser.add_argument('--out', dest=name, required=True, help=f'JSON file: {text}')
        else:
            parser.add_argument(f'--{name}', help=f'write this JSON file too: {text}')
    moments, boxes = MomentRule(), BoxRule()
    parser.add_argument(
        '--frames',
        help="folder for the boxes' frames as JPEG files, which --coco then names with their sizes",
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    parser.add_argument(
        '--journal', help='folder of intermediate results (OUT with .journal at its end)'
    )
    parser.add_argument('--batch-size', type=int, default=1, help='clips at a time (1)')
    parser.add_argument(
        '--attention', choices=sorted(ATTENTION_MODES), default='class', help='mode of the maps'
    )
    group = parser.add_argument_group('moments')
    group.add_argument('--score', choices=list(MOMENT_SCORES), default=moments.score)
    group.add_argument('--top', type=int, default=moments.top, help=f'moments ({moments.top})')
    group.add_argument(
        '--spacing', type=int, default=moments.spacing, help='steps of 100 ms between moments (1)'
    )
    group.add_argument(
        '--smoothing',
        type=int,
        default=moments.smoothing,
        help=f'steps over which scores are averaged ({moments.smoothing})',
    )
    group = parser.add_argument_group('boxes')
    group.add_argument('--cut', choices=['peak', 'range'], default=boxes.cut)
    group.add_argument(
        '--threshold', type=float, default=boxes.threshold, help=f'share ({boxes.threshold})'
    )
    group.add_argument('--blur', type=float, default=boxes.smoothing, help='pixels of 224 (0)')
    group.add_argument('--smallest', type=float, default=boxes.smallest, help='share of the frame')
    group.add_argument('--several', action='store_true', help='all regions, not the best alone')
    add_common_options(parser)


def _mine_from_options(args, out) -> Mined:
    for name in _FILES:
        if path := getattr(args, name):
            check_file(path)
    if args.frames:
        check_folder(args.frames)
    return mine(
        args,
        args.journal or f'{out}.journal',
        split=args.split,
        moments=MomentRule(args.score, args.top, args.spacing, args.smoothing),
        boxes=BoxRule(args.cut, args.threshold, args.blur, args.smallest, args.several),
        attention=args.attention,
        batch_size=args.batch_size,
    )


def _write_results(mined, args) -> int:
    """Write what was asked for, in one process, and say what could not be read."""
    if not is_main_process():
        return 0
    if args.frames:
        mined.frames = write_frames(mined, args.frames)
        print(args.frames)
    first = next(path for name in _FILES if (path := getattr(args, name)))
    for name, (write, _) in _FILES.items():
        if path := getattr(args, name):
            write(mined, path)
            print(path)
    lost = f'{first}.unreadable.csv'
    count = write_unreadable(mined, lost)
    if count:
        print(f'{count} of {len(mined.videos)} clips could not be read: {lost}')
    # A launcher would take 1 for a crash of this process.
    return 1 if count and args.launcher == 'none' else 0
