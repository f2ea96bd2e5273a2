# SoundingShapes, clips in which nothing visible sounds.
_base_ = '../mmssl_soundingshapes.py'
test_dataloader = dict(dataset=dict(form='negatives', ann_file='negatives.json', boxes_file=None))
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='negative-audio')]
