# Table 3, "Shared FC": all heads share one layer.
_base_ = '../mmssl_vggsound.py'
model = dict(cls_head=dict(fc='shared'))
