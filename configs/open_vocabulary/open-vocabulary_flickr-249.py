# Flickr-SoundNet, the list of 249 pictures.
_base_ = 'open-vocabulary_folder.py'
data_root = 'data/flickr_soundnet'
test_dataloader = dict(
    dataset=dict(
        form='flickr-soundnet',
        ann_file='flickr_test.csv',
        boxes_file='Annotations',
        data_prefix=dict(video='frames', audio='audio'),
        data_root=data_root,
        pipeline={{_base_.still_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='flickr-soundnet')]
