"""Versions and settings for a bug report."""

import importlib.metadata
import os
import platform

#: Packages, from the ground up.
PACKAGES = (
    *('torch', 'mmengine', 'mmcv', 'mmcv-lite', 'mmaction2', 'numpy', 'scipy', 'av', 'decord'),
    *('opencv-python', 'librosa', 'matplotlib', 'onnxruntime', 'transformers'),
)


def details() -> str:
    """One line for each of the system, the processor, the devices, the packages and FFmpeg."""
    import av
    import torch

    from ..engine.precision import computes_in_bfloat16
    from ..threads import usable_cores

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    lines = {
        'system': platform.platform(),
        'python': platform.python_version(),
        'processor': torch.backends.cpu.get_cpu_capability(),
        'bfloat16': computes_in_bfloat16('cpu')[1],
        'usable cores': str(usable_cores()),
        'torch threads': str(torch.get_num_threads()),
        'GPUs': ', '.join(map(torch.cuda.get_device_name, range(gpus))) or 'none',
        **{name: _version(name) for name in PACKAGES},
        'FFmpeg': ', '.join(
            f'{name} {".".join(map(str, version))}' for name, version in av.library_versions.items()
        ),
        **{name: value for name, value in os.environ.items() if name.startswith(_SETTINGS)},
    }
    return '\n'.join(f'{name}: {value}' for name, value in lines.items())


#: First letters of the environment variables that change results or speed.
_SETTINGS = ('MMSSL_', 'OMP_', 'GOMP_', 'MKL_', 'ONEDNN_', 'ATEN_', 'CUDA_', 'LOKY_')


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return 'not installed'
