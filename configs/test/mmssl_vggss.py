# VGG-SS, 5,158 clips.
_base_ = '../mmssl_vggsound.py'
test_evaluator = [
    dict(type='AccMetric'),
    dict(type='mmssl.SoundLocalizationMetric', protocol='vggss'),
]
