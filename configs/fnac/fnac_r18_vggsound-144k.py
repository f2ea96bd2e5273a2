# FNAC (CVPR 2023) on VGGSound 144k, as its authors train it.
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
]
model = dict(method='fnac', cls_head=dict(loss='fnac', visual_dropout=0.9, warmup_epochs=5))
