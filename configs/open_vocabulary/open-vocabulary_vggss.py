# VGG-SS, 5,158 clips.
_base_ = 'open-vocabulary_folder.py'
data_root = 'data/vggsound'
test_dataloader = dict(
    dataset=dict(
        form='vggsound',
        ann_file='vggsound.csv',
        boxes_file='vggss.json',
        data_prefix=dict(video='videos'),
        data_root=data_root,
        pipeline={{_base_.moment_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='vggss')]
