# The 2,575 clips of VGG-SS whose classes are unheard in the open-set split.
_base_ = '../mmssl_vggsound.py'
test_dataloader = dict(dataset=dict(subset_file='vggss_unheard_test.csv'))
test_evaluator = [
    dict(type='AccMetric'),
    dict(type='mmssl.SoundLocalizationMetric', protocol='vggss'),
]
