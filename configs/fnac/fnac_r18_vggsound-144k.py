# FNAC (CVPR 2023) on VGGSound 144k, as its authors train it.
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
    '../_base_/default_runtime.py',
]
model = dict(method='fnac', cls_head=dict(loss='fnac', visual_dropout=0.9, warmup_epochs=5))

train_pipeline = [
    {{_base_.open_clip}},
    {{_base_.decode}},
    dict(type='mmssl.PillowResize', size=246, shape='short-side'),
    dict(type='RandomCrop', size=224),
    dict(type='Flip', flip_ratio=0.5),
    {{_base_.spectrogram}},
    dict(type='mmssl.MaskSpectrograms', rows=9, columns=9),
    {{_base_.shape}},
    {{_base_.pack}},
]
max_epochs = 30
train_cfg = dict(max_epochs=max_epochs)
train_dataloader = dict(batch_size=256, dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
randomness = dict(seed=12345)
