# IS3: each of two objects in a picture sounds in turn.
_base_ = 'open-vocabulary_folder.py'
data_root = 'data/is3'
test_dataloader = dict(
    dataset=dict(
        form='is3',
        ann_file='synthetic3240_bbox.json',
        data_prefix=dict(video='visual_frames', audio='audio_wav'),
        data_root=data_root,
        pipeline={{_base_.still_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='interactive')]
