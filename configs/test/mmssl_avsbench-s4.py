# AVSBench S4: one object sounds; 3,700 frames.
_base_ = ['../mmssl_vggsound.py', '../_base_/datasets/stills.py']
data_root = 'data/avsbench/s4_data'
test_dataloader = dict(
    dataset=dict(
        form='avsbench-s4',
        ann_file='avs1_s4_test.csv',
        boxes_file=None,
        data_root=data_root,
        data_prefix=dict(video='visual_frames/test', audio='audio_wav/test', mask='gt_masks/test'),
        pipeline={{_base_.masks_pipeline}},
    )
)
test_evaluator = [dict(type='mmssl.SoundLocalizationMetric', protocol='avsbench')]
