# The two-stream classification model of "Less Can Be More" (WACV 2022).
model = dict(
    type='mmssl.AudioVisualRecognizer',
    channels_last=True,
    # MC3-18 without temporal strides, identical to torchvision's mc3_18.
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        pretrained2d=False,
        conv1_kernel=(3, 7, 7),
        conv1_stride_t=1,
        conv1_stride_s=2,
        with_pool1=False,
        with_pool2=False,
        inflate=(1, 0, 0, 0),
        inflate_style='3x3x3',
        spatial_strides=(1, 2, 2, 2),
        temporal_strides=(1, 1, 1, 1),
        zero_init_residual=False,
    ),
    audio_backbone=dict(type='mmssl.AudioConvNet'),
    cls_head=dict(type='mmssl.AudioVisualHead', num_classes=309),
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            imgs=dict(
                type='mmssl.ClipPreprocessor',
                mean=[110.2, 100.6, 96.0],  # torchvision's Kinetics statistics
                std=[58.1, 56.5, 55.3],
                format_shape='NCTHW',
            ),
            audios=dict(
                type='mmssl.ClipPreprocessor', mean=[-6.0], std=[3.0], format_shape='NCTHW'
            ),
        ),
    ),
)
