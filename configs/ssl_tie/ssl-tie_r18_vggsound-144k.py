# SSL-TIE (ACM MM 2022) on VGGSound 144k.
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    method='ssl-tie',
    backbone=dict(strides=(1, 2, 2, 1)),  # maps of 14 x 14
    audio_backbone=dict(strides=(1, 2, 2, 1)),
    cls_head=dict(projections=0, tau=1.0, loss='lvs'),
    largest_angle=30,
)

decode = dict(type='mmssl.DecodePairs', seconds=10, whole=10)
spectrogram = dict(type='mmssl.PairSpectrograms', kind='mel-decibels', hop=239)
masks = dict(type='mmssl.MaskSpectrograms', rows=35, columns=180, value=-100.0, chance=0.8)
colours = dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
grey = dict(type='mmssl.ColorJitter', brightness=(1, 1), contrast=(1, 1), saturation=(0, 0))
# As for LVS, test_dataloader.dataset.pipeline.PillowResize.shape=square uses the whole frame.
train_pipeline = [
    {{_base_.open_clip}},
    # The authors cut three seconds out of each clip, and repeat them.
    dict(type='mmssl.SelectMoment', mode='mid', duration=3.0),
    decode,
    dict(type='RandomResizedCrop', area_range=(0.3, 1.0)),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='RandomApply', transforms=[colours], prob=0.8),
    dict(type='RandomApply', transforms=[grey], prob=0.2),
    dict(type='mmssl.RandomBlur'),
    dict(type='Flip', flip_ratio=0.5),
    spectrogram,
    masks,
    {{_base_.shape}},
    {{_base_.pack}},
]
test_pipeline = [
    {{_base_.open_clip}},
    decode,
    dict(type='mmssl.PillowResize', size=224, shape='centre-crop'),
    spectrogram,
    {{_base_.shape}},
    {{_base_.pack}},
]
max_epochs = 100
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
randomness = dict(seed=4)
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = dict(preset='lvs')
