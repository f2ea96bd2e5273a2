# SoundingShapes as pairs of a picture and the second of sound around it.
_base_ = ['soundingshapes.py', '../default_runtime.py', '../schedules/adamw_9e.py']

decode = dict(type='mmssl.DecodePairs', seconds=1)
spectrogram = dict(type='mmssl.PairSpectrograms')
shape = dict(type='FormatShape', input_format='NCTHW')
pack_inputs = dict(type='mmssl.PackAudioVisualInputs')
train_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.SelectMoment', mode='mid', duration=1.0),
    decode,
    # No boxes unless a file is set, see SimilarityHead(boxes=...).
    dict(type='mmssl.LoadBoxes', boxes_file=None),
    {{_base_.crop}},
    {{_base_.resize}},
    {{_base_.colours}},
    {{_base_.flip}},
    spectrogram,
    shape,
    pack_inputs,
]
test_pipeline = [
    {{_base_.open_clip}},
    dict(type='mmssl.SelectMoment', mode='annotated', duration=1.0),
    decode,
    spectrogram,
    shape,
    pack_inputs,
]
train_dataloader = dict(drop_last=True, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(batch_size=32, dataset=dict(pipeline=test_pipeline))
val_evaluator = dict(_delete_=True, type='mmssl.SoundLocalizationMetric')
test_evaluator = dict(_delete_=True, type='mmssl.SoundLocalizationMetric')
default_hooks = dict(checkpoint=dict(save_best='loc/pointing'))
