# The 15,069 of VGGSound's 15,446 test clips that VGGSounder labels; needs the package vggsounder.
_base_ = '../mmssl_vggsound.py'
test_dataloader = dict(dataset=dict(boxes_file=None, split='test'))
test_evaluator = [dict(type='AccMetric'), dict(type='mmssl.VGGSounderMetric')]
