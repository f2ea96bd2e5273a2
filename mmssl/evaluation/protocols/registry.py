"""Protocols by name, and their numbers.

- :data:`PROTOCOLS`, :data:`METRICS`: the registered protocols and their metrics
- :func:`register`: register a protocol
- :func:`make_protocol`: a protocol with checked numbers
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from ...spelling import did_you_mean
from ..functional import PRESETS, TAU, Preset
from ..functional.fusion import ALPHA
from .base import Protocol

#: Name to protocol.
PROTOCOLS: dict[str, type[Protocol]] = {}

_Kind = TypeVar('_Kind', bound=type[Protocol])


class _MetricNames(Mapping[str, tuple[str, ...]]):
    """Name of a protocol to the names of its metrics, for all registered protocols."""

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return PROTOCOLS[name].metric_names

    def __iter__(self) -> Iterator[str]:
        return iter(PROTOCOLS)

    def __len__(self) -> int:
        return len(PROTOCOLS)


#: Protocol to the names of its metrics. ``group_pointing`` needs groups, ``ap_exact`` is reported
#: on demand, and a size only if samples have it.
METRICS: Mapping[str, tuple[str, ...]] = _MetricNames()


def register(protocol: _Kind) -> _Kind:
    """Register a protocol under its ``name``; a decorator of its class.

    Raises:
        ValueError: If a fact or a step is missing or malformed, or another protocol has this name.
    """
    _check(protocol)
    known = PROTOCOLS.get(protocol.name, protocol)
    # A notebook may run the same lines again.
    if (known.__module__, known.__qualname__) != (protocol.__module__, protocol.__qualname__):
        raise ValueError(
            f'protocol {protocol.name!r} is already {known.__module__}.{known.__qualname__}: '
            f'change the name of {protocol.__qualname__}'
        )
    PROTOCOLS[protocol.name] = protocol
    return protocol


def _check(protocol: type[Protocol]) -> None:
    """Check that a class has all parts of a protocol."""
    if not (isinstance(protocol, type) and issubclass(protocol, Protocol)):
        raise ValueError(f'{protocol!r} is not a protocol, expected a subclass of Protocol')
    called = f'protocol {protocol.__qualname__}'
    name = getattr(protocol, 'name', None)
    if not isinstance(name, str) or not name:
        raise ValueError(f"{called}: name is {name!r}, expected a text, e.g. name = 'mine'")
    for fact in ('metric_names', 'columns'):
        names = getattr(protocol, fact, None)
        if not isinstance(names, tuple) or not all(isinstance(item, str) for item in names):
            raise ValueError(f"{called}: {fact} is {names!r}, expected a tuple such as ('mine',)")
    if not protocol.metric_names:
        raise ValueError(f'{called}: metric_names is empty, expected at least one metric')
    if protocol.default_preset not in PRESETS:
        raise ValueError(
            f'{called}: default_preset is {protocol.default_preset!r}, expected one of '
            f'{tuple(PRESETS)}'
        )
    for step in ('score', 'tabulate'):
        if getattr(protocol, step) is getattr(Protocol, step):
            raise ValueError(f'{called}: {step}() is missing, expected a method of this name')


def names_with(fact: str) -> tuple[str, ...]:
    """Names of the protocols with a true fact, such as ``'needs_sounding'``."""
    return tuple(name for name, protocol in PROTOCOLS.items() if getattr(protocol, fact))


def make_protocol(
    name: str = 'vggss',
    preset: str | None = None,
    *,
    threshold: float | None = None,
    tau: float | None = None,
    alpha: float | None = None,
    exact: bool = False,
    consensus: bool | None = None,
) -> Protocol:
    """A protocol with checked numbers, and with defaults for the numbers that are None.

    Args:
        name: A name in :data:`PROTOCOLS`.
        preset: A name in :data:`functional.PRESETS`.
        threshold, tau, alpha, exact, consensus: See :func:`mmssl.evaluation.evaluate`.

    Raises:
        ValueError: If a name is unknown, or a number is out of range, missing
            or unused.
    """
    if name not in PROTOCOLS:
        raise ValueError(
            f'protocol is {name!r}, expected one of {tuple(PROTOCOLS)}'
            f'{did_you_mean(name, PROTOCOLS)}'
        )
    kind = PROTOCOLS[name]
    preset = preset or kind.default_preset
    if preset not in PRESETS:
        raise ValueError(
            f'preset is {preset!r}, expected one of {tuple(PRESETS)}{did_you_mean(preset, PRESETS)}'
        )
    chosen = PRESETS[preset]
    _check_threshold(kind, chosen, threshold)
    _check_tau(kind, chosen, tau)
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f'alpha is {alpha}, expected a share in [0, 1]')
    if exact and not kind.takes_exact:
        raise ValueError(f'exact is of {_listed("takes_exact")}, not of {name!r}: leave it out')
    if consensus is not None and not kind.takes_consensus:
        raise ValueError(
            f'consensus is of {_listed("takes_consensus")}, not of {name!r}: leave it out'
        )
    return kind(
        chosen,
        None if threshold is None else float(threshold),
        TAU if tau is None else float(tau),
        ALPHA if alpha is None else float(alpha),
        exact,
        kind.default_consensus if consensus is None else consensus,
    )


def _check_threshold(kind: type[Protocol], preset: Preset, threshold: float | None) -> None:
    given = preset.rule == 'given' and kind.follows_preset
    if threshold is None:
        if kind.needs_threshold or given:
            raise ValueError(
                f'protocol {kind.name!r} with preset {preset.name!r} needs a threshold, one for '
                'the whole run, chosen on a validation split (never on the test set): mmssl '
                'evaluate --choose-threshold chooses one'
            )
    elif preset.rule != 'given' and not kind.takes_threshold:
        raise ValueError(
            f'threshold {threshold} would not be used by protocol {kind.name!r} with preset '
            f"{preset.name!r}: leave it out, or take preset 'acl'"
        )
    elif not isinstance(threshold, (int, float)) or threshold != threshold:
        raise ValueError(f'threshold is {threshold!r}, expected a number')


def _check_tau(kind: type[Protocol], preset: Preset, tau: float | None) -> None:
    if tau is None:
        return
    if not (preset.needs_tau or kind.takes_tau):
        raise ValueError(
            f'tau {tau} would not be used by protocol {kind.name!r} with preset {preset.name!r}: '
            "leave it out, or take preset 'slavc'"
        )
    if not tau > 0:
        raise ValueError(f'tau is {tau}, expected more than 0')


def _listed(fact: str) -> str:
    """``protocol 'a'``, or ``protocols 'a' and 'b'``."""
    names = [repr(name) for name in names_with(fact)]
    return f'protocol{"s" * (len(names) > 1)} {" and ".join(names)}'
