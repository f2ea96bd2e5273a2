"""The inferencer: every kind of input, results that hold together, files, models by name."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.config import Config
from mmengine.fileio import load
from mmengine.registry import init_default_scope

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.inputs import FileInput, as_inputs, result_names
from mmssl.apis.model import load_model
from mmssl.apis.model_index import find_model, indexed_models
from mmssl.apis.windows import localize_clip
from mmssl.evaluation.map_files import MapFiles
from mmssl.localization import BoxRule, boxes_from_map
from mmssl.media import Clip, log_mel_chunks, read_sound, step_at, step_centres
from mmssl.soundingshapes import CLASS_NAMES, render_scene, sample_scene
from mmssl.structures import LocalizationDataSample
from tools.model_converters.publish_checkpoint import publish_checkpoint

from ..conftest import ROOT
from ..warm import run_tool
from .test_localize import Numbered

ENDS = ('_boxes.json', '_localized.mp4', '_maps.npz', '_sheet.png')


@pytest.fixture(scope='module')
def inferencer():
    return SoundLocalizationInferencer('soundingshapes', device='cpu', show_progress=False)


@pytest.fixture(scope='module')
def quick():
    """With no network in it, where results do not matter."""
    return SoundLocalizationInferencer(Numbered(), show_progress=False)


@pytest.fixture(scope='module')
def clips(tmp_path_factory):
    """A folder: two clips, the sound and a picture of the first, and what is no input."""
    folder = tmp_path_factory.mktemp('clips')
    for seed, name in enumerate(('one', 'two')):
        render_scene(folder / f'{name}.mp4', sample_scene(seed, 2.0))
    soundfile.write(folder / 'still.wav', read_sound(folder / 'one.mp4'), 16000, 'FLOAT')
    frame = Clip(folder / 'one.mp4').frames([0.95])[0]
    cv2.imwrite(str(folder / 'still.png'), frame[..., ::-1])
    cv2.imwrite(str(folder / 'alone.png'), frame)
    (folder / 'notes.txt').write_text('nothing')
    return folder


def arrays_of(path):
    clip = Clip(path)
    frames = np.stack(clip.frames(step_centres(round(clip.duration * 10))))
    return frames, clip.samples(0, clip.duration)


def maps_of(result):
    return [prediction['maps'] for prediction in result['predictions']]


def test_a_video_gives_maps_moments_boxes_and_scores(inferencer, clips):
    result = inferencer(str(clips / 'one.mp4'), top=3)
    (found,) = result['predictions']
    assert result['visualization'] == [{}]
    assert result['failed'] == []
    assert found['maps'].shape == (20, 7, 7)
    assert found['maps'].dtype == np.float32
    moments = found['moments']
    assert len(moments) == 3
    times = np.array([moment['time'] for moment in moments])
    assert np.abs(times[:, None] - times[None])[~np.eye(3, dtype=bool)].min() > 0.45
    agreement = [moment['agreement'] for moment in moments]
    assert agreement == sorted(agreement, reverse=True)
    assert agreement[0] == pytest.approx(found['agreement'].max(), abs=1e-4)
    best = boxes_from_map(found['maps'][step_at(moments[0]['time'])])[0]
    assert found['boxes'] == [pytest.approx(best.box, abs=1e-4)]
    assert moments[0]['box'] == found['boxes'][0]
    assert found['class'] == max(found['class_scores']['av'], key=found['class_scores']['av'].get)
    assert set(found['class_scores']['audio']) == set(CLASS_NAMES)


def test_every_kind_of_input(inferencer, clips):
    """The sound file holds the video's sound, so pairs and arrays give what the file gives."""
    video, sound, picture = (clips / name for name in ('one.mp4', 'still.wav', 'still.png'))
    given = [video, (str(video), sound), arrays_of(video), (picture, sound)]
    alone, pair, arrays, still = maps_of(inferencer(given))
    assert np.array_equal(alone, pair)
    assert np.array_equal(alone, arrays)
    assert still.shape == alone.shape
    assert not np.array_equal(still, alone)
    folder = inferencer(clips)
    assert [p['video'] for p in folder['predictions']] == [
        str(clips / name) for name in ('one.mp4', 'still.png', 'two.mp4')
    ]
    assert np.array_equal(maps_of(folder)[0], alone)
    assert np.array_equal(maps_of(folder)[1], still)


def test_batches_give_what_single_inputs_give(inferencer, clips):
    paths = [clips / 'one.mp4', clips / 'two.mp4', (clips / 'still.png', clips / 'still.wav')]
    single = [inferencer(path)['predictions'][0] for path in paths]
    batch = inferencer(paths, batch_size=2, decoder='pyav')['predictions']
    for one, other in zip(single, batch, strict=True):
        assert np.array_equal(one['maps'], other['maps'])
        assert one['moments'] == other['moments']
        assert one['class_scores'] == other['class_scores']


def test_data_samples_hold_the_same(inferencer, clips):
    given = [clips / 'one.mp4', clips / 'gone.mp4']
    sample, lost = inferencer(given, return_datasamples=True)['predictions']
    found, _ = inferencer(given)['predictions']
    assert isinstance(sample, LocalizationDataSample)
    assert np.array_equal(sample.pred_map.numpy(), found['maps'])
    assert sample.moment == found['moments'][0]['time']
    assert sample.pred_boxes.numpy() == pytest.approx(np.array(found['boxes']), abs=1e-4)
    assert sample.pred_step_scores['audio'].shape == (20, 8)
    assert sample.classes[int(sample.pred_label)] == found['class']
    assert 'no such file' in lost.unreadable
    assert 'pred_map' not in lost


def test_class_scores_are_the_heads_own_on_the_whole_clip(inferencer, clips):
    frames, samples = arrays_of(clips / 'one.mp4')
    (sample,) = inferencer((frames, samples), return_datasamples=True)['predictions']
    network = inferencer.model.network
    data = {
        'inputs': {
            'imgs': [torch.from_numpy(frames).permute(3, 0, 1, 2)],
            'audios': [log_mel_chunks(samples)],
        },
        'data_samples': [],
    }
    with torch.no_grad():
        features, _ = network.extract_feat(network.data_preprocessor(data, False)['inputs'])
        logits = network.cls_head(features)
        maps, _ = network.cls_head.localize(features)
    for name, values in logits.items():
        assert sample.pred_score[name].numpy() == pytest.approx(values[0].softmax(0), abs=1e-5)
    assert torch.allclose(sample.pred_map, maps[0], atol=1e-4)


def test_a_long_clip_has_no_seams(inferencer, tmp_path):
    """11 s: two windows."""
    render_scene(tmp_path / 'long.mp4', sample_scene(4, 11.0))
    clip = Clip(tmp_path / 'long.mp4')
    starts = []

    def count(windows):
        for start in windows:
            starts.append(start)
            yield start

    pieces = localize_clip(inferencer.model, clip, count, window=8)
    whole = inferencer.model.localize_window(clip, 0, 11)
    assert starts == [0, 8]
    assert pieces.maps.shape == (110, 7, 7)
    assert np.allclose(pieces.maps, whole.maps, atol=1e-3)
    assert np.allclose(pieces.agreement, whole.agreement, atol=1e-4)
    # Without margins the steps beside a seam lack their context: the test can fail.
    cut = inferencer.model.localize_window(clip, 8, 3)
    assert not np.allclose(cut.maps[0], whole.maps[80], atol=1e-1)


def test_an_unreadable_file_does_not_stop_the_others(quick, clips, tmp_path):
    (tmp_path / 'damaged.mp4').write_bytes(b'damaged')
    given = [
        tmp_path / 'damaged.mp4',
        clips / 'alone.png',
        tmp_path / 'gone.mp4',
        clips / 'two.mp4',
    ]
    result = quick(given, out_dir=tmp_path / 'out', outputs=['maps'])
    assert [path for path, _ in result['failed']] == [str(path) for path in given[:3]]
    reasons = [reason for _, reason in result['failed']]
    assert 'PyAV cannot open it' in reasons[0]
    assert 'no audio stream' in reasons[1]
    assert reasons[2] == f'{tmp_path}/gone.mp4: no such file'
    assert [p.get('unreadable') for p in result['predictions']] == [*reasons, None]
    assert result['visualization'] == [{}, {}, {}, {'maps': tmp_path / 'out/two_maps.npz'}]


def test_unknown_arguments_and_inputs_are_refused(inferencer, clips, tmp_path):
    video = clips / 'one.mp4'
    with pytest.raises(ValueError, match=r'arguments outdir, threshold, known are .*out_dir'):
        inferencer(video, outdir='x', threshold=3)
    with pytest.raises(ValueError, match=r'top is 0, expected a whole number'):
        inferencer(video, top=0)
    with pytest.raises(ValueError, match=r"outputs name \['film'\], known are maps"):
        inferencer(video, out_dir=tmp_path, outputs=['film'])
    with pytest.raises(ValueError, match='out_dir is missing'):
        inferencer(video, outputs=['maps'])
    with pytest.raises(ValueError, match='an input is of type int, expected a path'):
        inferencer([video, 3])
    with pytest.raises(ValueError, match='an input is a tuple of PosixPath, ndarray'):
        inferencer((video, np.zeros(3)))
    with pytest.raises(ValueError, match='is a folder, expected files in a tuple'):
        inferencer((clips, clips))
    with pytest.raises(ValueError, match='nothing to localize in it, expected video files'):
        inferencer(tmp_path)
    frames, samples = np.zeros((10, 8, 8, 3), np.uint8), np.zeros(16000, np.float32)
    with pytest.raises(ValueError, match=r'type float64, expected uint8 \(T, H, W, 3\)'):
        inferencer((frames / 255, samples))
    with pytest.raises(ValueError, match=r'samples have shape \(2, 8000\)'):
        inferencer((frames, samples.reshape(2, -1)))
    with pytest.raises(ValueError, match=r'share 0\.10 s, expected at least'):
        inferencer((frames[:1], samples))


def test_files_hold_what_was_found(inferencer, clips, tmp_path):
    given = [clips / 'one.mp4', (clips / 'still.png', clips / 'still.wav')]
    given.append(arrays_of(clips / 'two.mp4'))
    result = inferencer(given, out_dir=tmp_path, top=2, box_rule=BoxRule(several=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f'{name}{end}' for name in ('one', 'still', 'arrays') for end in ENDS
    )
    assert set(MapFiles(tmp_path)) == {'one', 'still', 'arrays'}
    for name, found in zip(('one', 'still', 'arrays'), result['predictions']):
        assert np.array_equal(MapFiles(tmp_path)[name], found['maps'])
        written = json.loads((tmp_path / f'{name}_boxes.json').read_text())
        assert written == {k: v for k, v in found.items() if k not in ('maps', 'agreement')}
        assert len(written['moments']) == 2
        assert cv2.imread(str(tmp_path / f'{name}_sheet.png')).std() > 10
        film = tmp_path / f'{name}_localized.mp4'
        assert Clip(film).duration == pytest.approx(2.0, abs=0.05)
        source = read_sound(clips / ('two.mp4' if name == 'arrays' else 'one.mp4'))
        heard = read_sound(film)[: len(source)]
        assert np.corrcoef(heard, source[: len(heard)])[0, 1] > 0.95


def test_results_get_names_of_their_own(quick, clips, tmp_path):
    def named(*stems):
        return result_names([FileInput(f'{i}/{stem}.mp4') for i, stem in enumerate(stems)])

    assert named('a', 'b', 'a', 'A') == ['a', 'b', 'a_2', 'A_3']
    assert named('a', 'a', 'a_2') == ['a', 'a_3', 'a_2']
    source = (clips / 'one.mp4').read_bytes()
    videos = [tmp_path / 'x/clip.mp4', tmp_path / 'y/clip.mp4', tmp_path / 'out/clip_localized.mp4']
    for video in videos:
        video.parent.mkdir(exist_ok=True)
        video.write_bytes(source)
    out = {'out_dir': tmp_path / 'out', 'outputs': ['boxes', 'video']}
    # An input in the folder of results is not overwritten.
    names = [f['video'].name for f in quick(videos[::2], **out)['visualization']]
    assert names == ['clip_2_localized.mp4', 'clip_localized_localized.mp4']
    assert videos[2].read_bytes() == source
    # Another clip of the name leaves the first one's results, the same clip replaces its own.
    for _ in range(2):
        (paths,) = quick(videos[1], out_dir=tmp_path / 'again', outputs=['boxes'])['visualization']
        assert paths['boxes'].name == 'clip_boxes.json'
    (paths,) = quick(videos[0], out_dir=tmp_path / 'again', outputs=['boxes'])['visualization']
    assert paths['boxes'].name == 'clip_2_boxes.json'


def refuse(video, out, draw, **options):
    from mmssl.media import MediaError

    Path(out).write_bytes(b'half')
    raise MediaError(f'{video}: cannot be rewritten')


def test_nothing_half_written_is_left_where_a_video_cannot_be_rewritten(
    quick, clips, tmp_path, monkeypatch
):
    from mmssl.apis import overlays

    monkeypatch.setattr(overlays, 'overlay_video', refuse)
    result = quick([clips / 'one.mp4', clips / 'two.mp4'], out_dir=tmp_path)
    assert [reason for _, reason in result['failed']] == [
        f'{clips}/{name}.mp4: cannot be rewritten' for name in ('one', 'two')
    ]
    assert set(result['visualization'][0]) == {'maps', 'boxes', 'sheet'}
    assert 'maps' in result['predictions'][0]
    assert all(path.suffix != '.mp4' for path in tmp_path.iterdir())


def test_results_come_one_at_a_time(quick, clips):
    stream = quick.stream([clips / 'one.mp4', clips / 'gone.mp4'])
    first = next(stream)
    assert first['input'] == str(clips / 'one.mp4')
    assert first['failed'] is None
    assert 'no such file' in next(stream)['failed']
    with pytest.raises(ValueError, match='unknown arguments typo'):
        quick.stream([], typo=1)  # at once, not with the first result


def test_models_by_name_checkpoint_config_and_object(inferencer):
    entry = find_model('SoundingShapes')
    assert entry == find_model('mmssl_soundingshapes_large')
    expected, options = inferencer.model, {'device': 'cpu', 'show_progress': False}
    for given in (
        (entry.weights,),
        (None, entry.weights),
        (entry.config, entry.weights),
        (Config.fromfile(entry.config), str(entry.weights)),
        (Config.fromfile(entry.config).to_dict(), entry.weights),
    ):
        model = SoundLocalizationInferencer(*given, **options).model
        state = model.network.state_dict()
        for name, values in expected.network.state_dict().items():
            assert torch.equal(state[name], values)
        assert model.network.cls_head.attention == expected.network.cls_head.attention
        assert model.classes == expected.classes
        assert model.pipeline.steps[1:] == expected.pipeline.steps[1:]
    assert SoundLocalizationInferencer(expected, **options).model is expected
    for given, reason in (
        (
            ('resnet',),
            "'resnet' is neither a file nor the name of a model; models with weights are "
            'mmssl_soundingshapes_large (soundingshapes), others alignment-ogl_r18',
        ),
        (('soundingshape',), 'nor the name of a model, did you mean soundingshapes?'),
        (('ezvsl',), "'ezvsl' is neither a file nor the name of a model, did you mean ez-vsl?"),
        (
            ('vggsound',),
            'or the name of a model that has weights: mmssl_soundingshapes_large (soun',
        ),
        ((entry.config,), 'has no weights: give the path of a checkpoint'),
        ((entry.weights, entry.weights), 'both given as weights'),
        ((ROOT / 'configs/mmssl_vggsound.py', entry.weights), 'its weights are not of this config'),
        ((), 'has no weights'),
        ((inferencer.model, entry.weights), 'beside a model that has its own'),
    ):
        with pytest.raises(ValueError, match=re.escape(reason)):
            SoundLocalizationInferencer(*given, **options)


def metafiles():
    return [ROOT / path for path in load(ROOT / 'model-index.yml')['Import']]


def indexed():
    return [model for path in metafiles() for model in load(path)['Models']]


def test_the_index_lists_every_config_of_a_model():
    """The lint of OpenMMLab's metafile form."""
    for path in metafiles():
        content = load(path)
        assert set(content) == {'Collections', 'Models'}
        (collection,) = content['Collections']
        assert set(collection) == {'Name', 'Metadata', 'README', 'Paper'}
        assert collection['Name'] == path.parent.name
        assert ROOT / collection['README'] == path.with_name('README.md')
        assert (ROOT / collection['README']).is_file()
        assert {model['In Collection'] for model in content['Models']} == {collection['Name']}
    for model in indexed():
        required = {'Name', 'In Collection', 'Config', 'Metadata'}
        assert required <= set(model) <= required | {'Alias', 'Results', 'Weights'}
        assert model['Name'] == (ROOT / model['Config']).stem
        assert {'Training Data', 'Parameters'} <= set(model['Metadata']) <= {
            'Training Data', 'Parameters', 'Epochs',
        }  # fmt: skip
        for result in model.get('Results', []):
            assert set(result) == {'Task', 'Dataset', 'Metrics'}
            assert all(0 <= value <= 100 for value in result['Metrics'].values())
    models = indexed_models()
    configs = {*ROOT.glob('configs/*.py'), *ROOT.glob('configs/[!_]*/*.py')}
    assert {m.config for m in models} == configs - {*ROOT.glob('configs/test/*.py')}
    names = [name for model in models for name in (model.name, *model.aliases)]
    assert len(set(names)) == len(names)
    for model in models:
        assert model.weights is None or 0 < model.weights.stat().st_size < 3e6


def test_parameters_in_the_index_are_counted():

    init_default_scope('mmaction')
    for entry in indexed():
        model = Config.fromfile(ROOT / entry['Config']).model
        model.pop('object_prior', None)  # a network of its own, whose weights are the user's
        with torch.device('meta'):
            network = MODELS.build(model)
        count = sum(values.numel() for values in network.parameters())
        assert entry['Metadata']['Parameters'] == count, entry['Name']


def test_a_published_checkpoint_is_small_and_scores_alike(clips, tmp_path):
    config = Config.fromfile(ROOT / 'configs/mmssl/mmssl_soundingshapes_large.py')
    state = load_model(find_model('soundingshapes').weights).network.state_dict()
    torch.manual_seed(0)
    # As a training leaves them: all digits, beside an optimizer.
    state = {
        k: v * (1 + 1e-4 * torch.randn_like(v)) if v.is_floating_point() else v
        for k, v in state.items()
    }
    meta = {'cfg': config.pretty_text, 'dataset_meta': {'classes': CLASS_NAMES}, 'epoch': 7}
    torch.save({'state_dict': state, 'meta': meta, 'optimizer': state}, tmp_path / 'full.pth')
    tool = 'tools/model_converters/publish_checkpoint.py'
    done = run_tool(tool, tmp_path / 'full.pth', tmp_path / 'small.pth')
    assert done.status == 0, done.errors
    small, full = (tmp_path / f'{name}.pth' for name in ('small', 'full'))
    assert f'small.pth: {small.stat().st_size / 1e6:.2f} MB' in done.printed
    assert small.stat().st_size < 0.55 * full.stat().st_size
    content = torch.load(small, weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta']['epoch'] == 7
    assert 'optim_wrapper' not in content['meta']['cfg']
    clip = Clip(clips / 'one.mp4')
    one, other = (localize_clip(load_model(path), clip) for path in (full, small))
    assert not np.array_equal(one.maps, other.maps)
    assert np.abs(one.maps - other.maps).max() < 0.02 * np.abs(one.maps).max()
    assert np.abs(one.scores['av'] - other.scores['av']).max() < 0.05
    publish_checkpoint(full, tmp_path / 'exact.pth', half=False)
    exact = torch.load(tmp_path / 'exact.pth', weights_only=True)['state_dict']
    assert all(torch.equal(exact[name], state[name]) for name in state)
    torch.save({'state_dict': state}, tmp_path / 'bare.pth')
    with pytest.raises(ValueError, match='has no config or no classes'):
        publish_checkpoint(tmp_path / 'bare.pth', tmp_path / 'x.pth')


def test_folders_and_lists_become_inputs(clips):
    assert [item.label for item in as_inputs([clips, [clips / 'two.mp4']])] == [
        f'{clips}/one.mp4',
        f'{clips}/still.png with {clips}/still.wav',
        f'{clips}/two.mp4',
        f'{clips}/two.mp4',
    ]


def test_classes_that_the_training_had_no_names_for_are_numbers(tmp_path):
    content = torch.load(find_model('soundingshapes').weights, weights_only=True)
    content['meta']['dataset_meta']['classes'] = ['one', 'two', 'three']
    torch.save(content, tmp_path / 'few.pth')
    config = ROOT / 'configs/mmssl/mmssl_soundingshapes_large.py'
    model = load_model(tmp_path / 'few.pth', config)
    assert model.classes == ['one', 'two', 'three', '3', '4', '5', '6', '7']


@pytest.fixture(scope='module')
def attention(tmp_path_factory):
    """A checkpoint of a model that tells no classes, with random weights."""
    config = Config.fromfile(ROOT / 'configs/attention_localizer/attention_r18_soundingshapes.py')
    config.model.weights = None
    init_default_scope('mmaction')
    torch.manual_seed(0)
    state = MODELS.build(config.model).state_dict()
    path = tmp_path_factory.mktemp('attention') / 'attention.pth'
    torch.save({'state_dict': state, 'meta': {'cfg': config.pretty_text}}, path)
    return path


def test_a_model_that_tells_no_classes_localizes(attention, clips, tmp_path):
    path = attention
    find = SoundLocalizationInferencer(path, device='cpu', show_progress=False)
    found = find(clips / 'one.mp4', out_dir=tmp_path)
    assert not found['failed']
    (prediction,), (files,) = found['predictions'], found['visualization']
    assert not {'class', 'class_scores', 'agreement'} & set(prediction)
    written = json.loads(files['boxes'].read_text())
    assert set(written['moments'][0]) == {'time', 'box', 'box_score'}
    maps = prediction['maps']
    assert len(maps) == 20
    # Moments are ranked by the peaks of the maps.
    assert written['moments'][0]['time'] == pytest.approx(maps.max((1, 2)).argmax() / 10 + 0.05)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f'one{end}' for end in ENDS]
    # A step's map is that of the test pipeline on its picture and the sound around it.
    model = find.model
    inputs = model.pipeline(Clip(clips / 'one.mp4'), 0, 2)
    (alone,) = model.predict(inputs['imgs'][None, :, 7:8].numpy(), inputs['audios'][None].numpy())[
        0
    ]
    assert np.allclose(alone[0], maps[7], atol=1e-5)


def test_what_needs_classes_refuses_a_model_without(attention, tmp_path):
    model = load_model(attention)
    with pytest.raises(ValueError, match='AttentionLocalizer tells no classes'):
        model.require_classes()


@TRANSFORMS.register_module()
class Darken(BaseTransform):
    """A preprocessing of somebody else."""

    def transform(self, results):
        results['imgs'] = [picture // 2 for picture in results['imgs']]
        return results


def test_a_transform_of_the_test_pipeline_changes_what_is_localized(clips, inferencer):
    entry = find_model('soundingshapes')
    config = Config.fromfile(entry.config)
    config.test_dataloader.dataset.pipeline.insert(2, dict(type='Darken'))
    config.test_dataloader.dataset.pipeline.insert(1, dict(type='mmssl.SelectMoment'))
    darkened = SoundLocalizationInferencer(config, entry.weights, 'cpu', show_progress=False)
    frames, samples = arrays_of(clips / 'one.mp4')
    (expected,) = inferencer((frames // 2, samples))['predictions']
    (found,) = darkened((frames, samples))['predictions']
    (plain,) = inferencer((frames, samples))['predictions']
    assert np.array_equal(found['maps'], expected['maps'])
    assert not np.array_equal(found['maps'], plain['maps'])
