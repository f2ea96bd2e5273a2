"""Files of published localizers: with weights by rule where the facts are at hand, else random."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import soundfile
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from PIL import Image

from mmssl.apis.model_index import find_model

from .published import PUBLISHED

#: Facts of the six methods, which only some machines have.
ZOO = PUBLISHED.parent / 'zoo'
#: The mark ``published`` takes names below :data:`PUBLISHED`.
NEEDED = '../zoo/weights_rule.py'
#: Names of the methods here and in the facts.
METHODS = {
    'ez-vsl': 'ezvsl',
    'slavc': 'slavc',
    'fnac': 'fnac',
    'lvs': 'lvs',
    'alignment': 'alignment',
    'ssl-tie': 'ssltie',
}
#: Entries that hold the weights in a released file, and what stands before their keys.
WRAPPERS = {
    'ez-vsl': ('model', ''),
    'slavc': ('model', 'module.'),
    'fnac': ('model', ''),
    'lvs': ('model_state_dict', 'module.'),
    'alignment': ('model_state_dict', ''),
    'ssl-tie': ('state_dict', ''),
}


def rule():
    """The module of weights, pictures and sounds by rule."""
    spec = importlib.util.spec_from_file_location('weights_rule', ZOO / 'weights_rule.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def golden(method: str) -> dict:
    """What the authors' code gives."""
    return json.loads((ZOO / f'golden/{METHODS[method]}.json').read_text())


def rule_file(method: str, path: Path) -> Path:
    """Write a file like a released one, with weights by rule."""
    facts = json.loads((ZOO / f'keys/{METHODS[method]}.json').read_text())
    fill = rule().fill
    weights = {
        name: torch.from_numpy(np.asarray(fill(name.removeprefix('module.'), shape)))
        for name, shape, _ in facts['keys']
    }
    # Scores of a training are NumPy scalars.
    content = dict.fromkeys(facts['wrapper'], np.float64(0.5))
    torch.save({**content, WRAPPERS[method][0]: weights}, path)
    return path


def prior_file(path: Path) -> Path:
    """Write weights of the object prior, a torchvision ResNet-18, by rule."""
    facts, fill = json.loads((ZOO / 'keys/ezvsl.json').read_text()), rule().fill
    trunk = [(n.removeprefix('imgnet.'), s) for n, s, _ in facts['keys'] if n.startswith('imgnet')]
    weights = {name: torch.from_numpy(np.asarray(fill(f'ogl.{name}', s))) for name, s in trunk}
    torch.save({**weights, 'fc.weight': torch.zeros(1000, 512), 'fc.bias': torch.zeros(1000)}, path)
    return path


def rule_inputs(given: dict, folder: Path) -> tuple[str, str]:
    """Write picture and sound of a golden input."""
    module, seed = rule(), given['seed']
    picture, sound = folder / f'{seed}.png', folder / f'{seed}.wav'
    Image.fromarray(module.picture(seed)).save(picture)
    pcm = module.pcm16(module.sound(seed, given['seconds']))
    soundfile.write(sound, pcm, 16000, subtype='PCM_16')
    return str(picture), str(sound)


def built(method: str) -> torch.nn.Module:
    """The network of a method, with random weights, in evaluation mode."""
    init_default_scope('mmaction')
    config = Config.fromfile(find_model(method).config)
    return MODELS.build(config.model).eval()


def random_file(method: str, path: Path, **changes) -> Path:
    """Write a file like a released one, with random weights.

    Args:
        method: Name of the method.
        path: Where to.
        **changes: Further entries of the file.
    """
    wrapper, prefix = WRAPPERS[method]
    weights = {
        f'{prefix}{name}': value
        for ours, value in built(method).state_dict().items()
        for name in their_names(ours, method)
    }
    torch.save({wrapper: weights, 'epoch': 3, **changes}, path)
    return path


def their_names(ours: str, method: str) -> list[str]:
    """Names that a weight has in the authors' network, the inverse of what loading does."""
    place, name = '', ours
    if name.startswith('momentum_copies.'):
        place, name = 'momentum_', name.removeprefix('momentum_copies.')
    part, _, rest = name.partition('.')
    if part == 'cls_head':
        kind, index, end = rest.split('.')
        number = str(int(index) + 1) if method == 'slavc' else ''
        return [f'{place}{"img" if kind.startswith("visual") else "aud"}_proj{number}.{end}']
    network = {'backbone': 'imgnet', 'audio_backbone': 'audnet'}[part]
    words = rest.split('.')
    norm = words[-2] == 'bn'
    if 'downsample' in words:
        inner = [*words[:-2], '1' if norm else '0', words[-1]]
    else:
        conv = words[-3]
        inner = [*words[:-3], conv.replace('conv', 'bn') if norm else conv, words[-1]]
    if method in ('lvs', 'alignment', 'ssl-tie') and network == 'audnet' and inner[0] == 'conv1':
        inner[0] = 'conv1_a'
    name = f'{place}{network}.{".".join(inner)}'
    if method == 'ssl-tie' and ours.endswith('conv1.conv.weight') and part == 'backbone':
        return [name, 'vision_fc1.weight'] if rest == 'conv1.conv.weight' else [name]
    if method in ('lvs', 'alignment') and rest == 'conv1.conv.weight':
        return [name, f'{network}.conv1_flow.weight', f'{network}.fc.weight']
    return [name]
