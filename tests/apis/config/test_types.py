"""What cannot be built is refused before anything is built, in one line that names its place."""

from pathlib import Path

import pytest

from ...config_checks import CONFIG, checked

OWN = '; a type of your own needs its module in custom_imports'
STEPS = 'train_dataloader.dataset.pipeline'
#: Option, what its value is not the name of, and what was meant.
NAMES = {
    'model.type=nosuch': ('a model', None),
    'model.cls_head.type=AudioVisualHead': ('a model', 'mmssl.AudioVisualHead'),
    'model.backbone.type=mmssl.ResNet3d': ('a model', 'ResNet3d'),
    'model.audio_backbone.type=mmssl.AudioConvNt': ('a model', 'mmssl.AudioConvNet'),
    'model.backbone.norm_cfg.type=BN33d': ('a model', 'BN3d'),
    'model.data_preprocessor.type=x': ('a model', None),
    'model.cls_head.init_cfg.type=Norml': ('a weight initializer', 'Normal'),
    f'{STEPS}.Flip.type=Flp': ('a transform', 'Flip'),
    f'{STEPS}.Flip.type=torchvision/Flap': ('a transform', 'TorchVisionWrapper'),
    'train_dataloader.dataset.type=mmsl.AudioVisualDataset': (
        *('a dataset', 'mmssl.AudioVisualDataset'),
    ),
    'test_dataloader.dataset.type=x': ('a dataset', None),
    'train_dataloader.sampler.type=x': ('a data sampler', None),
    'train_dataloader.batch_sampler.type=x': ('a data sampler', None),
    'train_dataloader.collate_fn.type=pseudo_colate': ('a function', 'pseudo_collate'),
    'optim_wrapper.type=x': ('an optim wrapper', None),
    'optim_wrapper.constructor=x': ('an optimizer wrapper constructor', None),
    'optim_wrapper.optimizer.type=AdmW': ('an optimizer', 'AdamW'),
    'param_scheduler.0.type=x': ('a parameter scheduler', None),
    'default_hooks.checkpoint.type=x': ('a hook', None),
    'custom_hooks.EpochSeedHook.type=EpochSeedHook': ('a hook', 'mmssl.EpochSeedHook'),
    'val_evaluator.1.type=x': ('a metric', None),
    'visualizer.type=x': ('a visualizer', None),
    'visualizer.vis_backends.0.type=x': ('a vis backend', None),
    'log_processor.type=x': ('a log processor', None),
    'train_cfg.type=x': ('a loop', None),
    'model_wrapper_cfg.type=x': ('a model wrapper', None),
    'runner_type=mmssl.Runer': ('a runner', 'mmssl.Runner'),
}
#: Option, the end of its line.
WRONG = {
    'default_scope=mmactoin': "'mmactoin' is not an installed package with registries, did you "
    'mean mmaction?',
    'model.backbone._scope_=nosuch': "'nosuch' is not an installed package with registries",
    'model=abc': "'abc' is not a dict with the type of a model",
    'model.backbone=abc': "'abc' is not a dict with the type of a model",
    'default_hooks.checkpoint=3': '3 is not a dict with the type of a hook',
    'custom_hooks=[x]': "'x' is not a dict with the type of a hook",
    'optim_wrapper.optimizer.type=3': '3 is not the name of an optimizer',
    'model.neck.x=1': 'the type is missing, expected that of a model; a dict with _delete_=True '
    'keeps nothing of its base',
}

#: Named otherwise than by a plain name of the default scope.
RIGHT = (
    *('model.backbone.type=mmaction.ResNet3d', 'optim_wrapper.optimizer.type=torch.optim.AdamW'),
    *('train_cfg.type=mmengine.EpochBasedTrainLoop', 'default_hooks.timer=None', 'model.neck=None'),
    'model.backbone.type=torchvision.resnet18',
)


@pytest.mark.parametrize('option', NAMES)
def test_a_name_that_no_registry_knows(option):
    key, _, name = option.partition('=')
    kind, meant = NAMES[option]
    end = f', did you mean {meant}?' if meant else OWN
    assert checked(option) == [f'--cfg-options {key}: {name!r} is not the name of {kind}{end}']


@pytest.mark.parametrize('option', WRONG)
def test_an_option_that_nothing_can_be_built_with(option):
    (line,) = checked(option)
    assert line.startswith(f'--cfg-options {option.partition("=")[0]}: {WRONG[option]}')


@pytest.mark.parametrize('option', RIGHT)
def test_other_forms_of_names(option):
    assert checked(option) == []


#: Lines of a config file, the end of what is said.
FILES = {
    "model = dict(cls_head=dict(type='mmssl.AudioVisulHead'))": "model.cls_head.type: "
    "'mmssl.AudioVisulHead' is not the name of a model, did you mean mmssl.AudioVisualHead?",
    'model = dict(cls_head=dict(_delete_=True, num_classes=8))': 'model.cls_head: the type is '
    'missing, expected that of a model; a dict with _delete_=True keeps nothing of its base',
    'default_hooks = dict(checkpoint=dict(_delete_=True, interval=2))': 'default_hooks.checkpoint: '
    'the type is missing, expected that of a hook',
    'train_cfg = dict(_delete_=True, max_epochs=3)': 'train_cfg: the type is missing',
    "train_dataloader = dict(dataset=dict(pipeline=['LoadIt']))": f"{STEPS}.0: 'LoadIt' is not a "
    'dict with the type of a transform',
    "test_evaluator = dict(_delete_=True, type='mmssl.SoundLocalizationMetric', metrics=('ciou',))":
    "test_evaluator.type: 'mmssl.SoundLocalizationMetric' is not the name of an evaluator; a dict "
    'with metrics is an evaluator: put a metric with that argument in a list, [dict(...)]',
}  # fmt: skip


@pytest.mark.parametrize('content', FILES)
def test_a_file_that_nothing_can_be_built_with(content, tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(f'_base_ = {str(CONFIG)!r}\n{content}\n')
    (line,) = checked(config=path)
    assert line.startswith(f'{path}: {FILES[content]}')


def test_dicts_that_have_a_default_type(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(
        f'_base_ = {str(CONFIG)!r}\n'
        'train_cfg = dict(_delete_=True, by_epoch=True, max_epochs=3)\n'
        'val_cfg = dict(_delete_=True)\n'
        'log_processor = dict(_delete_=True, window_size=3)\n'
        "optim_wrapper = dict(_delete_=True, optimizer=dict(type='SGD', lr=0.1))\n"
        "val_evaluator = dict(_delete_=True, metrics=[dict(type='AccMetric')])\n"
    )
    assert checked(config=path) == []


#: Configs of MMAction2 that cannot be built as they are, and what is wrong.
BROKEN = {
    'localization/drn/': 'a module that the wheel of mmaction2 1.2.0 lacks',
    'mobileone-s4': 'a type that exists where mmpretrain is installed',
    'detection/': 'types of mmdet',
    'tsm_imagenet-pretrained-r50_8xb16-1x1x16-50e_kinetics400-rgb.py': 'io_backend, which '
    'DecordDecode does not take',
    'audioonly_r50': 'suffix, which AudioDataset does not take',
    'slowonly_r50_8xb16-u48-240e_gym-limb.py': 'a comma makes a tuple of its train_dataloader',
}


def test_plain_configs_of_mmaction2_are_fine():
    import mmaction

    folder = Path(mmaction.__path__[0]) / '.mim/configs'
    paths = [path for path in sorted(folder.rglob('*.py')) if '_base_' not in path.parts]
    plain = [path for path in paths if not any(name in str(path) for name in BROKEN)]
    assert len(plain) > 150
    # A part of them: reading them all takes a minute.
    for path in plain[::8]:
        assert checked(config=path, loops=('train', 'val')) == [], path
