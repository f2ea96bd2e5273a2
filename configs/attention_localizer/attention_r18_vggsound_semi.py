# On selected moments, with pseudo boxes where available (mmssl boxes).
_base_ = 'attention_r18_vggsound.py'
model = dict(cls_head=dict(loss_weights=dict(unsupervised=1.0, supervised=1.0)))
train_dataloader = dict(dataset=dict(pipeline={{_base_.boxes_pipeline}}))
