"""Open-vocabulary localization with tiny networks, saved by their own library."""

import json
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.export import export_onnx
from mmssl.apis.load import load_localizer
from mmssl.apis.windows import localize_clip
from mmssl.media import ArrayClip, write_video
from mmssl.models.open_vocabulary import pretrained
from mmssl.models.open_vocabulary.localizer import in_time
from mmssl.models.open_vocabulary.taggers import text_features
from mmssl.models.open_vocabulary.words import matching_classes, read_labels, read_words
from mmssl.structures import LocalizationDataSample

from .. import open_models, standin_sets
from ..conftest import ROOT
from ..warm import run_tool

transformers = pytest.importorskip(
    'transformers', reason='the extra open is not installed: pip install "mmssl[open]"'
)

CONFIG = str(ROOT / 'configs/open_vocabulary/open-vocabulary_folder.py')
CLASSES = ['Dog', 'Siren', 'Speech', 'Acoustic guitar', 'Silence']


@pytest.fixture(scope='module')
def networks(tmp_path_factory):
    """Folders of all kinds of networks."""
    folder = tmp_path_factory.mktemp('networks')
    made = {name: getattr(open_models, name)(folder / name) for name in ('clap', *VISIONS)}
    return {**made, 'ast': open_models.tagger(folder / 'ast', CLASSES)}


@pytest.fixture(scope='module')
def by_hand(tmp_path_factory):
    return open_models.by_hand(tmp_path_factory.mktemp('by_hand'))


VISIONS = ('clipseg', 'clip', 'siglip')


def small():
    """The config, for pictures of the size of the tiny networks."""
    config = Config.fromfile(CONFIG)
    config.test_dataloader.dataset.pipeline[0].size = (open_models.SIDE, open_models.SIDE)
    config.model.grid = 8
    config.model.precision = 'float32'
    return config


def loaded(networks, tagger='ast', vision='clipseg', config=None, **options):
    given = {'tagger': networks[tagger], 'vision': networks[vision], **options}
    return load_localizer(config or small(), device='cpu', options=given)


def noise(seconds, seed=0):
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 255, (round(seconds * 10), 48, 64, 3), dtype=np.uint8)
    return frames, rng.uniform(-0.5, 0.5, round(seconds * 16000)).astype(np.float32)


@pytest.mark.parametrize('tagger', ['ast', 'clap'])
@pytest.mark.parametrize('vision', VISIONS)
def test_every_pair_of_networks_gives_maps_and_scores_on_the_clock(networks, tagger, vision):
    model = loaded(networks, tagger, vision, labels='dog, siren, acoustic guitar')
    found = SoundLocalizationInferencer(model, show_progress=False)(noise(3.4))
    (result,) = found['predictions']
    side = 8 if vision == 'clipseg' else open_models.SIDE // open_models.PATCH
    assert result['maps'].shape == (34, side, side)
    assert 0 <= result['maps'].min() < result['maps'].max() <= 1
    assert result['class'] in ('dog', 'siren', 'acoustic guitar')
    assert result['moments'][0]['class'] in result['class_scores']['audio']
    assert len(result['words']) == 34
    scores = [score for _, score in result['words'][0]]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1.001


def tones_and_colours():
    """Red to the left, blue to the right; a low tone for three seconds, then a high one."""
    frames = np.zeros((60, 32, 32, 3), np.uint8)
    frames[:, :, :16, 0] = 255
    frames[:, :, 16:, 2] = 255
    times = np.arange(3 * 16000) / 16000
    tones = [np.sin(2 * np.pi * rate * times) for rate in (300, 3000)]
    return frames, (0.5 * np.concatenate(tones)).astype(np.float32)


def test_the_map_follows_the_tone(by_hand):
    networks = dict(zip(('ast', 'clipseg'), by_hand))
    model = loaded(networks, labels='dog, siren')
    (result,) = SoundLocalizationInferencer(model, show_progress=False)(
        tones_and_colours(), top=6, spacing=8
    )['predictions']
    maps = result['maps']
    left, right = maps[:, :, :4].mean((1, 2)), maps[:, :, 4:].mean((1, 2))
    assert left[:20].min() > 0.9 > 0.1 > right[:20].max()
    assert right[40:].min() > 0.9 > 0.1 > left[40:].max()
    assert not result['notes']
    for moment in result['moments']:
        if not 2 < moment['time'] < 4:
            assert moment['class'] == ('dog' if moment['time'] < 3 else 'siren')
            x = (moment['box'][0] + moment['box'][2]) / 2
            assert (x < 0.5) == (moment['time'] < 3)
    assert result['words'][5][0][0] == 'dog'
    assert result['words'][55][0][0] == 'siren'


def test_nothing_that_is_visible_sounds(by_hand):
    networks = dict(zip(('ast', 'clipseg'), by_hand))
    frames, samples = tones_and_colours()
    frames[..., :] = (0, 0, 255)
    low = samples[:48000]
    model = loaded(networks, labels='dog, siren')
    (result,) = SoundLocalizationInferencer(model, show_progress=False)((frames[:30], low))[
        'predictions'
    ]
    assert [note for note in result['notes'] if note.startswith('nothing visible sounds')]
    # A word that shows nothing has no part in the map.
    table = 'word,heard,seen\n*,the sound of {},a photo of {}\ndog,,-\n'
    path = by_hand[0] / 'words.csv'
    path.write_text(table)
    frames, samples = tones_and_colours()
    model = loaded(networks, labels='dog, siren', words=path)
    (result,) = SoundLocalizationInferencer(model, show_progress=False)((frames, samples))[
        'predictions'
    ]
    assert result['maps'][:20].max() < 0.1
    assert result['maps'][40:].max() > 0.9


@pytest.mark.parametrize('vision', VISIONS)
def test_a_clip_and_its_windows_are_alike(networks, vision):
    model = loaded(networks, vision=vision, labels='dog, siren, speech')
    clip = ArrayClip(*noise(6.3))
    whole, parts = localize_clip(model, clip), localize_clip(model, clip, window=2)
    assert whole.maps.shape[0] == 63
    assert parts.maps == pytest.approx(whole.maps, abs=1e-5)
    for name, values in whole.scores.items():
        assert parts.scores[name] == pytest.approx(values, abs=1e-5), name


def test_a_still_picture_is_looked_at_once(networks, tmp_path):
    import cv2
    import soundfile

    frames, samples = noise(4)
    cv2.imwrite(str(tmp_path / 'still.png'), frames[0])
    soundfile.write(tmp_path / 'still.wav', samples, 16000, 'FLOAT')
    model = loaded(networks, labels='dog, siren')
    looked = []
    look = model.network.vision.look
    model.network.vision.look = lambda pictures: looked.append(len(pictures)) or look(pictures)
    found = SoundLocalizationInferencer(model, show_progress=False)(
        (tmp_path / 'still.png', tmp_path / 'still.wav')
    )
    assert looked == [1]
    assert found['predictions'][0]['maps'].shape == (40, 8, 8)
    still = np.repeat(frames[:1], 40, 0)
    # Stored without loss, so the same picture forty times gives the same.
    moving = SoundLocalizationInferencer(model, show_progress=False)((still[..., ::-1], samples))
    differ = np.abs(moving['predictions'][0]['maps'] - found['predictions'][0]['maps'])
    assert differ.max() < 0.02


def test_instants_are_middles_of_equal_shares():
    values = torch.arange(3.0)[:, None]
    steps = in_time(values, 30)[:, 0]
    assert steps[:5].tolist() == [0] * 5
    assert steps[-5:].tolist() == [2] * 5
    assert steps[14:16].tolist() == pytest.approx([0.95, 1.05])


def test_the_vocabulary_changes_the_answer(networks):
    own = loaded(networks)
    assert own.classes == CLASSES
    model = loaded(networks, labels=['siren', 'dog', 'siren '])
    assert model.classes == ['siren', 'dog']
    clip = ArrayClip(*noise(2))
    all_words, two = localize_clip(own, clip).scores['audio'], localize_clip(model, clip).scores
    # What else sounds keeps its share.
    assert two['audio'] == pytest.approx(all_words[:, [1, 0]], abs=1e-6)
    assert two['visual'].sum(1) == pytest.approx(1, abs=1e-5)
    # Silence shows nothing.
    assert localize_clip(own, clip).scores['visual'][:, 4].max() == 0


def test_labels_come_from_words_files_and_tables(tmp_path):
    assert read_labels('dog, acoustic guitar,dog ,') == ['dog', 'acoustic guitar']
    assert read_labels('tagger') is None
    (tmp_path / 'labels.txt').write_text('dog\nmale speech, man speaking\n\n')
    assert read_labels(tmp_path / 'labels.txt') == ['dog', 'male speech, man speaking']
    (tmp_path / 'stat.csv').write_text('dog barking,10,animals\n"bird chirping, tweeting",9,a\n')
    assert read_labels(tmp_path / 'stat.csv') == ['bird chirping, tweeting', 'dog barking']
    table = 'aaaaaaaaaaa,1,dog barking,train\nbbbbbbbbbbb,2,cat purring,test\n'
    (tmp_path / 'vggsound.csv').write_text(table)
    assert read_labels(tmp_path / 'vggsound.csv') == ['cat purring', 'dog barking']
    with pytest.raises(ValueError, match=r'labels nothing\.txt: no such file'):
        read_labels('nothing.txt')
    with pytest.raises(ValueError, match='expected words separated by commas'):
        read_labels(' , ')


def test_labels_are_heard_as_classes():
    classes = ['Dog', 'Bark', 'Violin, fiddle', 'Church bell', 'Bell', 'Speech', 'Chopping (food)']
    table = read_words()

    def names(label):
        return [classes[number] for number in matching_classes(label, classes, table)]

    assert names('DOG') == ['Dog', 'Bark']
    assert names('playing fiddle') == ['Violin, fiddle']
    assert names('church bells ringing') == ['Church bell']
    assert names('man speaking') == ['Speech']
    assert names('chop') == ['Chopping (food)']
    with pytest.raises(ValueError, match=r"label 'barck'.*nearest classes are .*Bark"):
        names('barck')


def test_the_table_of_words_is_checked(tmp_path):
    path = tmp_path / 'words.csv'
    path.write_text('word,heard\n')
    with pytest.raises(ValueError, match='expected the columns'):
        read_words(path)
    path.write_text('word,heard,seen\n*,a sound,a photo of {}\n')
    with pytest.raises(ValueError, match='expected two prompts'):
        read_words(path)
    path.write_text('word,heard,seen\n*,{},{}\ndog,Dog\n')
    with pytest.raises(ValueError, match='has 2 cells'):
        read_words(path)
    table = read_words()
    assert table.seen('Bark') == 'a photo of a barking dog'
    assert table.seen('Silence') is None
    assert table.seen('Teapot') == 'a photo of teapot'


@pytest.mark.parametrize('name', ['clap', 'clipseg', 'clip'])
def test_the_padding_of_a_short_sentence_has_no_part_in_it(networks, name):
    kinds = {'clap': 'ClapModel', 'clipseg': 'CLIPSegForImageSegmentation', 'clip': 'CLIPModel'}
    network = getattr(transformers, kinds[name]).from_pretrained(networks[name]).eval()
    tokens = transformers.AutoTokenizer.from_pretrained(networks[name])
    both = getattr(network, 'clip', network)
    (alone,) = text_features(both, tokens, ['a dog'])
    beside, other = text_features(both, tokens, ['a dog', 'a much longer sentence'])
    assert beside.tolist() == pytest.approx(alone.tolist(), abs=1e-5)
    assert not torch.allclose(alone, other, atol=1e-3)


def test_bfloat16_gives_nearly_the_same(networks):
    config = small()
    config.model.precision = 'bfloat16'
    clip = ArrayClip(*noise(2))
    rough = loaded(networks, config=config, labels='dog, siren')
    exact = localize_clip(loaded(networks, labels='dog, siren'), clip)
    assert localize_clip(rough, clip).maps == pytest.approx(exact.maps, abs=0.02)


def test_short_segments_are_cut_or_filled_up(networks):
    """The tiny tagger was trained with 208 rows: segments of one second are half of them."""
    config = small()
    config.test_dataloader.dataset.pipeline[1].seconds = 1.0
    clip = ArrayClip(*noise(2))
    rows = {}
    for pad in (False, True):
        config.model.pad = pad
        model = loaded(networks, config=config)
        tagger = model.network.tagger
        extract = tagger._features

        def features(*args, pad=pad, extract=extract):
            found = extract(*args)
            rows.setdefault(pad, found)
            return found

        tagger._features = features
        localize_clip(model, clip)
        # Another length later on is fitted anew.
        assert tagger(torch.zeros(1, 32000)).shape == (1, len(CLASSES))
    assert rows[False].shape[1:] == (98, 32)
    assert rows[True].shape[1:] == (208, 32)


def test_clips_that_cannot_be_read_are_told(networks):
    network = loaded(networks, labels='dog, siren').network
    inputs = {
        'imgs': [torch.zeros(3, 2, 32, 32), None],
        'audios': [torch.zeros(1, 1, 32000), None],
    }
    samples = [LocalizationDataSample(), LocalizationDataSample(metainfo={'unreadable': 'gone'})]
    read, lost = network.test_step({'inputs': inputs, 'data_samples': samples})
    assert read.pred_map.shape == (10, 8, 8)
    assert read.words == ['dog', 'siren']
    assert 'pred_map' not in lost
    with pytest.raises(ValueError, match='is not trained'):
        network({'imgs': None, 'audios': None}, [], mode='loss')


def refused(match, networks, **options):
    with pytest.raises(ValueError, match=match) as caught:
        loaded(networks, **options)
    assert '\n' not in str(caught.value)


def test_wrong_networks_are_refused_in_one_line(networks, tmp_path, monkeypatch):
    refused("model_type is 'clap', expected one of", networks, vision='clap')
    networks = {**networks, 'empty': tmp_path}
    refused('has no config.json', networks, tagger='empty')
    networks['gone'] = '/no/such/folder'
    refused('no such folder', networks, tagger='gone')
    # What no machine without a network has.
    networks['hub'] = 'nobody/nothing'
    refused('neither a folder nor in the cache.*hf download nobody/nothing', networks, tagger='hub')
    refused('has no classes of its own', networks, tagger='clap')
    refused("label 'sirrem': .*nearest classes are Siren", networks, labels='dog, sirrem')
    monkeypatch.setattr(pretrained, '_free_megabytes', lambda: 0.001)
    refused('not enough memory for a network', networks)


def test_missing_weights_are_refused_by_name(networks, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / 'broken'
    folder.mkdir()
    for file in networks['clipseg'].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    weights = load_file(folder / 'model.safetensors')
    del weights['decoder.film_mul.weight']
    save_file(weights, folder / 'model.safetensors', {'format': 'pt'})
    refused(
        'lack 1 parameters, such as decoder.film_mul.weight', {**networks, 'x': folder}, vision='x'
    )
    (folder / 'preprocessor_config.json').unlink()
    save_file(
        load_file(networks['clipseg'] / 'model.safetensors'),
        folder / 'model.safetensors',
        {'format': 'pt'},
    )
    refused('no image_mean and image_std', {**networks, 'x': folder}, vision='x')


def test_the_extra_is_named_where_it_is_missing(networks, monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    refused(r'pip install "mmssl\[open\]"', networks)


def test_a_config_builds_without_any_network():
    init_default_scope('mmaction')
    network = MODELS.build(Config.fromfile(CONFIG).model)
    assert not list(network.parameters())


def test_arguments_that_do_not_fit_are_refused(networks, tmp_path):
    with pytest.raises(ValueError, match='has weights of its own'):
        load_localizer('open-vocabulary', 'x.pth')
    with pytest.raises(ValueError, match='labels given, but soundingshapes has no vocabulary'):
        load_localizer('soundingshapes', options={'labels': 'dog'})
    with pytest.raises(ValueError, match='labels given beside a model that has its own'):
        load_localizer(loaded(networks), options={'labels': 'dog'})
    with pytest.raises(ValueError, match='no single graph to export'):
        export_onnx('open-vocabulary', tmp_path / 'x.onnx')


def test_results_name_the_words(networks, tmp_path):
    model = loaded(networks, labels='dog, siren')
    found = SoundLocalizationInferencer(model, show_progress=False)(
        noise(2), out_dir=tmp_path, outputs=['boxes', 'sheet', 'maps']
    )
    assert not found['failed']
    facts = json.loads((tmp_path / 'arrays_boxes.json').read_text())
    assert len(facts['words']) == 20
    assert {word for word, _ in facts['words'][0]} == {'dog', 'siren'}
    assert (tmp_path / 'arrays_sheet.png').stat().st_size > 1000


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """A folder of videos in which a red or a blue thing sounds, low or high."""
    folder = tmp_path_factory.mktemp('videos')
    for number in range(6):
        frames, samples = tones_and_colours()
        part = slice(0, 30) if number % 2 else slice(30, 60)
        sound = samples[part.start * 1600 : part.stop * 1600]
        write_video(folder / f'{number}.mp4', np.kron(frames[part], ONES), 10, sound)
    (folder / 'notes.txt').write_text('no video')
    return folder


#: The video is written in a size that encoders like.
ONES = np.ones((1, 2, 2, 1), np.uint8)


def options_for(by_hand, *size):
    hears, sees = by_hand
    return (
        *('--tagger', hears, '--vision', sees, '--labels', 'dog, siren', '--cfg-options'),
        *('model.precision=float32', 'model.grid=8', *size),
    )


SIZE = 'test_dataloader.dataset.pipeline.OpenClip.size=(32,32)'


def test_a_folder_labels_itself_and_trains_a_small_model(by_hand, videos, tmp_path):
    done = run_tool(
        *('-m', 'mmssl', 'boxes', CONFIG, '--data-root', videos, '--out', tmp_path / 'boxes.json'),
        *('--moments', tmp_path / 'moments.json', '--work-dir', tmp_path / 'mining'),
        *options_for(by_hand, SIZE),
    )
    assert done.status == 0, done.output
    boxes = json.loads((tmp_path / 'boxes.json').read_text())
    assert [(entry['file'], entry['class']) for entry in boxes] == [
        (f'{number}.mp4', 'dog' if number % 2 else 'siren') for number in range(6)
    ]
    for entry in boxes:
        x0, _, x1, _ = entry['bbox'][0]
        assert (x0 + x1 < 1) == (entry['class'] == 'dog')
    assert len(json.loads((tmp_path / 'moments.json').read_text())) == 6
    student = CONFIG.replace('open-vocabulary_folder', 'mmssl_pseudo-labels')
    done = run_tool(
        *('tools/train.py', student, '--data-root', videos, '--epochs', '1'),
        *('--pseudo-labels', tmp_path / 'boxes.json', '--work-dir', tmp_path / 'student'),
        *('--cfg-options', 'train_dataloader.batch_size=2'),
    )
    assert done.status == 0, done.output
    found = run_tool(
        *('-m', 'mmssl', 'localize', videos / '1.mp4', tmp_path / 'student/epoch_1.pth'),
        *('--out', tmp_path / 'localized', '--outputs', 'boxes'),
    )
    assert found.status == 0, found.output
    facts = json.loads((tmp_path / 'localized/1_boxes.json').read_text())
    assert set(facts['class_scores']['av']) == {'dog', 'siren'}


def test_pseudo_labels_want_a_config_made_for_them(tmp_path):
    boxes = tmp_path / 'x.json'
    boxes.write_text('{}')
    done = run_tool('tools/train.py', 'configs/mmssl_soundingshapes.py', '--pseudo-labels', boxes)
    assert done.status == 2
    assert "expected form='pseudo-labels'" in done.errors
    assert done.errors.count('\n') == 1


@pytest.mark.parametrize('name', ['vggss', 'flickr-249', 'is3', 'avsbench-s4'])
def test_test_sets_are_scored_by_the_standard_tool(name, networks, standin, tmp_path):
    make = {
        'vggss': lambda folder: standin_sets.vggsound(folder, standin),
        'flickr-249': standin_sets.flickr,
        'is3': standin_sets.is3,
        'avsbench-s4': lambda folder: standin_sets.avsbench(folder) / 's4_data',
    }
    root = make[name](tmp_path / 'set')
    done = run_tool(
        *('tools/test.py', CONFIG.replace('folder', name), '--data-root', root),
        *('--out', tmp_path / 'scores.json', '--work-dir', tmp_path / 'work'),
        *('--dump-maps', tmp_path / 'maps', '--show-dir', tmp_path / 'pictures'),
        *options_for((networks['ast'], networks['clipseg']), SIZE),
    )
    assert done.status == 0, done.output
    scores = json.loads((tmp_path / 'scores.json').read_text())
    assert scores['loc/evaluated'] == scores['loc/expected'] > 0
    assert len(list((tmp_path / 'maps').rglob('*.np*'))) >= 1
    assert list((tmp_path / 'pictures').glob('*.png'))


def test_a_network_that_lies_nowhere_ends_in_one_line(videos, tmp_path):
    done = run_tool(
        *('-m', 'mmssl', 'localize', videos / '0.mp4', 'open-vocabulary', '--out', tmp_path)
    )
    assert done.status == 2
    (line,) = [line for line in done.errors.splitlines() if 'error: ' in line]
    assert 'hf download MIT/ast-finetuned-audioset-10-10-0.4593' in line
    assert '346 MB, licence BSD-3-Clause' in line
