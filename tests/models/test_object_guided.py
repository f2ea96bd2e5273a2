"""Published localizers with their object prior: fused maps, priors, three scores in one pass."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.load import load_localizer
from mmssl.apis.model import load_model
from mmssl.apis.model_index import find_model
from mmssl.evaluation.functional.resize import normalize

from .. import annotation_files, zoo
from ..conftest import ROOT
from ..zoo import NEEDED

#: Name to where the golden file holds its fused map, which is normalized if the authors do.
FUSED = {
    'ez-vsl': (),
    'fnac': ('bilinear',),
    'slavc': ('absolute',),
    'alignment': ('vggss',),
}


@pytest.mark.numeric
@pytest.mark.published(NEEDED)
@pytest.mark.parametrize('method', FUSED)
def test_fused_maps_are_those_of_the_authors_code(method, tmp_path):
    file, prior = zoo.rule_file(method, tmp_path / 'a.pth'), zoo.prior_file(tmp_path / 'p.pth')
    localize = SoundLocalizationInferencer(f'{method}-ogl', file, prior=prior, show_progress=False)
    for known in zoo.golden(method)['inputs']:
        (prediction,) = localize(zoo.rule_inputs(known['input'], tmp_path))['predictions']
        expected = known
        for key in (*FUSED[method], 'fused_up'):
            expected = expected[key]
        at = np.ix_([0], expected['at'], expected['at'])
        assert prediction['maps'][at][0] == pytest.approx(np.array(expected['samples']), abs=1e-4)
        if method == 'slavc':
            relative = normalize(prediction['maps'])[at][0]
            samples = np.array(known['relative']['fused_up']['samples'])
            assert relative == pytest.approx(samples, abs=1e-4)


@pytest.mark.numeric
@pytest.mark.published(NEEDED)
def test_one_pass_scores_maps_with_the_prior_without_and_the_prior_alone(tmp_path):
    file, prior = zoo.rule_file('ez-vsl', tmp_path / 'a.pth'), zoo.prior_file(tmp_path / 'p.pth')
    known = zoo.golden('ez-vsl')['inputs'][0]
    picture, sound = zoo.rule_inputs(known['input'], tmp_path)
    for folder in ('frames', 'audio', 'Annotations'):
        (tmp_path / 'set' / folder).mkdir(parents=True)
    Image.open(picture).save(tmp_path / 'set/frames/1.png')
    (tmp_path / 'set/audio/1.wav').write_bytes((tmp_path / sound).read_bytes())
    (tmp_path / 'set/Annotations/1.xml').write_text(annotation_files.FLICKR_XML)
    (tmp_path / 'set/flickr_test.csv').write_text('1,202\n')
    scores = tmp_path / 'scores.json'
    done = subprocess.run(
        [
            sys.executable, 'tools/test.py', 'configs/ez_vsl/ez-vsl-ogl_r18_vggsound-144k.py', file,
            '--work-dir', tmp_path / 'work', '--out', scores,
            '--dump-maps', tmp_path / 'maps', '--dump-object-maps', tmp_path / 'objects',
            '--cfg-options', f'model.object_prior.weights={prior}',
            *(f'test_dataloader.dataset.{setting}' for setting in (
                'form=flickr-soundnet', 'ann_file=flickr_test.csv', 'boxes_file=Annotations',
                f'data_root={tmp_path}/set', 'data_prefix.video=frames',
                'data_prefix.audio=audio', 'video_suffix=.png',
            )), 'test_dataloader.num_workers=0',
        ],
        cwd=ROOT, text=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1000:]
    for folder, key in (('maps', 'map_raw'), ('objects', 'prior_raw')):
        values = np.array(known[key]['values'])
        assert np.abs(np.load(tmp_path / folder / '1.npz')['map'] - values).max() < 1e-4 * np.ptp(
            values
        )
    result = json.loads(scores.read_text())
    assert {'loc/ciou', 'fused/ciou', 'prior/ciou'} <= set(result)


@pytest.fixture
def files(tmp_path):
    """A file of EZ-VSL and weights of a prior, both random."""
    torch.manual_seed(0)
    weights = zoo.built('ez-vsl').backbone.state_dict()
    prior = {
        name.removeprefix('imgnet.'): value
        for ours, value in weights.items()
        for name in zoo.their_names(f'backbone.{ours}', 'ez-vsl')
    }
    torch.save(prior, tmp_path / 'prior.pth')
    return zoo.random_file('ez-vsl', tmp_path / 'best.pth'), tmp_path / 'prior.pth'


def test_moments_are_ranked_by_what_is_heard(files):
    """Fused maps are normalized: their peaks are all 1 and tell nothing."""
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (20, 60, 80, 3), dtype=np.uint8)
    samples = rng.uniform(-0.5, 0.5, 32000).astype(np.float32)
    file, prior = files
    plain = SoundLocalizationInferencer('ez-vsl', file, show_progress=False)
    fused = SoundLocalizationInferencer('ez-vsl-ogl', file, prior=prior, show_progress=False)
    first, second = (run((frames, samples))['predictions'][0] for run in (plain, fused))
    assert second['maps'].shape == (20, 224, 224)
    assert second['maps'].max((1, 2)) == pytest.approx(np.ones(20))
    assert [m['time'] for m in second['moments']] == [m['time'] for m in first['moments']]


def test_a_checkpoint_holds_no_prior(files):
    file, prior = files
    network = load_model(file, find_model('ez-vsl-ogl').config, prior=prior).network
    assert set(network.state_dict()) == set(zoo.built('ez-vsl').state_dict())
    assert {p.requires_grad for p in network.parameters()} == {True}


@pytest.mark.parametrize(
    ('name', 'prior', 'message'),
    [
        ('ez-vsl-ogl', None, r"has no weights, expected torchvision's file .* --prior FILE"),
        ('ez-vsl-ogl', 'nosuch.pth', r'prior nosuch\.pth: no such file'),
        ('ez-vsl-ogl', 'best.pth', r"best\.pth: expected torchvision's weights of a ResNet-18"),
        ('ez-vsl', 'prior.pth', 'the model has no object_prior: take .* ez-vsl-ogl'),
    ],
)
def test_a_wrong_prior_is_refused(files, tmp_path, monkeypatch, name, prior, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        load_localizer(name, files[0], prior=prior, device='cpu')
