"""Registries of scope ``mmssl``, children of MMEngine's root registries.

In configs our types are written ``mmssl.Name`` under ``default_scope='mmaction'``.
"""

from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOG_PROCESSORS as MMENGINE_LOG_PROCESSORS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS
from mmengine.registry import RUNNERS as MMENGINE_RUNNERS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import VISUALIZERS as MMENGINE_VISUALIZERS
from mmengine.registry import Registry

# networks, recognizers, heads
MODELS = Registry('model', parent=MMENGINE_MODELS, scope='mmssl', locations=['mmssl.models'])
# readers of annotation files
DATASETS = Registry(
    'dataset', parent=MMENGINE_DATASETS, scope='mmssl', locations=['mmssl.datasets']
)
# steps of a data pipeline
TRANSFORMS = Registry(
    'transform', parent=MMENGINE_TRANSFORMS, scope='mmssl', locations=['mmssl.datasets']
)
# localization metrics
METRICS = Registry(
    'metric', parent=MMENGINE_METRICS, scope='mmssl', locations=['mmssl.evaluation.metrics']
)
# hooks of a training or a test
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, scope='mmssl', locations=['mmssl.engine'])
# what a run is started by, and the lines of its log
RUNNERS = Registry('runner', parent=MMENGINE_RUNNERS, scope='mmssl', locations=['mmssl.engine'])
LOG_PROCESSORS = Registry(
    'log_processor',
    parent=MMENGINE_LOG_PROCESSORS,
    scope='mmssl',
    locations=['mmssl.engine'],
)
# optimizer wrappers
OPTIM_WRAPPERS = Registry(
    'optim_wrapper',
    parent=MMENGINE_OPTIM_WRAPPERS,
    scope='mmssl',
    locations=['mmssl.engine'],
)
# what draws samples for the visualization backends
VISUALIZERS = Registry(
    'visualizer',
    parent=MMENGINE_VISUALIZERS,
    scope='mmssl',
    locations=['mmssl.visualization.visualizer'],
)
