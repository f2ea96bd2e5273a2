# A folder of videos without annotations, with two pictures per second.
data_root = 'data/videos'

open_clip = dict(type='mmssl.OpenClip', size=(352, 352))
decode = dict(type='mmssl.DecodeSparse', rate=2, seconds=2.0)
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
test_pipeline = [open_clip, decode, *pack]
# Test sets annotate one frame, and the sound around it.
annotated = dict(type='mmssl.SelectMoment', mode='annotated', duration=1.0)
one_second = dict(type='mmssl.DecodeSparse', rate=1, seconds=2.0, duration=1)
moment_pipeline = [open_clip, annotated, one_second, *pack]
mask_pipeline = [open_clip, annotated, one_second, dict(type='mmssl.LoadMask'), *pack]
# A picture with a sound of ten seconds or more, of which the middle is used.
still_pipeline = [
    open_clip,
    dict(type='mmssl.SelectMoment', mode='mid', duration=1.0),
    dict(type='mmssl.DecodeSparse', rate=1, seconds=10.0, duration=1),
    *pack,
]

train_dataloader = None
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    # One clip is enough work for large networks.
    batch_size=1,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmssl.AudioVisualDataset',
        form='folder',
        ann_file='.',
        data_root=data_root,
        data_prefix=dict(video='.'),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_evaluator = []
