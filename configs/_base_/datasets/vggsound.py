# VGGSound: ten seconds of every clip, with VGG-SS as the test set.
data_root = 'data/vggsound'

pack = [
    dict(type='mmssl.LogMel'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='mmssl.PackAudioVisualInputs'),
]
train_pipeline = [
    dict(type='mmssl.OpenClip', size=(128, 128)),
    dict(type='mmssl.DecodeClip', duration=10),
    dict(type='RandomCrop', size=112),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
# Boxes belong to the full frame, so it is resized and never cropped.
test_pipeline = [
    dict(type='mmssl.OpenClip', size=(112, 112)),
    dict(type='mmssl.DecodeClip', duration=10),
    *pack,
]

dataset = dict(
    type='mmssl.AudioVisualDataset',
    ann_file='vggsound.csv',
    data_root=data_root,
    data_prefix=dict(video='videos'),
)
loader = dict(batch_size=8, num_workers=8, sampler=dict(type='DefaultSampler', shuffle=False))
train_dataloader = dict(
    batch_size=32,
    num_workers=12,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, held_out=0.02, part='fit', pipeline=train_pipeline),
)
# VGGSound publishes no validation split, and nothing is chosen on the test split.
val_dataloader = dict(
    **loader,
    dataset=dict(**dataset, held_out=0.02, part='held-out', pipeline=test_pipeline, test_mode=True),
)
test_dataloader = dict(
    **loader,
    dataset=dict(**dataset, boxes_file='vggss.json', pipeline=test_pipeline, test_mode=True),
)
val_evaluator = dict(type='AccMetric')
test_evaluator = [dict(type='AccMetric'), dict(type='mmssl.SoundLocalizationMetric')]
