# ResNet-18 on sound at a quarter of its width; chunks of log-mel are its frames.
audio_r18_small = dict(
    _delete_=True,
    type='ResNet3d',
    depth=18,
    pretrained=None,
    pretrained2d=False,
    in_channels=1,
    base_channels=16,
    conv1_kernel=(1, 7, 7),
    conv1_stride_t=1,
    conv1_stride_s=2,
    with_pool1=False,
    with_pool2=False,
    inflate=(0, 0, 0, 0),
    spatial_strides=(2, 2, 2, 2),
    temporal_strides=(1, 1, 1, 1),
    zero_init_residual=False,
)
