# VGGSound as pairs of a picture and the middle three seconds of its sound, as in EZ-VSL, SLAVC and
# FNAC.
data_root = 'data/vggsound'

open_clip = dict(type='mmssl.OpenClip')
decode = dict(type='mmssl.DecodePairs', seconds=3)
spectrogram = dict(type='mmssl.PairSpectrograms', kind='log-power', hop=238, peak=32767)
shape = dict(type='FormatShape', input_format='NCTHW')
pack = dict(type='mmssl.PackAudioVisualInputs')
train_pipeline = [
    open_clip,
    decode,
    dict(type='mmssl.PillowResize', size=246, shape='short-side'),
    dict(type='RandomCrop', size=224),
    dict(type='Flip', flip_ratio=0.5),
    spectrogram,
    shape,
    pack,
]
test_pipeline = [
    open_clip,
    decode,
    dict(type='mmssl.PillowResize', size=224),
    spectrogram,
    shape,
    pack,
]

dataset = dict(
    type='mmssl.AudioVisualDataset',
    ann_file='vggsound.csv',
    data_root=data_root,
    data_prefix=dict(video='videos'),
)
loader = dict(batch_size=32, num_workers=8, sampler=dict(type='DefaultSampler', shuffle=False))
train_dataloader = dict(
    batch_size=128,
    num_workers=12,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, subset_file='vggsound_144k.txt', pipeline=train_pipeline),
)
# Held-out training clips have no boxes, so the last checkpoint is tested, without selection.
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    **loader,
    dataset=dict(**dataset, boxes_file='vggss.json', pipeline=test_pipeline, test_mode=True),
)
test_evaluator = dict(type='mmssl.SoundLocalizationMetric', protocol='vggss')
