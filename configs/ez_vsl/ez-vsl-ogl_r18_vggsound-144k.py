# EZ-VSL with its object prior, an ImageNet ResNet-18 whose weights the user names.
# One pass scores the map alone (loc/), both fused (fused/) and the prior alone (prior/).
_base_ = 'ez-vsl_r18_vggsound-144k.py'
model = dict(object_prior=dict(type='mmssl.ObjectPrior', weights=None))
metric = dict(type='mmssl.SoundLocalizationMetric', protocol='vggss')
test_evaluator = [
    metric,
    dict(**metric, alpha=0.4, prefix='fused'),
    dict(**metric, alpha=0.0, prefix='prior'),
]
