# Alignment on Flickr-SoundNet 144k.
_base_ = ['alignment_r18_vggsound-144k.py', '../_base_/datasets/flickr_lists.py']
data_root = 'data/flickr_soundnet'
train_dataloader = dict(dataset={{_base_.flickr_train}})
test_dataloader = dict(dataset={{_base_.flickr_test}})
test_evaluator = dict(protocol='flickr-soundnet', preset='alignment')
