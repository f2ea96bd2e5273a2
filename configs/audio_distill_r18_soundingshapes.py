# SoundNet-style training of a small ResNet-18 on sound: what the picture classifier sees is its
# target. --cfg-options model.teacher=work_dirs/picture_r18_soundingshapes/epoch_9.pth
_base_ = [
    '_base_/runtime.py',
    '_base_/mmssl_mc3.py',
    '_base_/soundingshapes.py',
    '_base_/picture_r18_small.py',
    '_base_/audio_r18_small.py',
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

# One second of sound and the picture in its middle.
train_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.SelectMoment', mode='random', duration=1.0),
    dict(type='mmssl.DecodeClip', duration=1, pictures='moment'),
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
test_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.SelectMoment', mode='annotated', duration=1.0),
    dict(type='mmssl.DecodeClip', duration=1, pictures='moment'),
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(batch_size=32, dataset=dict(pipeline=test_pipeline))
val_evaluator = dict(type='mmssl.DistillationMetric')
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(save_best='distill/kl', rule='less'))
