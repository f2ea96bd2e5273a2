# The 144k subset of VGGSound that localizers are trained on.
_base_ = '../mmssl_vggsound.py'
subset = dict(dataset=dict(subset_file='vggss_144k.txt'))
train_dataloader = subset
val_dataloader = subset
