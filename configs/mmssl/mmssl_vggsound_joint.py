# Table 3, "Single Multi-Modal": one head on the joint feature.
_base_ = '../mmssl_vggsound.py'
model = dict(cls_head=dict(fc='joint'))
