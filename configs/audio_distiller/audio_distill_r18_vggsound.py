# SoundNet-style training of a ResNet-18 on sound. Its targets are the predictions of an ImageNet
# ResNet-18.
# tools/model_converters/convert_resnet18.py writes the teacher from torchvision's weights.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/attention_r18.py',
    '../_base_/datasets/vggsound_moments.py',
    '../_base_/schedules/adam_20e.py',
]

model = dict(
    type='mmssl.AudioDistiller',
    teacher='checkpoints/resnet18_imagenet.pth',
    # The strides of its own training; the localizer's strides are finer.
    backbone=dict(strides=(1, 2, 2, 2)),
    cls_head=dict(_delete_=True, type='mmssl.DistillationHead', num_classes=1000),
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='mmssl.OpenClip', size=(224, 224)),
            dict(type='mmssl.SelectMoment', mode='random', duration=3.0),
            {{_base_.decode}},
            dict(type='mmssl.LogMel'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='mmssl.PackAudioVisualInputs'),
        ]
    )
)
val_cfg = dict(_delete_=True, type='ValLoop')
val_evaluator = dict(type='mmssl.DistillationMetric')
test_evaluator = val_evaluator
optim_wrapper = dict(clip_grad=dict(max_norm=5))
default_hooks = dict(checkpoint=dict(save_best='distill/kl', rule='less'))
