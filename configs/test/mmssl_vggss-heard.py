# The 2,564 clips of VGG-SS whose classes are heard in the open-set split.
_base_ = '../mmssl_vggsound.py'
test_dataloader = dict(dataset=dict(subset_file='vggss_heard_test.csv'))
test_evaluator = [
    dict(type='AccMetric'),
    dict(type='mmssl.SoundLocalizationMetric', protocol='vggss'),
]
