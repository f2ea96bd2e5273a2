# SLAVC with the object prior: the map alone, mixed as its authors do, and the prior alone are
# tested in one pass. The prior is torchvision's ResNet-18, whose weights a path names:
#   --cfg-options model.object_prior.backbone.pretrained=resnet18-5c106cde.pth
_base_ = [
    '../_base_/models/pair_r18.py',
    '../_base_/datasets/vggsound_pairs.py',
    '../_base_/schedules/adam_20e.py',
]
model = dict(
    method='slavc',
    momentum=0.999,
    cls_head=dict(loss='slavc', projections=2),
    object_prior=dict(
        type='mmssl.ObjectPrior', backbone=dict(type='ResNet', depth=18, pretrained=None)
    ),
)
metric = dict(type='mmssl.SoundLocalizationMetric', protocol='vggss', preset='slavc')
test_evaluator = [
    dict(**metric, prefix='map'),
    dict(**metric, alpha=0.9, prefix='mixed'),
    dict(**metric, alpha=0.0, prefix='prior'),
]
