# 9 epochs of AdamW: one epoch of warm-up, then a cosine.
max_epochs = 9
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=3)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='mmssl.MixedPrecisionOptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05, fused=True),
    clip_grad=dict(max_norm=5),
)
warm_up = dict(type='LinearLR', start_factor=0.1, by_epoch=True, end=1, convert_to_iter_based=True)
param_scheduler = [
    warm_up,
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=1,
        end=max_epochs,
        eta_min_ratio=0.01,
        convert_to_iter_based=True,
    ),
]
