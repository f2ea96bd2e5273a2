"""Choose the precision of a training for its device.

bfloat16 has the range of float32 in half the memory. A device with bfloat16 units is faster
in bfloat16. A device without them emulates it: on a processor with AVX2, a 3-D convolution
then takes sixteen times as long as in float32.
"""

import logging
import platform

import torch
from mmengine.logging import print_log

#: Values of ``precision`` in a config. ``auto`` means bfloat16 if the device computes in it.
PRECISIONS = ('auto', 'bfloat16', 'float32')


def choose_precision(precision: str, device: torch.device) -> torch.dtype:
    """Choose the precision of a training, and log the choice with its reason.

    Args:
        precision: One of :data:`PRECISIONS`. Any value except ``'auto'`` is used directly,
            with a warning if the device is not known to compute in bfloat16.
        device: Device of the weights.

    Returns:
        ``torch.bfloat16`` or ``torch.float32``.

    Raises:
        ValueError: If the precision is unknown.
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"optim_wrapper.precision is {precision!r}, expected 'auto', 'bfloat16' or 'float32'"
        )
    native, reason = computes_in_bfloat16(device)
    chosen = precision
    if precision == 'auto':
        chosen = 'bfloat16' if native else 'float32'
    elif precision == 'bfloat16' and not native:
        print_log(
            f'Training in bfloat16 on {device} may be slow: {reason}. '
            'optim_wrapper.precision=float32 may be faster.',
            'current',
            level=logging.WARNING,
        )
    because = reason if precision == 'auto' else 'the config or the command line sets it'
    print_log(f'Training in {chosen} on {device}: {because}.', 'current')
    return getattr(torch, chosen)


def computes_in_bfloat16(device: torch.device | str) -> tuple[bool, str]:
    """Check whether a device has bfloat16 units; emulation does not count.

    Args:
        device: A device that this installation of torch can use.

    Returns:
        The answer, and its reason for a log line.
    """
    device = torch.device(device)
    if device.type == 'cuda':
        with torch.cuda.device(device):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        name = torch.cuda.get_device_name(device)
        return native, f'{name} {"computes" if native else "does not compute"} in bfloat16'
    if device.type == 'cpu':
        return _cpu_computes_in_bfloat16()
    return False, f'bfloat16 has not been tried on devices of type {device.type}'


def _cpu_computes_in_bfloat16() -> tuple[bool, str]:
    if not torch.backends.mkldnn.is_available():
        return False, 'this build of torch lacks oneDNN, which computes in bfloat16 on CPUs'
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False, 'oneDNN reports that this processor does not compute in bfloat16'
    # oneDNN also accepts AVX-512 without bfloat16 units, where it converts every value.
    x86 = platform.machine().lower() in ('x86_64', 'amd64')
    if x86 and not torch.cpu._is_avx512_bf16_supported():
        return False, 'this processor has AVX-512, but not its bfloat16 units'
    return True, 'oneDNN reports that this processor computes in bfloat16'
