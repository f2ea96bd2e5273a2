# MUSIC's solos: ten seconds of long videos of 11 instruments. Its authors publish no splits.
_base_ = '../mmssl_vggsound.py'
data_root = 'data/music'
model = dict(cls_head=dict(num_classes=11))

pack = [
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_pipeline = [
    dict(type='mmssl.OpenClip', size=(128, 128)),
    dict(type='mmssl.SelectMoment', mode='random', duration=10.0),
    dict(type='mmssl.DecodeClip', duration=10),
    dict(type='RandomCrop', size=112),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
test_pipeline = [
    dict(type='mmssl.OpenClip', size=(112, 112)),
    dict(type='mmssl.SelectMoment', mode='mid', duration=10.0),
    dict(type='mmssl.DecodeClip', duration=10),
    *pack,
]
music = dict(form='music', ann_file='MUSIC_solo_videos.json', data_root=data_root, held_out=0.2)
held_out = dict(**music, part='held-out', pipeline=test_pipeline)
train_dataloader = dict(dataset=dict(**music, part='fit', pipeline=train_pipeline))
val_dataloader = dict(dataset=held_out)
# The same videos as in training, so the last epoch is tested, without selection.
test_dataloader = dict(dataset=dict(**held_out, boxes_file=None))
test_evaluator = [dict(type='AccMetric')]
default_hooks = dict(checkpoint=dict(save_best=None))
