# VGG-SS with an equal number of pairs in which nothing visible sounds.
_base_ = '../mmssl_vggsound.py'
test_dataloader = dict(
    dataset=dict(form='extended', ann_file='vggss_test_plus_silent.csv', boxes_file='vggss.json')
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='extended')]
