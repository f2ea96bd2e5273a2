# SLAVC (NeurIPS 2022) on VGGSound 144k. Tests use the trained networks, as published;
# model.use_momentum=True tests their momentum copies.
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    method='slavc',
    momentum=0.999,
    cls_head=dict(loss='slavc', projections=2, visual_dropout=0.9),
)
test_evaluator = dict(preset='slavc')
