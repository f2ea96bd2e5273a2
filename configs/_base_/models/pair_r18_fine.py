# Two ResNet-18 whose last stage keeps the resolution, compared without projections: LVS, Alignment
# and SSL-TIE. A picture of 224 x 224 gives a map of 14 x 14.
_base_ = 'pair_r18.py'
model = dict(
    backbone=dict(strides=(1, 2, 2, 1)),
    audio_backbone=dict(strides=(1, 2, 2, 1)),
    cls_head=dict(projections=0, tau=1.0, loss='lvs'),
)
