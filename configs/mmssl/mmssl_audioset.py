# AudioSet's clips with exactly one of its 527 classes; of nested classes, only the narrowest
# counts. Trained on the balanced table. The data sets' argument "classes" selects some of them.
_base_ = '../mmssl_vggsound.py'
data_root = 'data/audioset'
model = dict(cls_head=dict(num_classes=527))
audioset = dict(form='audioset', data_root=data_root)
train_dataloader = dict(dataset=dict(**audioset, ann_file='balanced_train_segments.csv'))
val_dataloader = dict(dataset=dict(**audioset, ann_file='balanced_train_segments.csv'))
test_dataloader = dict(dataset=dict(**audioset, ann_file='eval_segments.csv', boxes_file=None))
test_evaluator = [dict(type='AccMetric')]
