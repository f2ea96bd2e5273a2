# SSL-TIE (ACM MM 2022) on VGGSound 144k.
_base_ = [
    '../_base_/models/pair_r18_fine.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
]
model = dict(method='ssl-tie', largest_angle=30)

decode = dict(type='mmssl.DecodePairs', seconds=10, whole=10)
spectrogram = dict(type='mmssl.PairSpectrograms', kind='mel-decibels', hop=239)
# As for LVS, test_dataloader.dataset.pipeline.PillowResize.shape=square looks at the whole frame.
train_pipeline = [
    {{_base_.open_clip}},
    decode,
    dict(type='RandomResizedCrop', area_range=(0.3, 1.0)),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='mmssl.ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4),
    dict(type='Flip', flip_ratio=0.5),
    spectrogram,
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
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
