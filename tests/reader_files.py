"""What a reader of the documentation has before typing a page's commands, as small stand-ins."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.models.checkpoint_names import convert_mc3_18
from mmssl.soundingshapes import CLASS_NAMES, render_scene, sample_scene

from . import own_clips, standin_sets, torchvision_files
from .conftest import ROOT
from .standin_sets import write
from .test_end_to_end import MMACTION_TOOLS

#: Of the repository; what pages write is not written into it.
LINKED = (
    *('tools', 'projects', 'benchmarks', 'mmssl', 'requirements'),
    *('Makefile', 'setup.py', 'pyproject.toml', 'model-index.yml'),
)
SHIPPED = ROOT / 'mmssl/apis/weights/soundingshapes.pth'


@dataclass(frozen=True)
class Rendered:
    """Collections that all pages share.

    Attributes:
        shapes: A tiny SoundingShapes.
        vggsound: Clips laid out exactly like VGGSound.
    """

    shapes: Path
    vggsound: Path

    @property
    def videos(self) -> list[Path]:
        return sorted((self.vggsound / 'videos').glob('*.mp4'))


@dataclass(frozen=True)
class Given:
    """A file or folder that a reader has.

    Attributes:
        name: As pages name it.
        make: Writes it, of its path and what is rendered.
        when: Regular expression of what needs it; its name by default.
        unless: The same of what makes it.
    """

    name: str
    make: Callable[[Path, Rendered], object]
    when: str = ''
    unless: str = ''

    def is_of(self, text: str) -> bool:
        """Whether the reader of a page with these blocks has it."""
        needed = re.search(self.when or re.escape(self.name), text)
        return bool(needed) and not (self.unless and re.search(self.unless, text))


def checkout(folder: Path) -> None:
    """Make a folder look like the repository's root after ``make env``."""
    folder.mkdir()
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'configs', folder / 'configs')
    (folder / '.venv').mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != '.complete':
            (folder / '.venv' / entry.name).symlink_to(entry)
    # Younger than what it was installed from, so make leaves it as it is.
    (folder / '.venv/.complete').touch()


def shapes(path: Path, rendered: Rendered) -> None:
    """Links to the files, so that what is written beside them is a page's own."""
    shutil.copytree(rendered.shapes, path, copy_function=os.symlink)


def vggsound(path: Path, rendered: Rendered) -> None:
    """With all the published lists."""
    standin_sets.vggsound(path, rendered.vggsound)


def mine(path: Path, _) -> None:
    """Clips in a folder for each class."""
    own_clips.folder(path, {'': 3})


def own_boxes(path: Path, _) -> None:
    """Boxes of those clips, in VGG-SS form."""
    names = [(label, f'{label}{number}.mp4') for label in own_clips.CLASSES for number in range(3)]
    box = {'bbox': [[0.1, 0.2, 0.5, 0.7]], 'time': 0.5}
    write(path, json.dumps([{'file': name, 'class': label, **box} for label, name in names]))


def tables(path: Path, rendered: Rendered) -> None:
    """VGGSound's published files, without clips."""
    vggsound(path, rendered)
    shutil.rmtree(path / 'videos')
    (path / 'settings.json').unlink()


def downloads(path: Path, rendered: Rendered) -> None:
    """Raw clips."""
    shutil.copytree(rendered.vggsound / 'videos', path)


def clean(path: Path, rendered: Rendered) -> None:
    """A list of all clips, as ``tools/data/check.py`` writes it."""
    write(path, ''.join(f'{video.stem}\n' for video in rendered.videos))


def converted(path: Path, _) -> None:
    """Weights as ``tools/model_converters/convert_mc3_18.py`` writes them."""
    torch.save({'state_dict': convert_mc3_18(torchvision_files.mc3_18())}, path)


def clip(path: Path, _) -> None:
    """A clip for the model that comes with the package."""
    render_scene(path, sample_scene(0, 5.0))


def boxes(rendered: Rendered) -> list[dict]:
    """Entries in VGG-SS form of all clips, also the training clips."""
    entry = json.loads((rendered.vggsound / 'vggss.json').read_text())[0]
    return [{**entry, 'file': video.stem} for video in rendered.videos]


def pseudo_boxes(path: Path, rendered: Rendered) -> None:
    """As ``mmssl boxes`` writes them."""
    entries = boxes(rendered)
    for entry in entries:
        entry.update(score=[1.0] * len(entry['bbox']), time=5.0)
    write(path, json.dumps(entries))


def detections(path: Path, rendered: Rendered) -> None:
    """A detector's boxes in COCO's form: one a clip."""
    images, annotations = [], []
    for number, entry in enumerate(boxes(rendered)):
        size = {'width': 160, 'height': 120}
        images.append({'id': number, 'file_name': f'{entry["file"]}.mp4', 'time': 5.0, **size})
        box = {'bbox': [10, 10, 60, 50], 'score': 0.9}
        annotations.append({'id': number, 'image_id': number, 'category_id': 1, **box})
    categories = [{'id': 1, 'name': 'cup'}]
    found = {'images': images, 'annotations': annotations, 'categories': categories}
    write(path, json.dumps(found))


def moments(path: Path, rendered: Rendered) -> None:
    """Two moments of every test clip of SoundingShapes."""
    names = sorted(p.stem for p in (rendered.shapes / 'videos').glob('test*.mp4'))
    best = [{'time': 1.05, 'score': 2.0}, {'time': 1.65, 'score': 1.0}]
    write(path, json.dumps({name: best for name in names}))


def maps(path: Path, rendered: Rendered) -> None:
    """A method's maps, one file a clip."""
    path.mkdir(parents=True)
    for name, values in _maps(rendered).items():
        np.save(path / f'{name}.npy', values)


def archive(path: Path, rendered: Rendered) -> None:
    """A method's maps in one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **_maps(rendered))


def _maps(rendered):
    random = np.random.default_rng(0)
    return {video.stem: random.random((7, 7)) for video in rendered.videos}


def sounding(path: Path, rendered: Rendered) -> None:
    """Every other clip sounds."""
    lines = (f'{video.stem},{number % 2}' for number, video in enumerate(rendered.videos))
    write(path, '\n'.join(lines))


def training(path: Path, _) -> None:
    """A work directory as ``make demo-long`` leaves it: a log, and checkpoints by any number."""
    names = ('loss_visual', 'loss_audio', 'loss_av')
    losses = [{'step': step, **dict.fromkeys(names, 1 / step)} for step in (1, 2)]
    names = ('loc/pointing', 'loc/ciou_adaptive', 'acc/visual_top1', 'acc/audio_top1')
    lines = [*losses, {'step': 1, **dict.fromkeys(names, 0.5)}]
    write(path / 'time/vis_data/scalars.json', '\n'.join(map(json.dumps, lines)))
    for epoch in (9, 18):
        shutil.copy(SHIPPED, path / f'epoch_{epoch}.pth')


def untrained(path: Path) -> None:
    """A checkpoint of the demo's model, as a training writes it before it has learned."""
    config = Config.fromfile(ROOT / 'configs/mmssl_soundingshapes.py')
    init_default_scope('mmaction')
    torch.manual_seed(0)
    state = MODELS.build(config.model).state_dict()
    meta = {'cfg': config.pretty_text, 'dataset_meta': {'classes': CLASS_NAMES}}
    torch.save({'state_dict': state, 'meta': meta}, path)


FILES = (
    Given('data/soundingshapes-long', shapes),
    Given(
        'data/soundingshapes',
        shapes,
        when=r'data/soundingshapes(?!-)|configs/\S*soundingshapes\S*\.py',
        unless=r'make demo|render_soundingshapes\.py data/soundingshapes',
    ),
    Given('data/vggsound', vggsound, when=r'data/vggsound|vgg\S*\.py', unless=r'prepare\.py'),
    Given('data/vggsound', tables, when=r'prepare\.py downloads'),
    Given('data/vggsound/check/clean.txt', clean, when=r'check/clean\.txt', unless=r'check\.py'),
    Given('data/flickr_soundnet', lambda path, _: standin_sets.flickr(path), when=r'flickr'),
    Given('data/is3', lambda path, _: standin_sets.is3(path), when=r'is3'),
    Given('data/avsbench', lambda path, _: standin_sets.avsbench(path), when=r'avsbench'),
    Given('data/mine', mine, when=r'mmssl_folder'),
    Given('downloads', downloads),
    Given('clip.mp4', clip, unless=r'render-demo clip\.mp4'),
    Given('VIDEO', clip),
    Given('vggss.json', lambda path, rendered: write(path, json.dumps(boxes(rendered)))),
    Given('vggss_heard_test.csv', lambda path, of: write(path, f'{of.videos[-1].stem}\n')),
    Given('sounding.csv', sounding),
    Given('maps/mine', maps),
    Given('maps/other.npz', archive),
    Given('moments.json', moments, unless=r'--(out|moments) moments\.json'),
    Given('boxes.json', own_boxes, when=r'--data-root data/mine --boxes boxes\.json'),
    Given('boxes.json', pseudo_boxes, unless=r'--out boxes\.json|--data-root data/mine'),
    Given('detr.json', detections),
    Given('work_dirs/demo', training, when='work_dirs/demo/'),
    Given('work_dirs/demo-long', training),
    Given(
        'mc3_18-a90a0ba3.pth',
        lambda path, _: torchvision_files.save(torchvision_files.mc3_18(), path),
    ),
    Given(
        'resnet18-f37072fd.pth',
        lambda path, _: torchvision_files.save(torchvision_files.resnet18(), path),
    ),
    Given('checkpoints/mc3_18_kinetics400.pth', converted, unless=r'convert_mc3_18\.py'),
    Given('MMACTION2', lambda path, _: path.symlink_to(MMACTION_TOOLS.parent)),
)


def give(folder: Path, text: str, rendered: Rendered) -> None:
    """Put what the reader of a page with these blocks has into a folder."""
    for given in FILES:
        if given.is_of(text):
            path = folder / given.name
            path.parent.mkdir(parents=True, exist_ok=True)
            given.make(path, rendered)
