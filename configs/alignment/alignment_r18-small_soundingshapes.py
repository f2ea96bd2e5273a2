# alignment on SoundingShapes, small.
_base_ = ['../_base_/models/pair_r18_small.py', '../_base_/datasets/soundingshapes_pairs.py']
model = dict(cls_head=dict(loss='alignment', projections=0, tau=1.0))
