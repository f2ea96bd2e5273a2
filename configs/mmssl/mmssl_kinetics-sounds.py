# Kinetics-Sounds: the classes of Kinetics that are both audible and visible; tested on val.csv.
_base_ = '../mmssl_vggsound.py'
data_root = 'data/kinetics'
classes = [
    *('blowing nose', 'blowing out candles', 'bowling', 'chopping wood', 'dribbling basketball'),
    *('laughing', 'mowing lawn', 'playing accordion', 'playing bagpipes', 'playing bass guitar'),
    *('playing clarinet', 'playing drums', 'playing guitar', 'playing harmonica'),
    *('playing keyboard', 'playing organ', 'playing piano', 'playing saxophone'),
    *('playing trombone', 'playing trumpet', 'playing violin', 'playing xylophone'),
    *('ripping paper', 'shoveling snow', 'shuffling cards', 'singing', 'stomping grapes'),
    *('tap dancing', 'tapping guitar', 'tapping pen', 'tickling'),
]
model = dict(cls_head=dict(num_classes=31))
kinetics = dict(form='kinetics', data_root=data_root, classes=classes)
# A part of train.csv is held out, so that nothing is chosen on the test split.
train_dataloader = dict(dataset=dict(**kinetics, ann_file='train.csv'))
val_dataloader = dict(dataset=dict(**kinetics, ann_file='train.csv'))
test_dataloader = dict(dataset=dict(**kinetics, ann_file='val.csv', split='val', boxes_file=None))
test_evaluator = [dict(type='AccMetric')]
