# Flickr-SoundNet with an equal number of pairs in which nothing visible sounds.
_base_ = ['../mmssl_vggsound.py', '../_base_/datasets/stills.py']
data_root = 'data/flickr_soundnet'
test_dataloader = dict(
    dataset=dict(
        form='extended',
        ann_file='flickr_test_plus_silent.csv',
        boxes_file='Annotations',
        data_root=data_root,
        data_prefix=dict(video='frames', audio='audio'),
        video_suffix='.jpg',
        pipeline={{_base_.stills_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='extended', consensus=True)]
