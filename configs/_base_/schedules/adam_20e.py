# 20 epochs of Adam at one rate, without validation, because the held-out clips have no boxes.
max_epochs = 20
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
val_cfg = None
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='mmssl.MixedPrecisionOptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
)
