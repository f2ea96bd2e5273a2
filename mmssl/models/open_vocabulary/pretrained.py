"""Networks of the ``transformers`` package: from a folder, the cache, or the hub.

``dict(name=..., licence=..., megabytes=...)`` describes a network. The name is a folder, or a
model on the Hugging Face hub. Before a download, the licence and the size are printed as its page
on the hub states them. Networks in the cache are not downloaded again.
"""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import torch
from mmengine.logging import print_log

T = TypeVar('T')

#: Command that installs the extra.
_INSTALL = 'pip install "mmssl[open]"'
#: Memory of a network, as a multiple of the size of its file.
_ROOM = 1.2


def library() -> ModuleType:
    """The ``transformers`` package.

    Raises:
        ValueError: If it cannot be imported.
    """
    try:
        import transformers
    except ImportError as error:
        raise ValueError(
            f'the transformers package cannot be imported ({error}); install it with: {_INSTALL}'
        ) from error
    return transformers


def open_pretrained(
    source: Mapping[str, Any], option: str, make: Mapping[str, Callable[[str, bool], T]]
) -> T:
    """Load a network, from the hub if it is not available locally.

    Args:
        source: ``name`` and, for the line before a download, ``licence`` and ``megabytes``.
        option: Name of the setting in messages.
        make: ``model_type`` of a network's ``config.json`` to the function that loads the network.
            Its arguments are the name and whether only local files may be read.

    Raises:
        ValueError: If the package is missing, the folder holds no such network, the network is
            neither local nor on a reachable hub, or there is not enough memory.
    """
    name = os.fspath(source['name'])
    transformers = library()

    def load(local: bool) -> T:
        kind = transformers.AutoConfig.from_pretrained(name, local_files_only=local).model_type
        if kind not in make:
            raise ValueError(
                f'{option} {name}: its model_type is {kind!r}, expected one of {sorted(make)}'
            )
        return make[kind](name, local)

    _check_memory(name, source.get('megabytes'))
    try:
        if Path(name).is_dir():
            return _from_folder(load, name, option)
        return _from_hub(load, name, option, source)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or 'memory' in str(error):
            raise ValueError(f'{option} {name}: {_no_room(source.get("megabytes"))}') from error
        raise ValueError(f'{option} {name}: {_first_line(error)}') from error


def whole_network(
    kind: Any, name: str, local: bool, dtype: torch.dtype = torch.float32
) -> torch.nn.Module:
    """A network with all of its weights, in evaluation mode.

    Args:
        kind: Class of the network.
        name: Folder, or name on the hub.
        local: Whether only local files may be read.
        dtype: Type of the weights.

    Raises:
        ValueError: If weights are missing: the package would fill them with random numbers.
    """
    with _quiet(local):
        network, found = kind.from_pretrained(
            name, local_files_only=local, output_loading_info=True, dtype=dtype
        )
    if missing := sorted(found['missing_keys']):
        raise ValueError(
            f'{name}: the weights lack {len(missing)} parameters, such as {missing[0]}; expected '
            f'the weights of a complete {kind.__name__}'
        )
    return network.eval().requires_grad_(False)


@contextmanager
def _quiet(local: bool) -> Iterator[None]:
    """Hide the package's progress bars if nothing is downloaded."""
    logging = library().logging
    if not local or not logging.is_progress_bar_enabled():
        yield
        return
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()


def _from_folder(load: Callable[[bool], T], name: str, option: str) -> T:
    if not (Path(name) / 'config.json').is_file():
        raise ValueError(
            f'{option} {name}: the folder has no config.json, expected a folder with the '
            'config.json and the weights of a network, as on the hub'
        )
    try:
        return load(True)
    except OSError as error:
        raise ValueError(f'{option} {name}: {_first_line(error)}') from error


def _from_hub(load: Callable[[bool], T], name: str, option: str, source: Mapping[str, Any]) -> T:
    if Path(name).is_absolute() or name.count('/') > 1 or name.startswith('.'):
        raise ValueError(f'{option} {name}: no such folder')
    try:
        return load(True)
    except OSError:
        pass
    size = f'{source["megabytes"]} MB' if 'megabytes' in source else 'see its page for the size'
    licence = f'licence {source["licence"]}' if 'licence' in source else 'and for the licence'
    page = f'https://huggingface.co/{name} ({size}, {licence})'
    try:
        _check_network()
        print_log(f'{name} is not in the cache: downloading it from {page}', 'current')
        return load(False)
    except OSError as error:
        raise ValueError(
            f'{option} {name}: neither a folder nor in the cache, and {page} cannot be reached; '
            f'with a network, run "hf download {name} --local-dir FOLDER" and name the folder: '
            f'--{option} FOLDER'
        ) from error


def _check_network() -> None:
    """Raise OSError if the hub has no address; otherwise, requests would take half a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise OSError('HF_HUB_OFFLINE is set')
    if not getproxies():
        socket.getaddrinfo(urlsplit(constants.ENDPOINT).hostname, 443)


def _check_memory(name: str, megabytes: float | None) -> None:
    """Refuse a network that does not fit, before the system kills the half-loaded process."""
    files = [*Path(name).glob('*.safetensors'), *Path(name).glob('*.bin')]
    size = sum(file.stat().st_size for file in files) / 1e6 or megabytes or 0
    if (free := _free_megabytes()) is not None and size * _ROOM > free:
        raise ValueError(f'{name}: {_no_room(size, free)}')


def _free_megabytes() -> float | None:
    try:
        lines = Path('/proc/meminfo').read_text().splitlines()
    except OSError:
        return None
    free = [line.split()[1] for line in lines if line.startswith('MemAvailable:')]
    return int(free[0]) * 1024 / 1e6 if free else None


def _no_room(megabytes: float | None, free: float | None = None) -> str:
    size = f' of {megabytes:.0f} MB' if megabytes else ''
    left = f', {free:.0f} MB are free' if free is not None else ''
    return (
        f'there is not enough memory for a network{size}{left}; end other programs, or take a '
        'smaller network'
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition('\n')[0]
