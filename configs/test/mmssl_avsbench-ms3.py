# AVSBench MS3: several objects sound; 320 frames.
_base_ = ['../mmssl_vggsound.py', '../_base_/datasets/stills.py']
data_root = 'data/avsbench/ms3_data'
test_dataloader = dict(
    dataset=dict(
        form='avsbench-ms3',
        ann_file='avs1_ms3_test.csv',
        boxes_file=None,
        data_root=data_root,
        data_prefix=dict(video='visual_frames', audio='audio_wav/test', mask='gt_masks/test'),
        pipeline={{_base_.masks_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='avsbench')]
