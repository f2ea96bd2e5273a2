# The test clips of SoundingShapes, and clips in which nothing visible sounds.
_base_ = '../mmssl_soundingshapes.py'
test_dataloader = dict(
    dataset=dict(form='negatives', ann_file='negatives.json', boxes_file='boxes_test.json')
)
# Chosen on the validation split with the demo's checkpoint, see docs/how_to/evaluate.md.
test_evaluator = [
    dict(type='mmssl.SoundLocalizationMetric', protocol='negative-audio', threshold=27.7)
]
