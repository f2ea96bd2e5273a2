default_scope = 'mmaction'
runner_type = 'mmssl.Runner'
custom_imports = dict(imports=['mmssl'], allow_failed_imports=False)

default_hooks = dict(
    runtime_info=dict(type='RuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20, ignore_last=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='CheckpointHook', interval=1, max_keep_ckpts=1, save_best='auto', rule='greater'
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    sync_buffers=dict(type='SyncBuffersHook'),
    # Off; docs/how_to/live_pictures.md describes how to switch it on.
    visualization=dict(type='mmssl.LocalizationVisualizationHook', enable=False),
)
custom_hooks = [
    dict(type='mmssl.EpochSeedHook'),
    dict(type='mmssl.SkippedClipsHook'),
    dict(type='mmssl.CacheClipsHook'),
    dict(type='mmssl.ShareCoresHook'),
    dict(type='mmssl.KeepMemoryHook'),
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
log_processor = dict(type='mmssl.LogProcessor', window_size=20, by_epoch=True)
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='mmssl.SoundLocalizationVisualizer', vis_backends=vis_backends)
log_level = 'INFO'
load_from = None
resume = False
auto_scale_lr = dict(enable=False, base_batch_size=32)
randomness = dict(seed=0)
