# LVS (CVPR 2021) on VGGSound 144k. The authors published no training code; this follows the paper.
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    method='lvs',
    backbone=dict(strides=(1, 2, 2, 1)),  # maps of 14 x 14
    audio_backbone=dict(strides=(1, 2, 2, 1)),
    cls_head=dict(projections=0, tau=1.0, loss='lvs'),
)

decode = dict(type='mmssl.DecodePairs', seconds=10, whole=10)
spectrogram = dict(type='mmssl.PairSpectrograms', kind='log-power', hop=238)
# The authors crop the middle square, although boxes are fractions of the whole frame.
# test_dataloader.dataset.pipeline.PillowResize.shape=square uses the whole frame.
train_pipeline = [
    {{_base_.open_clip}},
    decode,
    dict(type='mmssl.PillowResize', size=246, shape='short-side'),
    dict(type='RandomCrop', size=224),
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
test_evaluator = dict(preset='lvs')
