"""Find settings of a run that contradict each other, before its first step."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from itertools import zip_longest
from typing import Any

from mmaction.evaluation import AccMetric
from mmengine.evaluator import BaseMetric
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import BaseLoop
from torch import nn
from torch.utils.data import Dataset

from ..datasets import AudioVisualDataset, SelectMoment
from ..media import MediaError
from ..spelling import did_you_mean


def require_classes(network: nn.Module, dataset: Dataset) -> None:
    """Refuse a data set that has more classes than the head.

    Torch only reports that such a label is out of bounds, and on a GPU without the label. A head
    with more classes than the data set can be intended, because a subset has fewer classes.

    Raises:
        ValueError: If the data set has more classes.
    """
    known = getattr(getattr(network, 'cls_head', None), 'num_classes', None)
    classes = getattr(dataset, 'metainfo', {}).get('classes') or ()
    if known is not None and len(classes) > known:
        raise ValueError(
            f'the head has {known} classes, the data set {len(classes)}: set '
            f'model.cls_head.num_classes={len(classes)}, or use a data set with fewer classes'
        )


def idle_classes(network: nn.Module, dataset: Dataset) -> str:
    """A sentence about classes of the head that the data set lacks; empty if it lacks none."""
    known = getattr(getattr(network, 'cls_head', None), 'num_classes', None)
    classes = getattr(dataset, 'metainfo', {}).get('classes') or ()
    if known is None or not classes or len(classes) >= known:
        return ''
    return (
        f'the head has {known} classes, the data set {len(classes)}: the others are never right; '
        f'set model.cls_head.num_classes={len(classes)}, unless the numbers are those of a larger '
        'set'
    )


def require_same_classes(meta: Mapping[str, Any], dataset: Dataset) -> None:
    """Refuse to resume from a checkpoint whose classes have other names or another order.

    Args:
        meta: Meta information of the checkpoint.
        dataset: Data set of the training.

    Raises:
        ValueError: If a number would mean another class.
    """
    before = list((meta.get('dataset_meta') or {}).get('classes') or ())
    now = list(getattr(dataset, 'metainfo', {}).get('classes') or ())
    if not before or not now or before == now:
        return
    pairs = zip_longest(before, now, fillvalue='no class')
    number, (old, new) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
    raise ValueError(
        f'the resumed checkpoint has {len(before)} classes, the data set {len(now)}: class '
        f'{number} was {old!r} and is {new!r}; resume with the data of the checkpoint, or start '
        'a new training in another --work-dir'
    )


def require_steps(loop: BaseLoop) -> None:
    """Refuse a training in which all clips are in the last small batch, which is left out.

    Raises:
        ValueError: If there is no step, or no step between validations.
    """
    loader, interval = loop.dataloader, getattr(loop, 'val_interval', 1)
    if interval < 1:
        raise ValueError(f'train_cfg.val_interval is {interval}, expected at least 1')
    if not loader.drop_last or len(loader):
        return
    share = len(loader.batch_sampler.sampler)
    raise ValueError(
        f'the training has no step: train_dataloader.drop_last leaves out batches with fewer than '
        f'{loader.batch_size} clips, and there are {share} clips for each process; set '
        f'train_dataloader.batch_size={share}, or drop_last=False'
    )


def require_moments(dataset: Any) -> None:
    """Refuse a moments file that lacks a readable clip. Unreadable clips are skipped anyway.

    Raises:
        ValueError: If a readable clip has no moment.
    """
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    for place, step in enumerate(steps):
        # Reading all facts of a large data set takes seconds.
        if not isinstance(step, SelectMoment) or step.moments is None:
            continue
        infos = map(dataset.get_data_info, range(len(dataset)))
        for info in (info for info in infos if not step.has_moment(info['video_id'])):
            with suppress(MediaError):
                reduce(lambda results, before: before(results), steps[: place + 1], info)


def require_best(
    hooks: Iterable[Hook], metrics: Sequence[BaseMetric], network: nn.Module, dataset: Dataset
) -> None:
    """Refuse to keep the best checkpoint by a metric that no evaluator prints.

    Args:
        hooks: Hooks of the run.
        metrics: Metrics of the validation.
        network: The model; the names of MMAction2's accuracies depend on its head.
        dataset: Data set of the validation; some metrics use only annotated clips.

    Raises:
        ValueError: If ``save_best`` of a checkpoint hook names no metric. Any name is accepted if a
            metric does not list its names.
    """
    printed: list[str] = []
    free: list[str] = []
    for metric in metrics:
        if getattr(metric, 'skip_without_truth', False) and not _has_truth(dataset):
            continue
        names, prefix = _printed(metric, network), f'{metric.prefix}/' if metric.prefix else ''
        printed += [prefix + name for name in names or ()]
        free += [prefix] if names is None else []
    for hook in hooks:
        asked = hook.save_best or () if isinstance(hook, CheckpointHook) else ()
        for name in asked:
            if name not in ('auto', *printed) and not name.startswith(tuple(free)):
                plain = [other for other in printed if other.count('/') < 2]
                near = did_you_mean(name, printed) or f': {", ".join(sorted(plain))}'
                raise ValueError(
                    f"default_hooks.checkpoint.save_best is {name!r}, expected 'auto' or a metric "
                    f'that val_evaluator prints{near}'
                )


def _has_truth(dataset: Any) -> bool:
    """Whether any clip has boxes or a mask; unknown for data sets of other packages."""
    if not isinstance(dataset, AudioVisualDataset):
        return True
    infos = map(dataset.get_data_info, range(len(dataset)))
    return any({'boxes', 'mask_filename'} & info.keys() for info in infos)


def _printed(metric: BaseMetric, network: nn.Module) -> Collection[str] | None:
    """Names of a metric's results; ``None`` if it does not list them."""
    if not isinstance(metric, AccMetric):
        return getattr(metric, 'printed', None)
    # MMAction2's accuracies, one for each named score of a head.
    scores = getattr(getattr(network, 'cls_head', None), 'names', None)
    if scores is None:
        return None
    if not isinstance(metric.metric_options, dict | None):
        raise ValueError(f'metric_options is {metric.metric_options!r}, expected a dict')
    top = (metric.metric_options or {}).get('top_k_accuracy', {}).get('topk', (1, 5))
    names = {
        'top_k_accuracy': [f'top{k}' for k in ([top] if isinstance(top, int) else top)],
        'mean_class_accuracy': ['mean1'],
    }
    kinds = [name for kind in metric.metrics for name in names.get(kind, [kind])]
    return [f'{score}_{kind}' for score in scores for kind in kinds]
