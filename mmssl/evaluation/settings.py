"""What an evaluation is asked to do: protocol, preset and their numbers, checked."""

from dataclasses import dataclass

from .functional import PRESETS, TAU, Preset
from .functional.fusion import ALPHA

_CIOU = ('ciou', 'auc', 'mean_ciou')
_SINGLE = (*_CIOU, *(f'{name}_adaptive' for name in _CIOU), 'pointing')
_SIZES = tuple(
    f'{name}_{size}'
    for name in ('ap', 'max_f1', 'loc_acc')
    for size in ('small', 'medium', 'large', 'huge')
)

#: Protocol to the names of its metrics. ``group_pointing`` needs groups,
#: ``ap_exact`` is reported on demand, sizes where there are such samples.
METRICS = {
    'vggss': (*_SINGLE, 'group_pointing'),
    'flickr-soundnet': (*_SINGLE, 'group_pointing'),
    'interactive': (
        'iiou',
        'iauc',
        'iiou_adaptive',
        'iauc_adaptive',
        *_SINGLE,
        'group_pointing',
    ),
    'extended': ('ap', 'max_f1', 'loc_acc', 'ap_exact', *_SIZES),
    'avsbench': ('miou', 'f_score'),
    'negative-audio': (*_CIOU, 'pia', 'auc_negative', 'f_auc'),
    'video': (*_CIOU, 'pia', 'auc_negative', 'tn_rate', 'fp_rate'),
}
PROTOCOLS = tuple(METRICS)
#: Protocols in which samples may sound or not.
SOUNDING = ('extended', 'negative-audio', 'video')
#: Protocols that take a threshold in the place of the preset's own rule.
THRESHOLDED = ('avsbench', 'negative-audio', 'video')


@dataclass(frozen=True)
class Settings:
    """Checked settings of an evaluation.

    Attributes:
        protocol: A name in :data:`PROTOCOLS`.
        preset: How a map becomes a prediction.
        threshold: Of ``p >= t`` (AVSBench: ``p > t``), or None for the preset's own rule.
        tau: Temperature of SLAVC's presets and of its confidence.
        alpha: Share of the map in object-guided fusion.
        exact: Whether the extended protocol reports the standard AP too.
        consensus: Whether boxes are those of several annotators.
    """

    protocol: str
    preset: Preset
    threshold: float | None = None
    tau: float = TAU
    alpha: float = ALPHA
    exact: bool = False
    consensus: bool = False

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of the protocol's metrics."""
        return METRICS[self.protocol]


def make_settings(
    protocol: str = 'vggss',
    preset: str | None = None,
    *,
    threshold: float | None = None,
    tau: float | None = None,
    alpha: float | None = None,
    exact: bool = False,
    consensus: bool | None = None,
) -> Settings:
    """Check settings and fill in defaults.

    The default preset is ``vggss``; of ``negative-audio`` it is ``acl``, whose
    values are the maps' own, because one threshold for all maps says nothing
    about maps that were each stretched to [0, 1]. Boxes are a consensus by
    default in ``flickr-soundnet`` alone.

    Raises:
        ValueError: If a name is unknown, a number is out of range or missing,
            or one is given that would not be used.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f'protocol is {protocol!r}, expected one of {PROTOCOLS}')
    name = preset or ('acl' if protocol == 'negative-audio' else 'vggss')
    if name not in PRESETS:
        raise ValueError(f'preset is {name!r}, expected one of {tuple(PRESETS)}')
    chosen = PRESETS[name]
    _check_threshold(protocol, chosen, threshold)
    if tau is not None and not (chosen.needs_tau or protocol == 'extended'):
        raise ValueError(
            f'tau={tau} would not be used by protocol {protocol!r} with preset {name!r}: leave it '
            "out, or take preset 'slavc'"
        )
    if tau is not None and not tau > 0:
        raise ValueError(f'tau is {tau}, expected more than 0')
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f'alpha is {alpha}, expected a share in [0, 1]')
    if exact and protocol != 'extended':
        raise ValueError(f"exact=True is of protocol 'extended', not of {protocol!r}")
    if consensus is not None and protocol not in ('flickr-soundnet', 'extended'):
        raise ValueError(
            f"consensus={consensus} is of protocols 'flickr-soundnet' and 'extended', not of "
            f'{protocol!r}: leave it out'
        )
    return Settings(
        protocol,
        chosen,
        None if threshold is None else float(threshold),
        TAU if tau is None else float(tau),
        ALPHA if alpha is None else float(alpha),
        exact,
        protocol == 'flickr-soundnet' if consensus is None else consensus,
    )


def _check_threshold(protocol, preset, threshold):
    if threshold is None:
        if protocol == 'negative-audio' or (preset.rule == 'given' and protocol != 'avsbench'):
            raise ValueError(
                f'protocol {protocol!r} with preset {preset.name!r} needs threshold=, one for the '
                'whole run, chosen on a validation split (never on the test set)'
            )
    elif preset.rule != 'given' and protocol not in THRESHOLDED:
        raise ValueError(
            f'threshold={threshold} would not be used by protocol {protocol!r} with preset '
            f"{preset.name!r}: leave it out, or take preset 'acl'"
        )
    elif not isinstance(threshold, (int, float)) or threshold != threshold:
        raise ValueError(f'threshold is {threshold!r}, expected a number')
