# SoundingShapes: whole clips for classification, or a picture at a moment for picture models.
data_root = 'data/soundingshapes'
size = (112, 112)
cache_dir = f'{data_root}/cache'

open_clip = dict(type='mmssl.OpenClip', size=size, cache_dir=cache_dir)
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
test_pipeline = [open_clip, dict(type='mmssl.DecodeClip'), dict(type='mmssl.LogMel'), *pack]
# One second of sound and the picture in its middle.
decode_moment = dict(type='mmssl.DecodeClip', duration=1, pictures='moment')
moment_pipeline = [
    open_clip,
    dict(type='mmssl.SelectMoment', mode='annotated', duration=1.0),
    decode_moment,
    dict(type='mmssl.LogMel'),
    *pack,
]
# Without these augmentations, a model memorises a thousand clips instead of learning from them.
crop = dict(type='RandomResizedCrop', area_range=(0.5, 1.0))
resize = dict(type='Resize', scale=size, keep_ratio=False)
colours = dict(type='mmssl.ColorJitter', brightness=0.4, contrast=0.4, saturation=0.6)
flip = dict(type='Flip', flip_ratio=0.5)

dataset = dict(
    type='mmssl.AudioVisualDataset',
    ann_file='soundingshapes.csv',
    data_root=data_root,
    data_prefix=dict(video='videos'),
)
# Cached clips are read fast, and a loader's process would take its core from the networks
# (docs/explanation/speed.md).
# If the computer has more cores than networks of this size can use, set
# train_dataloader.num_workers=1.
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, split='train'),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, boxes_file='boxes_val.json', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, boxes_file='boxes_test.json', pipeline=test_pipeline, test_mode=True),
)
val_evaluator = [
    dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1,)))),
    dict(type='mmssl.SoundLocalizationMetric'),
]
test_evaluator = val_evaluator
