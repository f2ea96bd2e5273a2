# slavc on SoundingShapes, small.
_base_ = ['../_base_/models/pair_r18_small.py', '../_base_/datasets/soundingshapes_pairs.py']
model = dict(momentum=0.999, cls_head=dict(loss='slavc', projections=2, visual_dropout=0.9))
