# AVSBench MS3: several objects sound; 320 frames.
_base_ = 'open-vocabulary_folder.py'
data_root = 'data/avsbench/ms3_data'
test_dataloader = dict(
    dataset=dict(
        form='avsbench-ms3',
        ann_file='avs1_ms3_test.csv',
        data_prefix=dict(video='visual_frames', audio='audio_wav/test', mask='gt_masks/test'),
        data_root=data_root,
        pipeline={{_base_.mask_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='avsbench')]
