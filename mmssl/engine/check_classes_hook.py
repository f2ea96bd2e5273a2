"""Classes of the head and of the data set, compared before the first step."""

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import Dataset

from ..registry import HOOKS


@HOOKS.register_module()
class CheckClassesHook(Hook):
    """Refuse a data set that has more classes than the head.

    Torch says of such a label no more than that it is out of bounds, and on a GPU nothing that
    names it. A head with more classes than the data set may be meant: a subset has fewer.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Compare with the training set."""
        self._compare(runner, runner.train_dataloader.dataset)

    def before_val(self, runner: Runner) -> None:
        """Compare with the validation set."""
        self._compare(runner, runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        """Compare with the test set."""
        self._compare(runner, runner.test_dataloader.dataset)

    def _compare(self, runner: Runner, dataset: Dataset) -> None:
        network = getattr(runner.model, 'module', runner.model)
        known = getattr(getattr(network, 'cls_head', None), 'num_classes', None)
        classes = getattr(dataset, 'metainfo', {}).get('classes') or ()
        if known is not None and len(classes) > known:
            raise ValueError(
                f'the head has {known} classes, the data set {len(classes)}: set '
                f'model.cls_head.num_classes={len(classes)}, or take a data set of fewer classes'
            )
