# SLAVC with its object prior, an ImageNet ResNet-18 whose weights the user names.
# One pass scores the map alone (loc/), both fused (fused/) and the prior alone (prior/).
_base_ = 'slavc_r18_vggsound-144k.py'
model = dict(
    object_prior=dict(
        type='mmssl.ObjectPrior',
        weights=None,
        preset='slavc-fixed',
        alpha=0.9,
    )
)
metric = dict(type='mmssl.SoundLocalizationMetric', protocol='vggss', preset='slavc')
test_evaluator = [
    metric,
    dict(**metric, alpha=0.9, prefix='fused'),
    dict(**metric, alpha=0.0, prefix='prior'),
]
