# Two ResNet-18 with projections: EZ-VSL, FNAC and, with two projections, SLAVC. A picture of
# 224 x 224 gives a map of 7 x 7.
resnet18 = dict(type='ResNet', depth=18, pretrained=None, norm_eval=False)
model = dict(
    type='mmssl.PairLocalizer',
    channels_last=True,
    backbone=resnet18,
    audio_backbone=dict(**resnet18, in_channels=1),
    cls_head=dict(type='mmssl.SimilarityHead'),
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            imgs=dict(
                type='mmssl.ClipPreprocessor',
                mean=[123.675, 116.28, 103.53],  # torchvision's ImageNet statistics
                std=[58.395, 57.12, 57.375],
                format_shape='NCTHW',
            ),
            # The pipeline scales spectrograms, as in the authors' code.
            audios=dict(type='mmssl.ClipPreprocessor', mean=[0.0], std=[1.0], format_shape='NCTHW'),
        ),
    ),
)
