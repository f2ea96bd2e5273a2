# The paper's model on VGGSound: 100 frames of 112x112, 309 classes, for one GPU.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/models/mmssl_mc3.py',
    '_base_/datasets/vggsound.py',
    '_base_/schedules/adamw_30e.py',
]
# Kinetics weights from a local file: --cfg-options model.backbone.pretrained=PATH
model = dict(cls_head=dict(dropout=0.2))
default_hooks = dict(checkpoint=dict(save_best='acc/av_top1'))
