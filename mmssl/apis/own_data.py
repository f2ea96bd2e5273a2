"""Configs for the user's own data: a table instead of a folder, boxes, and the classes."""

import os.path as osp
from collections.abc import Sequence

from mmengine.config import Config
from mmengine.runner import CheckpointLoader

from ..datasets.forms import FORMS, FormFiles

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def own_datasets(config: Config, option: str = '', loaders: Sequence[str] = _LOADERS) -> list[dict]:
    """Data sets of a config whose form takes the user's own data.

    Args:
        config: The config.
        option: Limits the result to those whose data this option names.
        loaders: Keys of the loaders.
    """
    datasets = [(config.get(name) or {}).get('dataset') or {} for name in loaders]
    options = [getattr(FORMS.get(d.get('form', '')), 'own_data', '') for d in datasets]
    return [d for d, own in zip(datasets, options) if own and option in ('', own)]


def use_table(config: Config, path: str) -> str:
    """Let the data sets of clips read a table; returns the folder that its paths are relative to.

    Raises:
        ValueError: If the config's data sets read none.
    """
    _let_read(
        own_datasets(config, '--data-root'), 'ann_file', path,
        f'--data-root is the file {path}, expected a folder; a table of clips is read with '
        "form='own-clips', as in configs/mmssl_folder.py",
    )  # fmt: skip
    return osp.dirname(path) or '.'


def use_boxes(config: Config, path: str) -> None:
    """Let validation and test read boxes of the user's clips.

    Raises:
        ValueError: If the config has no such data set.
    """
    _let_read(
        own_datasets(config, '--data-root', _LOADERS[1:]), 'boxes_file', path,
        f"--boxes is {path}, but the config has no data set of the form 'own-clips', expected one "
        'as configs/mmssl_folder.py; of others, set boxes_file of the data set',
    )  # fmt: skip


def use_pseudo_labels(config: Config, path: str) -> None:
    """Let a config's data sets read boxes of a model.

    Raises:
        ValueError: If the config cannot use them.
    """
    _let_read(
        own_datasets(config, '--pseudo-labels'), 'ann_file', path,
        f'--pseudo-labels is {path}, but the config has no data set for them, expected '
        "form='pseudo-labels', as in configs/open_vocabulary/mmssl_pseudo-labels.py",
    )  # fmt: skip


def follow_classes(config: Config, classes: Sequence[str] | None = None) -> None:
    """Let the head have the classes of the user's data, if the config reads such data.

    Args:
        config: The config. A width that the user sets stays, and is compared with the data later.
        classes: Classes of a checkpoint, in its order, instead of those of the data.

    Raises:
        AnnotationError: If the data cannot be read.
        ValueError: If the data has one class alone, which no head can learn.
    """
    datasets = own_datasets(config)
    head = (config.get('model') or {}).get('cls_head') or {}
    if not datasets or 'num_classes' not in head:
        return
    if classes:
        for dataset in datasets:
            dataset['metainfo'] = dict(classes=list(classes))
    named = classes or _classes_of(datasets[0])
    if len(named) == 1 and not classes:
        raise ValueError(
            f'{datasets[0].get("data_root")}: all clips are of the class {named[0]}, expected two '
            'classes or more: the map shows how they differ'
        )
    head['num_classes'] = len(named)


def classes_in(checkpoint: str) -> list[str]:
    """Names of the classes that a checkpoint was trained on; empty if unknown."""
    content = CheckpointLoader.load_checkpoint(checkpoint, 'cpu', logger='silent')
    meta = content.get('meta') if isinstance(content, dict) else None
    return list(((meta or {}).get('dataset_meta') or {}).get('classes') or ())


def _let_read(datasets: Sequence[dict], key: str, path: str, refusal: str) -> None:
    if not datasets:
        raise ValueError(refusal)
    for dataset in datasets:
        dataset[key] = osp.abspath(path)


def _classes_of(dataset: dict) -> list[str]:
    path = osp.join(dataset.get('data_root') or '', dataset['ann_file'])
    files = FormFiles(path, split=dataset.get('split', 'train'))
    return FORMS[dataset['form']].samples(files).classes or []
