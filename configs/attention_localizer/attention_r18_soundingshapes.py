# The small CVPR 2018 localizer on SoundingShapes, without boxes, on mid-frames. It starts from the
# weights of ../audio_distiller.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mmssl_mc3.py',
    '../_base_/models/picture_r18_small.py',
    '../_base_/models/audio_r18_small.py',
    '../_base_/datasets/soundingshapes.py',
    '../_base_/schedules/adamw_9e.py',
]

model = dict(
    type='mmssl.AttentionLocalizer',
    weights=dict(
        backbone='work_dirs/picture_r18_soundingshapes/epoch_9.pth',
        audio_backbone='work_dirs/audio_distill_r18_soundingshapes/epoch_9.pth',
    ),
    backbone={{_base_.picture_r18_small}},
    audio_backbone={{_base_.audio_r18_small}},
    cls_head=dict(
        _delete_=True,
        type='mmssl.AttentionHead',
        visual_channels=64,
        audio_channels=128,
        embedding_channels=256,
        hidden_channels=128,
    ),
)

sound_and_pack = [
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.SelectMoment', mode='mid', duration=1.0),
    {{_base_.decode_moment}},
    # No boxes unless a file is set.
    dict(type='mmssl.LoadBoxes', boxes_file=None),
    {{_base_.crop}},
    {{_base_.resize}},
    {{_base_.colours}},
    {{_base_.flip}},
    *sound_and_pack,
]
# For the configs that train with boxes.
boxes_pipeline = [
    {{_base_.open_clip}},
    dict(
        type='mmssl.SelectMoment',
        mode='file',
        duration=1.0,
        moments_file='work_dirs/mined/moments.json',
    ),
    {{_base_.decode_moment}},
    dict(type='mmssl.LoadBoxes', boxes_file='work_dirs/mined/boxes.json'),
    {{_base_.crop}},
    {{_base_.resize}},
    {{_base_.colours}},
    {{_base_.flip}},
    *sound_and_pack,
]
train_dataloader = dict(drop_last=True, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline={{_base_.moment_pipeline}}))
test_dataloader = dict(batch_size=32, dataset=dict(pipeline={{_base_.moment_pipeline}}))
val_evaluator = dict(_delete_=True, type='mmssl.SoundLocalizationMetric')
test_evaluator = dict(_delete_=True, type='mmssl.SoundLocalizationMetric')
default_hooks = dict(checkpoint=dict(save_best='loc/pointing'))
# Weaker than in the training of the networks, see docs/explanation/findings.md.
optim_wrapper = dict(optimizer=dict(lr=3e-4))
