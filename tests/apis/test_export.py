"""Export to ONNX: the same numbers, pictures and files as torch, without its models."""

import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmssl.apis import SoundLocalizationInferencer, export, onnx_model
from mmssl.apis.export import export_onnx
from mmssl.apis.load import load_localizer
from mmssl.apis.model import load_model
from mmssl.cli import main
from mmssl.localization import ATTENTION_MODES
from mmssl.media import Clip
from mmssl.models import AudioVisualRecognizer

from ..conftest import ROOT
from ..media_files import flash_and_click
from ..warm import run_tool

pytestmark = pytest.mark.numeric

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxscript')
pytest.importorskip('onnxruntime')

CLASSES = ['bell', 'dog, barking', 'Geige', 'ocean', 'rail']
#: Width and height: not square, so that they cannot be mistaken for each other.
SIZE = (48, 32)
FC = ('individual', 'shared', 'joint')
#: Clips and seconds, none of them used in the export.
SHAPES = ((1, 1), (2, 4), (5, 2))


def settings(model):
    """A config of a model and of the frames that it takes."""
    model.cls_head.num_classes = 5
    pipeline = [
        dict(type='mmssl.OpenClip', size=SIZE, cache_dir='a folder of the training'),
        dict(type='mmssl.DecodeClip', duration=10),
        dict(type='mmssl.LogMel'),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='mmssl.PackAudioVisualInputs'),
    ]
    return Config(dict(model=model, test_dataloader=dict(dataset=dict(pipeline=pipeline))))


def plain(fc):
    """A single convolution in the place of either network: what counts is the head."""
    model = Config.fromfile(ROOT / 'configs/_base_/models/mmssl_mc3.py').model
    model.backbone = dict(
        type='Conv3d', in_channels=3, out_channels=16, kernel_size=(1, 8, 8), stride=(1, 8, 8)
    )
    model.audio_backbone = dict(
        type='Conv2d', in_channels=1, out_channels=16, kernel_size=(10, 80), stride=(10, 1)
    )
    model.update(chunks='merged', channels_last=False)
    model.cls_head.update(visual_channels=16, audio_channels=16, fc=fc)
    return settings(model)


def narrow():
    """The small config's networks with few channels."""
    model = Config.fromfile(ROOT / 'configs/mmssl/mmssl_soundingshapes_large.py').model
    model.backbone.base_channels = 4
    model.audio_backbone.width = 1 / 16
    model.cls_head.update(
        visual_channels=32, audio_channels=32, attention=dict(mode='class', context=3)
    )
    return settings(model)


def save(config, path):
    """A checkpoint as MMEngine writes it, of weights and statistics that are all at work."""
    init_default_scope('mmaction')
    torch.manual_seed(0)
    network = MODELS.build(config.model)
    for name, values in network.state_dict().items():
        if name.endswith('running_mean') or name.endswith('bias'):
            values.normal_(std=0.2)
        elif name.endswith('running_var'):
            values.uniform_(0.5, 2)
        elif 'cls_head' in name:
            values.normal_()
    meta = {'cfg': config.pretty_text, 'dataset_meta': {'classes': CLASSES}}
    torch.save({'state_dict': network.state_dict(), 'meta': meta}, path)
    return path


@pytest.fixture(scope='module')
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp('checkpoints')
    return {fc: save(plain(fc), folder / f'{fc}.pth') for fc in FC}


def batch(clips, seconds):
    random = np.random.default_rng(clips + seconds)
    imgs = random.integers(0, 256, (clips, 3, 10 * seconds, *SIZE[::-1]), np.uint8)
    return imgs, random.normal(-6, 3, (clips, 1, seconds, 100, 80)).astype(np.float32)


def assert_equal_outputs(model, exported, **attention):
    for shape in SHAPES:
        maps, scores = model.predict(*batch(*shape), **attention)
        found, found_scores = exported.predict(*batch(*shape))
        assert found.shape == maps.shape
        # float32 has seven digits, and processors round them differently.
        assert np.abs(found - maps).max() < max(1e-4, 1e-5 * np.abs(maps).max())
        assert set(found_scores) == set(scores)
        for name, values in scores.items():
            assert found_scores[name].shape == values.shape
            assert np.abs(found_scores[name] - values).max() < 1e-5
    # Numbers that could tell two models, modes or normalizations from each other.
    assert maps.std() > 1e-2


@pytest.mark.parametrize('fc', FC)
@pytest.mark.parametrize('mode', sorted(ATTENTION_MODES))
def test_every_attention_of_every_head(checkpoints, tmp_path, mode, fc):
    out = tmp_path / 'model.onnx'
    export_onnx(checkpoints[fc], out, mode=mode)
    assert_equal_outputs(load_model(checkpoints[fc]), onnx_model.load_onnx(out), mode=mode)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    return save(narrow(), tmp_path_factory.mktemp('narrow') / 'narrow.pth')


@pytest.fixture(scope='module')
def exported(checkpoint, tmp_path_factory):
    """A model exported as a user does it, and what was printed."""
    out = tmp_path_factory.mktemp('exported') / 'model.onnx'
    done = run_tool('-m', 'mmssl', 'export', checkpoint, '--out', out, '--visual-context', 5)
    assert done.status == 0, done.errors
    return out, done.printed


def test_the_tool_exports_the_models_own_attention_and_prints_differences(checkpoint, exported):
    out, printed = exported
    assert f'{out}\nattention: mode class, context 3, visual_context 5\n' in printed
    differences = dict(re.findall(r'^(\w+): (\S+) from torch at most$', printed, re.M))
    assert list(differences) == ['maps', 'scores_av', 'scores_audio', 'scores_visual']
    assert all(0 <= float(value) <= 1e-4 for value in differences.values())
    model = load_model(checkpoint)
    assert_equal_outputs(model, onnx_model.load_onnx(out), visual_context=5)


def test_the_file_says_what_it_is(exported):
    """Read by onnx alone."""
    model = onnx.load(exported[0])
    onnx.checker.check_model(model, full_check=True)
    facts = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert facts['mmssl.classes'] == CLASSES
    assert facts['mmssl.frame_size'] == [48, 32]
    assert facts['mmssl.pipeline'][0] == {'type': 'mmssl.OpenClip', 'size': [48, 32]}
    assert facts['mmssl.attention'] == {'mode': 'class', 'context': 3, 'visual_context': 5}
    assert facts['mmssl.fc'] == 'individual'
    assert facts['mmssl.clock'] == {'steps_per_second': 10, 'sample_rate': 16000}
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        'imgs': ['N', 3, '10*chunks', 32, 48],
        'audios': ['N', 1, 'chunks', 100, 80],
        'maps': ['N', '10*chunks', 2, 3],
        'scores_av': ['N', '10*chunks', 5],
        'scores_audio': ['N', '10*chunks', 5],
        'scores_visual': ['N', '10*chunks', 5],
    }
    assert str(ROOT).encode() not in exported[0].read_bytes()


def test_frames_one_by_one_in_bgr_and_sound_as_it_is(tmp_path):
    config = plain('individual')
    config.model.frames = '2d'
    config.model.backbone = dict(
        type='Conv2d', in_channels=3, out_channels=16, kernel_size=8, stride=8
    )
    config.model.channels_last = True
    config.model.data_preprocessor.preprocessors.imgs.to_rgb = True
    config.model.data_preprocessor.preprocessors.audios = dict(
        type='ActionDataPreprocessor', format_shape='NCTHW'
    )
    checkpoint = save(config, tmp_path / 'other.pth')
    export_onnx(checkpoint, tmp_path / 'other.onnx')
    assert_equal_outputs(load_model(checkpoint), onnx_model.load_onnx(tmp_path / 'other.onnx'))


#: Run the tool in this process and tell which models it imported.
LOCALIZE = """
import runpy, sys
try:
    runpy.run_module('mmssl', run_name='__main__')
except SystemExit as end:
    assert not end.code, end.code
print('imported', sorted({'mmssl.models', 'mmaction.models'} & set(sys.modules)))
"""


def test_localize_gives_the_same_files_without_importing_the_models(checkpoint, exported, tmp_path):
    """11 s, so more than one window."""
    video = flash_and_click(tmp_path / 'clip.mp4', (1.0, 9.5), 11.0, 10)
    done = subprocess.run(
        [sys.executable, '-c', LOCALIZE, 'localize', video, exported[0],
         '--out', tmp_path / 'onnx'],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'imported []' in done.stdout
    model = load_localizer(checkpoint, device='cpu')
    model.network.cls_head.attention['visual_context'] = 5
    run = SoundLocalizationInferencer(model).stream([str(video)], out_dir=tmp_path / 'torch')
    (result,) = run
    ours = {name: Path(path) for name, path in result['files'].items()}
    theirs = {name: tmp_path / 'onnx' / path.name for name, path in ours.items()}
    assert all(str(path) in done.stdout for path in theirs.values())
    first, second = (json.loads(files['boxes'].read_text()) for files in (ours, theirs))
    assert len(first['moments']) == 5
    for one, other in zip(first['moments'], second['moments'], strict=True):
        assert other.pop('class') == one.pop('class')
        assert other.pop('box') == pytest.approx(one.pop('box'), abs=2e-4)
        assert other == pytest.approx(one, abs=2e-4)
    sheets = [cv2.imread(str(files['sheet'])).astype(int) for files in (ours, theirs)]
    assert np.abs(sheets[0] - sheets[1]).mean() < 0.1  # edges of lines, where scores differ by 1e-5
    times = np.arange(0.05, 11, 1.0)
    for one, other in zip(*(Clip(files['video']).frames(times) for files in (ours, theirs))):
        # The codec turns a difference of one into several here and there.
        assert np.abs(one.astype(int) - other).mean() < 0.5


def test_the_backend_follows_the_suffix_or_is_said(checkpoints, exported, tmp_path):
    renamed = tmp_path / 'model.bin'
    renamed.write_bytes(exported[0].read_bytes())
    model = load_localizer(renamed, backend='onnx')
    assert isinstance(model, onnx_model.OnnxModel)
    assert model.classes == CLASSES
    assert model.inputs.frame_size == SIZE
    with pytest.raises(ValueError, match=r"backend is 'tensorrt', expected one of \('torch', 'o"):
        load_localizer(renamed, backend='tensorrt')
    with pytest.raises(ValueError, match='onnxruntime cannot load it'):
        load_localizer(checkpoints['joint'], backend='onnx')
    with pytest.raises(ValueError, match=r'leave out config c\.py'):
        load_localizer(exported[0], config='c.py')
    with pytest.raises(ValueError, match="device is 'cuda', expected 'cpu'"):
        load_localizer(exported[0], device='cuda')
    with pytest.raises(FileNotFoundError, match=r'gone\.onnx: no such file, expected an exported'):
        load_localizer(tmp_path / 'gone.onnx')


def test_files_of_others_and_of_other_settings_are_refused(exported, tmp_path):
    model = onnx.load(exported[0])
    facts = {entry.key: entry.value for entry in model.metadata_props}
    wrong = json.dumps({'steps_per_second': 25, 'sample_rate': 16000})
    for changed, message in (
        ({**facts, 'mmssl.clock': wrong}, r"exported for clock \{'steps_per_second': 25"),
        ({'mmssl.classes': facts['mmssl.classes']}, r"metadata lack \['attention', 'clock',"),
    ):
        onnx.helper.set_model_props(model, changed)
        onnx.save(model, tmp_path / 'changed.onnx')
        with pytest.raises(ValueError, match=message):
            onnx_model.load_onnx(tmp_path / 'changed.onnx')


@pytest.mark.parametrize(
    ('imgs', 'audios'),
    [
        ((1, 3, 10, 48, 32), (1, 1, 1, 100, 80)),
        ((1, 3, 20, 32, 48), (1, 1, 1, 100, 80)),
        ((2, 3, 10, 32, 48), (1, 1, 1, 100, 80)),
        ((1, 3, 10, 32, 48), (1, 1, 100, 80)),
        ((0, 3, 10, 32, 48), (0, 1, 1, 100, 80)),
    ],
)
def test_other_shapes_are_refused(exported, imgs, audios):
    model = onnx_model.load_onnx(exported[0])
    with pytest.raises(ValueError, match=re.escape(f'imgs have shape {imgs} and audios {audios}')):
        model.predict(np.zeros(imgs, np.uint8), np.zeros(audios, np.float32))


def test_operators_have_as_many_threads_as_torch(exported, monkeypatch):
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 1)
    for threads, found in ((None, 1), (2, 2)):
        session = onnx_model.load_onnx(exported[0], threads).session
        assert session.get_session_options().intra_op_num_threads == found


def test_a_file_that_differs_is_not_left_and_replaces_nothing(checkpoints, tmp_path, monkeypatch):
    out = tmp_path / 'model.onnx'
    out.write_text('an older model')
    monkeypatch.setattr(export, '_normalized', lambda values, preprocessor: values)
    with pytest.raises(ValueError, match=r'maps of the exported model differ by .* nothing is wri'):
        export_onnx(checkpoints['joint'], out)
    assert [path.read_text() for path in tmp_path.iterdir()] == ['an older model']


def test_networks_that_fix_the_shapes_are_refused(checkpoints, tmp_path, monkeypatch):
    def fixed(self, imgs):
        return self.backbone(imgs).reshape(len(imgs), 16, -1, 4, 6)

    monkeypatch.setattr(AudioVisualRecognizer, 'visual_features', fixed)
    with pytest.raises(ValueError, match='can export Conv3d and Conv2d for imgs of shape'):
        export_onnx(checkpoints['joint'], tmp_path / 'model.onnx')
    assert not list(tmp_path.iterdir())


def test_a_model_in_memory_is_exported_like_its_file(checkpoints, exported, tmp_path):
    model = load_model(checkpoints['joint'])
    written = export_onnx(model, tmp_path / 'model.onnx')
    assert_equal_outputs(model, load_localizer(written.path))
    with pytest.raises(ValueError, match='a OnnxModel cannot be exported, expected a checkpoint'):
        export_onnx(load_localizer(exported[0]), tmp_path / 'again.onnx')
    with pytest.raises(ValueError, match='a config given beside a model that has its own'):
        export_onnx(model, tmp_path / 'again.onnx', config='a.py')


def test_wrong_attention_is_refused_in_plain_words(checkpoints, tmp_path):
    with pytest.raises(ValueError, match='context is 4 steps, expected a positive odd number'):
        export_onnx(checkpoints['joint'], tmp_path / 'model.onnx', context=4)
    with pytest.raises(ValueError, match='visual context is 4 steps, expected a positive odd'):
        export_onnx(checkpoints['joint'], tmp_path / 'model.onnx', visual_context=4)
    with pytest.raises(ValueError, match="attention mode is 'dot', expected one of"):
        export_onnx(checkpoints['joint'], tmp_path / 'model.onnx', mode='dot')


@pytest.mark.parametrize(
    ('tool', 'package'),
    [
        ('export', 'onnx'),
        ('export', 'onnxscript'),
        ('export', 'onnxruntime'),
        ('localize', 'onnxruntime'),
    ],
)
def test_a_missing_package_is_named_with_its_cure(
    exported, checkpoints, tmp_path, monkeypatch, capsys, tool, package
):
    monkeypatch.setitem(sys.modules, package, None)
    arguments = {
        'export': [checkpoints['joint'], '--out', tmp_path / 'model.onnx'],
        'localize': ['video.mp4', exported[0], '--out', tmp_path],
    }[tool]
    assert main([tool, *map(str, arguments)]) == 2
    said = capsys.readouterr().err.strip()
    assert f'error: the {package} package cannot be imported' in said
    assert said.endswith('install it with: pip install "mmssl[onnx]"')
    assert not list(tmp_path.iterdir())
