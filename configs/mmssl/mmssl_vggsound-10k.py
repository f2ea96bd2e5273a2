# The 10k subset of VGGSound for training localizers.
_base_ = '../mmssl_vggsound.py'
subset = dict(dataset=dict(subset_file='vggss_10k.txt'))
train_dataloader = subset
val_dataloader = subset
