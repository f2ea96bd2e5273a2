"""The league's methods: their configs, and the settings of the grid for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Learning rates of the grid, the same for every method.
RATES = (0.0003, 0.001, 0.003)


@dataclass(frozen=True)
class Method:
    """A method of the league.

    Attributes:
        title: Name in tables.
        config: Config of its small model, below ``configs``.
        number: Key in the config of the method's own setting that the grid varies.
        values: Values of this setting; the first is the config's value.
        meaning: Meaning of this setting.
        options: Options of all its trainings.
        trunk: Options of the picture network from which it starts.
        distilled: Whether it starts from a distilled sound network, as in its paper.
        labels: Whether it is trained with class labels.
        boxes: Options that add the term of boxes to its loss.
        seconds: Measured seconds per clip in training, on one core.
    """

    title: str
    config: str
    number: str
    values: tuple[Any, ...]
    meaning: str
    options: Mapping[str, Any] = field(default_factory=dict)
    trunk: Mapping[str, Any] = field(default_factory=dict)
    distilled: bool = False
    labels: bool = False
    boxes: Mapping[str, Any] = field(default_factory=lambda: {'model.cls_head.boxes': 1.0})
    seconds: float = 0.015


def _ours(layers: str, title: str) -> Method:
    return Method(
        title,
        'mmssl_soundingshapes',
        'model.cls_head.dropout',
        (0.0, 0.3),
        'dropout of pooled features',
        # Pictures of the same size as for all other methods.
        {
            'model.cls_head.fc': layers,
            'train_dataloader.dataset.pipeline.Resize.scale': '(112,112)',
        },
        {'model.backbone.conv1_stride_s': 4},
        labels=True,
        seconds=0.01,
    )


_HEAD = 'model.cls_head'
_TRIMAP = 'thresholds between places that sound and places that do not'

#: All methods by the names of their folders.
METHODS = {
    'ours': _ours('individual', 'ours, individual layers'),
    'ours-shared': _ours('shared', 'ours, shared layer'),
    'ours-joint': _ours('joint', 'ours, joint layer'),
    'attention': Method(
        'CVPR 2018',
        'attention_localizer/attention_r18_soundingshapes',
        f'{_HEAD}.embedding_channels',
        (256, 64),
        'width of the embeddings',
        distilled=True,
        boxes={
            f'{_HEAD}.loss_weights.unsupervised': 1.0,
            f'{_HEAD}.loss_weights.supervised': 1.0,
        },
        seconds=0.009,
    ),
    'ez-vsl': Method(
        'EZ-VSL',
        'ez_vsl/ez-vsl_r18-small_soundingshapes',
        f'{_HEAD}.tau',
        (0.03, 0.1),
        'temperature',
    ),
    'slavc': Method(
        'SLAVC',
        'slavc/slavc_r18-small_soundingshapes',
        'model.momentum',
        (0.999, 0.9),
        'momentum of the copies',
        seconds=0.02,
    ),
    'fnac': Method(
        'FNAC',
        'fnac/fnac_r18-small_soundingshapes',
        f'{_HEAD}.weights',
        ('[100,100,100]', '[1,1,1]'),
        'weights of its three terms',
    ),
    'lvs': Method(
        'LVS',
        'lvs/lvs_r18-small_soundingshapes',
        f'{_HEAD}.thresholds',
        ('[0.65,0.4]', '[0.5,0.25]'),
        _TRIMAP,
    ),
    'alignment': Method(
        'Alignment',
        'alignment/alignment_r18-small_soundingshapes',
        f'{_HEAD}.thresholds',
        ('[0.65,0.4]', '[0.5,0.25]'),
        _TRIMAP + '; its loss uses the first',
    ),
    'ssl-tie': Method(
        'SSL-TIE',
        'ssl_tie/ssl-tie_r18-small_soundingshapes',
        'model.largest_angle',
        (30, 10),
        'largest rotation in degrees',
        seconds=0.02,
    ),
}
#: The classification models, which mine moments; all others are trained on single pictures.
OURS = tuple(name for name, method in METHODS.items() if method.labels)
#: Methods that are trained on moments.
PICTURE_METHODS = tuple(name for name in METHODS if name not in OURS)
