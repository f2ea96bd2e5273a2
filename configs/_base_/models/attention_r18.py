# The localizer of "Learning to Localize Sound Source in Visual Scenes" (CVPR 2018) with ResNet-18
# for vision and for sound: 20x20 locations of a 320x320 picture.
resnet18 = dict(type='ResNet', depth=18, pretrained=None, norm_eval=False)
model = dict(
    type='mmssl.AttentionLocalizer',
    channels_last=True,
    frames='2d',
    chunks='merged',
    backbone=dict(**resnet18, strides=(1, 2, 2, 1)),
    audio_backbone=dict(**resnet18, in_channels=1),
    cls_head=dict(type='mmssl.AttentionHead'),
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            imgs=dict(
                type='mmssl.ClipPreprocessor',
                mean=[123.675, 116.28, 103.53],  # torchvision's ImageNet statistics
                std=[58.395, 57.12, 57.375],
                format_shape='NCTHW',
            ),
            audios=dict(
                type='mmssl.ClipPreprocessor', mean=[-6.0], std=[3.0], format_shape='NCTHW'
            ),
        ),
    ),
)
