# The small model on your own clips: a folder for each class, or a table
# (docs/tutorials/own_videos.md).
_base_ = 'mmssl_soundingshapes.py'
data_root = 'data/mine'

# Decoded clips are cached, so that only the first epoch decodes.
open_clip = dict(type='mmssl.OpenClip', size=(112, 112), cache_dir='work_dirs/cache')
# Length of the input in seconds: shorter clips are repeated, longer clips are cut.
seconds = 10
train_pipeline = [
    open_clip,
    dict(type='mmssl.SelectMoment', mode='random', duration=seconds),
    # Five frames.
    dict(type='mmssl.DecodeClip', duration=seconds, frame_interval=20, random_phase=True),
    *_base_.train_pipeline[2:6],
    dict(type='mmssl.LogMel', max_chunks=2),
    *_base_.train_pipeline[7:],
]
# The part around the instant of the boxes.
test_pipeline = [
    open_clip,
    dict(type='mmssl.SelectMoment', mode='annotated-or-mid', duration=seconds),
    dict(type='mmssl.DecodeClip', duration=seconds),
    *_base_.test_pipeline[2:],
]

dataset = dict(
    type='mmssl.AudioVisualDataset',
    form='own-clips',
    ann_file='.',
    data_root=data_root,
    data_prefix=dict(video='.'),
)
train_dataloader = dict(
    dataset=dict(_delete_=True, **dataset, split='train', pipeline=train_pipeline),
)
loader = dict(batch_size=4)
val_dataloader = dict(
    **loader,
    dataset=dict(_delete_=True, **dataset, split='val', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = dict(
    **loader,
    dataset=dict(_delete_=True, **dataset, split='test', pipeline=test_pipeline, test_mode=True),
)
val_evaluator = [
    dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1,)))),
    # Clips without boxes are ignored. If no clip has boxes, only classification is scored.
    dict(type='mmssl.SoundLocalizationMetric', skip_without_truth=True),
]
test_evaluator = val_evaluator

# Few clips make short epochs, so the number of epochs follows from the steps.
train_cfg = dict(_delete_=True, type='mmssl.StepTrainLoop', steps=2400, least_epochs=8)
# A cosine until the end, times a warm-up that may be longer than a short training.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=100),
    dict(type='CosineAnnealingLR', by_epoch=False, eta_min_ratio=0.01),
]
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='mmssl.DescribeDataHook'),
    dict(type='mmssl.ClassReportHook'),
]
default_hooks = dict(checkpoint=dict(save_best='acc/av_top1'))
