# SoundNet-style training of a small ResNet-18 on sound. Its targets are the picture classifier's
# predictions. --cfg-options model.teacher=work_dirs/picture_r18_soundingshapes/epoch_9.pth
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mmssl_mc3.py',
    '../_base_/models/picture_r18_small.py',
    '../_base_/models/audio_r18_small.py',
    '../_base_/datasets/soundingshapes.py',
    '../_base_/schedules/adamw_9e.py',
]

model = dict(
    type='mmssl.AudioDistiller',
    backbone={{_base_.picture_r18_small}},
    audio_backbone={{_base_.audio_r18_small}},
    cls_head=dict(
        _delete_=True,
        type='mmssl.DistillationHead',
        num_classes=8,
        visual_channels=64,
        audio_channels=128,
    ),
)

train_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.SelectMoment', mode='random', duration=1.0),
    {{_base_.decode_moment}},
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline={{_base_.moment_pipeline}}))
test_dataloader = dict(batch_size=32, dataset=dict(pipeline={{_base_.moment_pipeline}}))
val_evaluator = dict(_delete_=True, type='mmssl.DistillationMetric')
test_evaluator = dict(_delete_=True, type='mmssl.DistillationMetric')
default_hooks = dict(checkpoint=dict(save_best='distill/kl', rule='less'))
