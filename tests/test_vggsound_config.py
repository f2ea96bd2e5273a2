"""The paper's config, unchanged but for its data root, on a stand-in of VGGSound."""

import json
import re

from .conftest import ROOT
from .test_end_to_end import run


def test_trains_two_iterations_and_is_tested(standin, tmp_path):
    """Three training clips, one of them held out: an epoch is one iteration."""
    config = ROOT / 'configs/mmssl_vggsound.py'
    printed = run(
        'tools/train.py', config, '--work-dir', tmp_path, '--data-root', standin, '--no-validate',
        '--cfg-options', 'train_cfg.max_epochs=2', 'train_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False',
    )  # fmt: skip
    assert re.search(r'Epoch\(train\) +\[2\]\[1/1\]', printed)
    out = tmp_path / 'metrics.json'
    run(
        'tools/test.py', config, tmp_path / 'epoch_2.pth', '--work-dir', tmp_path / 'test',
        '--data-root', standin, '--metrics', 'acc', 'ciou', '--out', out,
        '--cfg-options', 'test_dataloader.num_workers=0',
    )  # fmt: skip
    metrics = json.loads(out.read_text())
    assert metrics['loc/samples'] == 1
    assert {'acc/av_top1', 'acc/av_top5', 'loc/ciou', 'loc/ceiling/ciou'} <= set(metrics)


def test_registries_import_and_their_locations_exist():
    from importlib import import_module

    from mmengine.registry import Registry

    import mmssl.registry

    registries = [v for v in vars(mmssl.registry).values() if isinstance(v, Registry)]
    ours = [r for r in registries if r.scope == 'mmssl']
    assert len(ours) == 7
    for registry in ours:
        for location in registry._locations:
            import_module(location)
        assert len(registry.module_dict)
