# The paper's model on VGGSound: 100 frames of 112x112, 309 classes, for one GPU.
_base_ = ['_base_/runtime.py', '_base_/mmssl_mc3.py']

data_root = 'data/vggsound'

# Kinetics weights by a local path: --cfg-options model.backbone.pretrained=PATH
model = dict(cls_head=dict(dropout=0.2))

pack = [
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_pipeline = [
    dict(type='mmssl.OpenClip', size=(128, 128)),
    dict(type='mmssl.DecodeClip', duration=10),
    dict(type='RandomCrop', size=112),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
# Boxes belong to the full frame, so it is resized and never cropped.
test_pipeline = [
    dict(type='mmssl.OpenClip', size=(112, 112)),
    dict(type='mmssl.DecodeClip', duration=10),
    *pack,
]

dataset = dict(
    type='mmssl.AudioVisualDataset',
    ann_file='vggsound.csv',
    data_root=data_root,
    data_prefix=dict(video='videos'),
)
loader = dict(batch_size=8, num_workers=8, sampler=dict(type='DefaultSampler', shuffle=False))
train_dataloader = dict(
    batch_size=32,
    num_workers=12,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, held_out=0.02, part='fit', pipeline=train_pipeline),
)
# VGGSound publishes no validation split, and nothing is chosen on the test split.
val_dataloader = dict(
    **loader,
    dataset=dict(**dataset, held_out=0.02, part='held-out', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = dict(
    **loader,
    dataset=dict(**dataset, boxes_file='vggss.json', pipeline=test_pipeline, test_mode=True),
)
val_evaluator = dict(type='AccMetric')
test_evaluator = [dict(type='AccMetric'), dict(type='mmssl.SoundLocalizationMetric')]

max_epochs = 30
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
optim_wrapper = dict(
    type='mmssl.MixedPrecisionOptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=5),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=2, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        begin=2,
        end=max_epochs,
        eta_min_ratio=0.01,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(checkpoint=dict(save_best='acc/av_top1'))
