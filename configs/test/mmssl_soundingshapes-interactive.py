# SoundingShapes, pairs: each of two objects in a picture sounds in turn.
_base_ = '../mmssl_soundingshapes.py'
test_dataloader = dict(dataset=dict(boxes_file='interactive.json'))
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='interactive')]
