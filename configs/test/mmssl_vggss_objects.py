# VGG-SS with object-guided fusion by an ImageNet ResNet-18, whose weights come from a local file.
_base_ = '../mmssl_vggsound.py'
model = dict(object_prior=dict(type='mmssl.ObjectPrior', weights=None))
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='vggss', alpha=0.4)]
