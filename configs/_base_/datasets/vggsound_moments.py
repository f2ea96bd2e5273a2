# VGGSound as pictures at moments, each with three seconds of sound around it.
data_root = 'data/vggsound'

decode = dict(type='mmssl.DecodeClip', duration=3, pictures='moment')
pack = [
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
open_clip = dict(type='mmssl.OpenClip', size=(360, 360))
augment = [dict(type='RandomCrop', size=320), dict(type='Flip', flip_ratio=0.5)]
train_pipeline = [
    open_clip,
    dict(type='mmssl.SelectMoment', mode='mid', duration=3.0),
    decode,
    *augment,
    *pack,
]
# For the configs that train with boxes from mmssl boxes.
boxes_pipeline = [
    open_clip,
    dict(
        type='mmssl.SelectMoment',
        mode='file',
        duration=3.0,
        moments_file='work_dirs/mined/moments.json',
    ),
    decode,
    dict(type='mmssl.LoadBoxes', boxes_file='work_dirs/mined/boxes.json'),
    *augment,
    *pack,
]
# Boxes belong to the full frame, so it is resized and never cropped.
test_pipeline = [
    dict(type='mmssl.OpenClip', size=(320, 320)),
    dict(type='mmssl.SelectMoment', mode='annotated', duration=3.0),
    decode,
    *pack,
]
# Held-out clips have no annotated instant.
val_pipeline = [
    dict(type='mmssl.OpenClip', size=(320, 320)),
    dict(type='mmssl.SelectMoment', mode='mid', duration=3.0),
    decode,
    *pack,
]

dataset = dict(
    type='mmssl.AudioVisualDataset',
    ann_file='vggsound.csv',
    data_root=data_root,
    data_prefix=dict(video='videos'),
)
train_dataloader = dict(
    batch_size=30,
    num_workers=12,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, held_out=0.02, part='fit', pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=30,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, held_out=0.02, part='held-out', pipeline=val_pipeline, test_mode=True),
)
test_dataloader = dict(
    batch_size=30,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, boxes_file='vggss.json', pipeline=test_pipeline, test_mode=True),
)
