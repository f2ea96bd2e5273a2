# The demo's small model on videos that an open-vocabulary model has labelled:
#   mmssl train THIS --data-root VIDEOS --pseudo-labels boxes.json
_base_ = '../mmssl_soundingshapes.py'
data_root = 'data/videos'

open_clip = dict(type='mmssl.OpenClip', size=(112, 112))
# The seconds around the best moment, where the label is most certain.
select = dict(type='mmssl.SelectMoment', mode='annotated', duration=3.0)
train_pipeline = [
    open_clip,
    select,
    dict(type='mmssl.DecodeClip', duration=3, frame_interval=10, random_phase=True),
    *_base_.train_pipeline[2:],
]
test_pipeline = [
    open_clip,
    select,
    dict(type='mmssl.DecodeClip', duration=3),
    *_base_.test_pipeline[2:],
]

dataset = dict(
    type='mmssl.AudioVisualDataset',
    form='pseudo-labels',
    ann_file='boxes.json',
    data_root=data_root,
    data_prefix=dict(video='.'),
    held_out=0.1,
)
train_dataloader = dict(
    dataset=dict(_delete_=True, **dataset, part='fit', pipeline=train_pipeline),
)
# Scores measure the agreement of the model with its teacher, not the accuracy of either.
val_dataloader = dict(
    dataset=dict(_delete_=True, **dataset, part='held-out', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = val_dataloader
