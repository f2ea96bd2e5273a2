# AVSBench S4: one object sounds; 3,700 frames.
_base_ = 'open-vocabulary_folder.py'
data_root = 'data/avsbench/s4_data'
test_dataloader = dict(
    dataset=dict(
        form='avsbench-s4',
        ann_file='avs1_s4_test.csv',
        data_prefix=dict(video='visual_frames/test', audio='audio_wav/test', mask='gt_masks/test'),
        data_root=data_root,
        pipeline={{_base_.mask_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='avsbench')]
