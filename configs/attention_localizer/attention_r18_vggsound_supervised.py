# Only with boxes; clips without a box are ignored.
_base_ = 'attention_r18_vggsound.py'
model = dict(cls_head=dict(loss_weights=dict(supervised=1.0)))
train_dataloader = dict(dataset=dict(pipeline={{_base_.boxes_pipeline}}))
