# The demo's model for SoundingShapes. It trains within minutes on two ordinary CPU cores.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/models/mmssl_mc3.py',
    '_base_/datasets/soundingshapes.py',
    '_base_/schedules/adamw_9e.py',
]

model = dict(
    # A still picture shows the class. With kernels of one frame, training can therefore use frames
    # a second apart, and the test can use every frame. The first layer has a stride of four, which
    # gives the 7x7 map at a third of the large network's cost.
    backbone=dict(
        base_channels=16,
        conv1_kernel=(1, 7, 7),
        conv1_stride_s=4,
        num_stages=3,
        out_indices=(2,),
        inflate=(0, 0, 0),
        spatial_strides=(1, 2, 2),
        temporal_strides=(1, 1, 1),
        dilations=(1, 1, 1),
    ),
    audio_backbone=dict(width=0.125),
    cls_head=dict(
        num_classes=8,
        visual_channels=64,
        audio_channels=64,
        # The usual 0.01 delays learning from the picture, for some seeds during most of a training.
        init_cfg=dict(type='Normal', layer='Linear', std=0.1),
        attention=dict(mode='logit', context=5, visual_context=5),
    ),
)

train_pipeline = [
    {{_base_.open_clip}},
    # Whole clips, because a short part would mostly show only the distractor.
    dict(type='mmssl.DecodeClip', frame_interval=10, random_phase=True),
    {{_base_.crop}},
    # Crops enlarge objects and smaller pictures undo this, at three quarters of the cost.
    dict(type='Resize', scale=(96, 96), keep_ratio=False),
    # Objects already have all colours, and stronger changes delay learning.
    dict(type='mmssl.ColorJitter', brightness=0.2, contrast=0.2, saturation=0.2),
    {{_base_.flip}},
    dict(type='mmssl.LogMel', max_chunks=1),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(betas=(0.9, 0.99)))
auto_scale_lr = dict(base_batch_size=16)
max_epochs = 15
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
param_scheduler = [
    {{_base_.warm_up}},
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=1,
        end=max_epochs,
        eta_min_ratio=0.01,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(checkpoint=dict(save_best='loc/pointing'))
