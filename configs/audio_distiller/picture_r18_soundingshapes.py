# A picture classifier trained on single objects, which serve for pretraining as ImageNet does for
# videos. The localizer uses its network, and the sound network is distilled from it.
_base_ = [
    '../mmssl/mmssl_soundingshapes_large.py',
    '../_base_/models/picture_r18_small.py',
]

model = dict(
    backbone={{_base_.picture_r18_small}},
    cls_head=dict(visual_channels=64, loss_weights=dict(av=0.0, audio=0.0)),
)

train_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.DecodeClip', frame_interval=50, random_phase=True),
    dict(type='RandomResizedCrop', area_range=(0.3, 1.0)),
    {{_base_.resize}},
    {{_base_.colours}},
    {{_base_.flip}},
    dict(type='mmssl.LogMel', max_chunks=1),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_dataloader = dict(dataset=dict(split='single', pipeline=train_pipeline))
default_hooks = dict(checkpoint=dict(save_best='acc/visual_top1'))
