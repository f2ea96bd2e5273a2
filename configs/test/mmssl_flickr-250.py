# Flickr-SoundNet, the list of 250 pictures.
_base_ = ['../mmssl_vggsound.py', '../_base_/datasets/stills.py']
data_root = 'data/flickr_soundnet'
test_dataloader = dict(
    dataset=dict(
        form='flickr-soundnet',
        ann_file='flickr_test_250.csv',
        boxes_file='Annotations',
        data_root=data_root,
        data_prefix=dict(video='frames', audio='audio'),
        pipeline={{_base_.stills_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='flickr-soundnet')]
