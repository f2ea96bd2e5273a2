# ResNet-18 at a quarter of its width and without its last stage, for pictures of 112 x 112 (maps of
# 14 x 14) and spectrograms of a second.
_base_ = 'pair_r18.py'
resnet18_small = dict(
    _delete_=True,
    type='ResNet3d',
    depth=18,
    pretrained=None,
    pretrained2d=False,
    base_channels=16,
    conv1_kernel=(1, 7, 7),
    conv1_stride_t=1,
    conv1_stride_s=2,
    with_pool1=False,
    with_pool2=False,
    num_stages=3,
    out_indices=(2,),
    inflate=(0, 0, 0),
    spatial_strides=(1, 2, 2),
    temporal_strides=(1, 1, 1),
    dilations=(1, 1, 1),
    zero_init_residual=False,
)
model = dict(
    frames='3d',
    backbone=resnet18_small,
    audio_backbone=dict(**resnet18_small, in_channels=1),
    cls_head=dict(channels=64),
)
