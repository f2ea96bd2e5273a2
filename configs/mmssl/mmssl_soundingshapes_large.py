# The network of the package's own checkpoint. Compared with ../mmssl_soundingshapes.py, it has four
# stages, twice the resolution in the first layer, and three times the cost.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/mmssl_mc3.py',
    '../_base_/datasets/soundingshapes.py',
    '../_base_/schedules/adamw_9e.py',
]

model = dict(
    backbone=dict(
        base_channels=16,
        conv1_kernel=(1, 7, 7),
        inflate=(0, 0, 0, 0),
        spatial_strides=(2, 2, 2, 1),
    ),
    audio_backbone=dict(width=0.25),
    cls_head=dict(
        num_classes=8,
        visual_channels=128,
        audio_channels=128,
        # The best mode on the validation split, see docs/explanation/results.md.
        attention=dict(mode='logit', context=5, visual_context=5),
    ),
)

train_pipeline = [
    {{_base_.open_clip}},
    # Whole clips are used, since a short cut would mostly show only the distractor.
    dict(type='mmssl.DecodeClip', frame_interval=10, random_phase=True),
    {{_base_.crop}},
    # Crops enlarge objects and smaller pictures undo this, at three quarters of the cost.
    dict(type='Resize', scale=(96, 96), keep_ratio=False),
    {{_base_.colours}},
    {{_base_.flip}},
    dict(type='mmssl.LogMel', max_chunks=2),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
default_hooks = dict(checkpoint=dict(save_best='loc/pointing'))
