"""Moments and pseudo boxes of a whole collection of videos."""

import argparse
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any

from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dist import barrier
from mmengine.registry import RUNNERS, init_default_scope

from ..apis.config import naming_settings
from ..apis.pretrained_model import choose_weights
from ..apis.runner import prepare_config
from ..datasets.annotations import millisecond_id
from ..localization import BoxRule, MomentRule
from ..media import step_at
from ..media.files import atomic_file, require_same_settings, write_rows, write_text
from ..media.journal import Journal
from .mined import MiningResults, write_items


def mine(
    args: argparse.Namespace,
    out: str | os.PathLike,
    *,
    split: str | None = None,
    moments: MomentRule | None = None,
    boxes: BoxRule | None = None,
    attention: str = 'class',
    batch_size: int = 1,
    options: Mapping[str, Any] | None = None,
) -> MiningResults:
    """Run a model over the clips of a split and keep moments and boxes.

    It uses MMEngine's test loop, in one process or in many. Clips of earlier runs are left out, so
    a run that was killed continues.

    Args:
        args: As for :func:`mmssl.apis.runner.prepare_config`, and ``checkpoint``, which is
            ``None`` for an open-vocabulary model.
        out: Folder of the journals.
        split: ``'train'`` (held-out clips included), ``'val'`` or ``'test'``; by default
            ``'train'``, or ``'test'`` if the config has no training.
        moments, boxes: Rules of the choice; the default rules if ``None``.
        attention: Attention mode of the maps, independent of the config's test.
        batch_size: Clips at a time. Files are equal for any number of processes; another batch size
            may change last digits.
        options: For an open-vocabulary model, see
            :func:`mmssl.apis.pretrained_model.with_options`.

    Returns:
        The results, in every process.

    Raises:
        ValueError: If the batch size is below 1, or the folder holds results of another model or
            other rules.
    """
    if batch_size < 1:
        raise ValueError(f'batch size is {batch_size}, expected at least 1 clip')
    rules = {'moments': asdict(moments or MomentRule()), 'boxes': asdict(boxes or BoxRule())}
    config = prepare_config(args, ('test', *([split] if split else [])))
    choose_weights(config, args.checkpoint, options or {})
    split = split or ('train' if config.get('train_dataloader') else 'test')
    config = _mining_config(config, split)
    if _has_attention(config.model.get('cls_head')):
        config.model.cls_head.attention = dict(mode=attention)
    config.test_dataloader.batch_size = batch_size
    config.test_evaluator = [dict(type='mmssl.ClipMiner', out_dir=str(out), **rules)]
    dataset = config.test_dataloader.dataset
    videos, classes = _videos(dataset)
    settings = {**rules, 'attention': attention, 'split': split}
    settings['checkpoint'] = _digest(args.checkpoint, config.model)
    require_same_settings(out, settings)
    # All processes read this before one can write, because the start waits for all of them.
    done = set(_journal(out)) & set(videos)
    if len(done) < len(videos):
        if done:
            listed = Path(out) / f'done-{os.environ.get("RANK", 0)}.txt'
            write_text(listed, ''.join(f'{name}\n' for name in sorted(done)))
            dataset.exclude_file = str(listed.resolve())
        with naming_settings(config):
            RUNNERS.build(config).test()
        barrier()
    return MiningResults(videos, classes, _journal(out))


def _mining_config(config: Config, split: str) -> Config:
    """Turn a config's test into a pass over a split."""
    test = config.test_dataloader
    loader = config.get(f'{split}_dataloader')
    if loader is None:
        raise ValueError(f'--split is {split}, but the config has no {split}_dataloader')
    dataset = loader.dataset.copy()
    dataset.update(pipeline=_of_whole_clips(test.dataset.pipeline), test_mode=True)
    if split == 'train':
        dataset.update(held_out=0.0, part='all')
    test.dataset = dataset
    test.sampler = dict(type='DefaultSampler', shuffle=False)
    config.custom_hooks = [
        *config.get('custom_hooks', []),
        dict(type='mmssl.ProgressHook', title='mining'),
    ]
    return config


def _has_attention(head: dict | None) -> bool:
    """Whether a head has attention modes. Other heads have one way to localize."""
    if head is None:
        return False
    init_default_scope('mmaction')
    return 'attention' in signature(MODELS.get(head['type'])).parameters


def _of_whole_clips(pipeline: Sequence[dict]) -> list[dict]:
    """A test pipeline, which may look at the annotated instant alone, for all steps of clips."""
    return [
        dict(step, every_step=True) if step['type'] == 'mmssl.DecodePairs' else step
        for step in pipeline
        if step['type'] != 'mmssl.SelectMoment'
    ]


def _videos(settings: dict) -> tuple[dict[str, str], list[str] | None]:
    """Video files of a data set by identifier, in order, and its classes."""
    init_default_scope('mmaction')
    dataset = DATASETS.build({**settings, 'pipeline': []})
    samples = map(dataset.get_data_info, range(len(dataset)))
    videos = {sample['video_id']: sample['filename'] for sample in samples}
    return videos, dataset.metainfo.get('classes')


def _journal(out: str | os.PathLike) -> Journal:
    # No process writes to this name, which is only read.
    return Journal(Path(out) / 'journal-reader.jsonl')


def _digest(path: str | os.PathLike | None, model: dict) -> str:
    """The identity of a model: its checkpoint, or the options of an open-vocabulary model."""
    if path is None:
        return hashlib.sha256(repr(sorted(model.items())).encode()).hexdigest()
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def write_moments(mined: MiningResults, path: str | os.PathLike) -> None:
    """Write moments as ``{video_id: [{"time": s, "score": f}, ...]}``, best first."""
    moments = (
        (name, [{'time': time, 'score': score} for time, score in record['moments']])
        for name, record in mined.readable()
    )
    _write_lines(path, '{}', _pairs(moments))


def write_companion(mined: MiningResults, path: str | os.PathLike, seconds: float = 10.0) -> None:
    """Write moments as ``{"ID_startms_endms": [frame, ...]}``, frames at 10 a second.

    Args:
        mined: The results.
        path: File to write.
        seconds: Length of the clips in their names.

    Raises:
        ValueError: If a clip's name has another form than VGGSound's.
    """
    steps = (
        (millisecond_id(name, seconds), [step_at(time) for time, _ in record['moments']])
        for name, record in mined.readable()
    )
    _write_lines(path, '{}', _pairs(steps))


def write_boxes(mined: MiningResults, path: str | os.PathLike) -> None:
    """Write pseudo boxes in VGG-SS form, with ``score`` (one per box) and ``time``."""
    boxes = (
        {
            'file': name,
            'class': mined.class_name(record),
            'bbox': [box[:4] for box in record['boxes']],
            'score': [box[4] for box in record['boxes']],
            'time': record['time'],
        }
        for name, record in mined.readable()
    )
    _write_lines(path, '[]', map(json.dumps, boxes))


def write_unreadable(mined: MiningResults, path: str | os.PathLike) -> int:
    """Write the clips that could not be read, with their reasons, as CSV; return how many."""
    rows = mined.unreadable()
    write_rows(path, [('clip', 'reason'), *rows])
    return len(rows)


def _pairs(items: Iterable[tuple[str, Any]]) -> Iterator[str]:
    return (f'{json.dumps(key)}: {json.dumps(value)}' for key, value in items)


def _write_lines(path: str | os.PathLike, brackets: str, lines: Iterable[str]) -> None:
    with atomic_file(path) as partial, partial.open('w', encoding='utf-8') as file:
        write_items(file, brackets, lines)
        file.write('\n')
