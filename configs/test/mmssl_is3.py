# IS3: each of two objects in a picture sounds in turn.
_base_ = ['../mmssl_vggsound.py', '../_base_/datasets/stills.py']
data_root = 'data/is3'
test_dataloader = dict(
    dataset=dict(
        form='is3',
        ann_file='synthetic3240_bbox.json',
        boxes_file=None,
        data_root=data_root,
        data_prefix=dict(video='visual_frames', audio='audio_wav'),
        pipeline={{_base_.stills_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='interactive')]
