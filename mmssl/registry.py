"""Registries of scope ``mmssl``, children of MMEngine's root registries.

In configs our types are written ``mmssl.Name`` under ``default_scope='mmaction'``.
"""

from mmengine import registry as mmengine
from mmengine.registry import Registry


def _child(name: str, parent: Registry, location: str) -> Registry:
    return Registry(name, parent=parent, scope='mmssl', locations=[location])


# networks, recognizers, heads
MODELS = _child('model', mmengine.MODELS, 'mmssl.models')
# readers of annotation files
DATASETS = _child('dataset', mmengine.DATASETS, 'mmssl.datasets')
# steps of a data pipeline
TRANSFORMS = _child('transform', mmengine.TRANSFORMS, 'mmssl.datasets')
# localization metrics
METRICS = _child('metric', mmengine.METRICS, 'mmssl.evaluation.metrics')
# hooks of a training or a test
HOOKS = _child('hook', mmengine.HOOKS, 'mmssl.engine')
# what a run is started by, its loops, and the lines of its log
RUNNERS = _child('runner', mmengine.RUNNERS, 'mmssl.engine')
LOOPS = _child('loop', mmengine.LOOPS, 'mmssl.engine')
LOG_PROCESSORS = _child('log_processor', mmengine.LOG_PROCESSORS, 'mmssl.engine')
# optimizer wrappers
OPTIM_WRAPPERS = _child('optim_wrapper', mmengine.OPTIM_WRAPPERS, 'mmssl.engine')
# what draws samples for the visualization backends
VISUALIZERS = _child('visualizer', mmengine.VISUALIZERS, 'mmssl.visualization.visualizer')
