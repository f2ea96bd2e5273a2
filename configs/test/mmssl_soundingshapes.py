# The test clips of SoundingShapes.
_base_ = '../mmssl_soundingshapes.py'
test_evaluator = [
    dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1,)))),
    dict(type='mmssl.SoundLocalizationMetric', protocol='vggss'),
]
