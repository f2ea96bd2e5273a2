# EZ-VSL (ECCV 2022) on VGGSound 144k, as its authors train it.
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
    '../_base_/default_runtime.py',
]
model = dict(method='ez-vsl', cls_head=dict(loss='ez-vsl'))
