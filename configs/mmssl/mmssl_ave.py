# AVE: 28 classes of events that are both audible and visible, with the authors' validation split.
_base_ = '../mmssl_vggsound.py'
data_root = 'data/ave'
model = dict(cls_head=dict(num_classes=28))
ave = dict(
    form='ave',
    ann_file='Annotations.txt',
    data_root=data_root,
    data_prefix=dict(video='AVE'),
)
whole = dict(**ave, held_out=0.0, part='all')
train_dataloader = dict(dataset=dict(**whole, split='train'))
val_dataloader = dict(dataset=dict(**whole, split='val'))
test_dataloader = dict(dataset=dict(**ave, split='test', boxes_file=None))
test_evaluator = [dict(type='AccMetric')]
