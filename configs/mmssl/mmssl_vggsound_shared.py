# Table 3, "Shared FC": one layer serves all heads.
_base_ = '../mmssl_vggsound.py'
model = dict(cls_head=dict(fc='shared'))
