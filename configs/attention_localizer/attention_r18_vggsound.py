# The CVPR 2018 localizer with ResNet-18 on VGGSound, without boxes, on mid-frames.
#   --cfg-options model.weights.backbone=checkpoints/resnet18_imagenet.pth
#                 model.weights.audio_backbone=work_dirs/audio_distill_r18_vggsound/epoch_20.pth
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/attention_r18.py',
    '../_base_/datasets/vggsound_moments.py',
    '../_base_/schedules/adam_20e.py',
]

model = dict(
    weights=dict(
        backbone='checkpoints/resnet18_imagenet.pth',
        audio_backbone='work_dirs/audio_distill_r18_vggsound/epoch_20.pth',
    )
)
# VGGSound's held-out clips have no boxes, so the last checkpoint is used, without selection.
val_dataloader = None
val_evaluator = None
test_evaluator = dict(type='mmssl.SoundLocalizationMetric')
optim_wrapper = dict(clip_grad=dict(max_norm=5))
