"""Hook, visualizer and drawing together: pixels are looked at, backends are listened to."""

import random
import shutil
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import VISBACKENDS, init_default_scope
from mmengine.runner import Runner
from mmengine.visualization import Visualizer
from mmengine.visualization.vis_backend import BaseVisBackend

from mmssl.engine import LocalizationVisualizationHook, localization_visualization_hook
from mmssl.media import Clip, log_mel_chunks
from mmssl.registry import HOOKS, VISUALIZERS
from mmssl.structures import LocalizationDataSample
from mmssl.visualization import SampleCase, draw_mask, sample_page
from mmssl.visualization.drawing import GREEN, ORANGE
from mmssl.visualization.samples import HEAD_COLOURS, MOMENT_COLOUR
from mmssl.visualization.visualizer import SoundLocalizationVisualizer

from ..conftest import ROOT
from ..projects.test_visualize import is_colour, render
from ..test_end_to_end import TWO_PROCESSES, run, short_training

GREY = (100, 100, 100)


@VISBACKENDS.register_module()
class RecordingVisBackend(BaseVisBackend):
    """Keeps what it is given, as TensorBoard's backend would be given it."""

    pictures: list = []

    def __init__(self, save_dir=None):
        super().__init__(save_dir)

    experiment = None

    def _init_env(self):
        pass

    def add_image(self, name, image, step=0, **kwargs):
        self.pictures.append((name, step, image))


@pytest.fixture
def recorded(monkeypatch):
    """Tags, steps and pictures that reach a backend."""
    monkeypatch.setattr(RecordingVisBackend, 'pictures', [])
    return RecordingVisBackend.pictures


def case(**changes):
    values = np.zeros((8, 8))
    values[2, 5] = 1
    settings = dict(
        title='clip',
        frame=np.full((80, 80, 3), GREY[0], np.uint8),
        values=values,
        true_boxes=np.array([[0.1, 0.5, 0.4, 0.9]]),
        found_box=(0.5, 0.1, 0.9, 0.4),
        scores={'av': np.array([0.1, 0.7, 0.2]), 'audio': np.array([0.3, 0.6, 0.1])},
        classes=['cat', 'dog', 'bell'],
        spectrogram=np.zeros((300, 80)),
        time=1.0,
        label=2,
    )
    return SampleCase(**{**settings, **changes})


def test_boxes_are_drawn_where_they_are():
    figure = sample_page(case())
    pixels, place = render(figure)
    axis = figure.axes[2]
    for (x0, y0, x1, y1), colour in (
        ((0.1, 0.5, 0.4, 0.9), GREEN),
        ((0.5, 0.1, 0.9, 0.4), ORANGE),
    ):
        left, top, right, bottom = (int(79 * value) for value in (x0, y0, x1, y1))
        middle = (left + right) // 2, (top + bottom) // 2
        edges = [(left, middle[1]), (right, middle[1]), (middle[0], top), (middle[0], bottom)]
        assert all(is_colour(pixels[place(axis, *edge)], np.array(colour) / 255) for edge in edges)
        assert is_colour(pixels[place(axis, *middle)], np.array(GREY) / 255)
    # Neither the frame alone nor the map shows a box.
    for other in figure.axes[:2]:
        assert is_colour(pixels[place(other, 7, 55)], np.array(GREY) / 255)


def test_a_mask_is_outlined():
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:20] = True
    drawn = draw_mask(np.zeros((80, 80, 3), np.uint8), mask)
    assert tuple(drawn[40, 20]) == tuple(drawn[20, 30]) == tuple(drawn[59, 30]) == GREEN
    assert not drawn[40, 30].any()
    assert not drawn[40, 60].any()
    assert not drawn[10, 10].any()


def test_the_map_is_hottest_where_it_is_highest():
    figure = sample_page(case())
    pixels, place = render(figure)
    away = np.array(
        [
            [
                np.abs(pixels[place(figure.axes[1], 10 * x + 4.5, 10 * y + 4.5)] - np.array(GREY))
                for x in range(8)
            ]
            for y in range(8)
        ]
    ).sum(-1)
    assert np.unravel_index(away.argmax(), away.shape) == (2, 5)
    red, _, blue = pixels[place(figure.axes[1], 54.5, 24.5)].astype(int)
    assert red > blue + 30  # warm, not the cold end of the scale
    assert away[6, 1] == 0


def test_bars_are_as_long_as_the_scores_and_the_best_class_is_on_top():
    figure = sample_page(case())
    pixels, place = render(figure)
    axis = figure.axes[4]
    assert [text.get_text() for text in axis.texts] == ['dog', 'bell', 'cat']
    for row, number in enumerate((1, 2, 0)):
        for head, (scores, colour) in enumerate(zip(case().scores.values(), HEAD_COLOURS)):
            y = row - 0.2 + (head + 0.5) * 0.3
            assert is_colour(pixels[place(axis, scores[number] - 0.02, y)], colour)
            assert not is_colour(pixels[place(axis, scores[number] + 0.02, y)], colour)
    true = [text.get_text() for text in axis.texts if text.get_weight() == 'bold']
    assert true == ['bell']


def test_the_true_class_is_shown_however_low():
    scores = {'av': np.linspace(0.2, 0, 20)}
    names = [str(number) for number in range(20)]
    figure = sample_page(case(scores=scores, classes=names, label=15))
    assert [text.get_text() for text in figure.axes[4].texts] == ['0', '1', '2', '3', '15']
    with pytest.raises(ValueError, match=r"scores of \{'av': 20\} classes, expected 3"):
        case(scores=scores)


def test_the_instant_is_marked_in_the_sound():
    figure = sample_page(case())
    pixels, place = render(figure)
    for time, there in ((1.0, True), (0.5, False), (2.0, False)):
        spot = pixels[place(figure.axes[3], time, 40)]
        assert is_colour(spot, MOMENT_COLOUR) == there


def predicted(steps=30, best=20, **fields):
    """A sample with a prediction: the map's peak is highest around the step ``best``."""
    sample = LocalizationDataSample(metainfo={'video_id': 'a/b c', **fields})
    maps = torch.zeros(steps, 4, 4)
    maps[:, 1, 2] = torch.exp(-0.1 * (torch.arange(steps) - best).abs())
    sample.set_pred_map(maps)
    return sample.set_pred_score({'av': torch.tensor([0.2, 0.8])})


def visualizer(folder, *backends):
    return VISUALIZERS.build(
        dict(
            type='mmssl.SoundLocalizationVisualizer',
            name=f'{folder}-{random.random()}',
            save_dir=str(folder),
            vis_backends=[dict(type=backend) for backend in backends],
        )
    )


def coloured_frames(count):
    """Frames of one colour each, which nothing else on a sheet has."""
    return np.stack([np.full((40, 40, 3), (7, 60 + 10 * i, 201), np.uint8) for i in range(count)])


def shown_frame(sheet, count):
    """The number of the only frame whose colour fills a large part of a sheet."""
    found = [(sheet == frame[0, 0]).all(-1).sum() for frame in coloured_frames(count)]
    assert sum(size > 5000 for size in found) == 1
    return int(np.argmax(found))


def test_backends_get_the_sheet_of_the_moment(tmp_path, recorded):
    drawer = visualizer(tmp_path, 'LocalVisBackend', 'RecordingVisBackend')
    sample = predicted().set_moment(1.25)
    sound = np.zeros((1, 3, 100, 80))
    sheet = drawer.add_datasample('val_x', coloured_frames(6), sample, spectrogram=sound, step=7)
    # Step 12 of 30 is frame 2 of 6.
    assert shown_frame(sheet, 6) == 2
    written = cv2.imread(str(tmp_path / 'vis_data/vis_image/val_x_7.png'))[..., ::-1]
    assert np.array_equal(written, sheet)
    ((tag, step, image),) = recorded
    assert (tag, step) == ('val_x', 7)
    assert np.array_equal(image, sheet)
    # Without a moment it is the step that the model likes best: 20.
    sheet = drawer.draw_sheet(coloured_frames(6), predicted(), sound)
    assert shown_frame(sheet, 6) == 4
    del sample.pred_score
    with pytest.raises(ValueError, match='a/b c: pred_score missing'):
        drawer.draw_sheet(coloured_frames(6), sample, sound)


def test_a_file_takes_the_place_of_the_backends(tmp_path, recorded):
    drawer = visualizer(tmp_path, 'RecordingVisBackend')
    out = tmp_path / 'new/x.png'
    sound = np.zeros((300, 80))
    sheet = drawer.add_datasample(
        'x', coloured_frames(3), predicted(), spectrogram=sound, out_file=out
    )
    assert np.array_equal(cv2.imread(str(out))[..., ::-1], sheet)
    assert [path.name for path in out.parent.iterdir()] == ['x.png']
    assert not recorded


class Drawn:
    """Stands for the runner; its visualizer notes tags."""

    def __init__(self, folder, rank=0, model=None):
        self.rank, self.iter, self.epoch, self.model = rank, 41, 3, model
        self.log_processor = SimpleNamespace(by_epoch=True)
        self.logger = SimpleNamespace(warning=lambda text: self.warnings.append(text))
        self.warnings = []
        self.visualizer = visualizer(folder, 'RecordingVisBackend')
        self.visualizer.draw_sheet = lambda frames, *_: frames


def hook(**settings):
    return HOOKS.build(
        dict(type='mmssl.LocalizationVisualizationHook', **{'enable': True, **settings})
    )


def batch(samples, frames=2):
    imgs = torch.arange(frames, dtype=torch.uint8)[None, :, None, None].expand(3, frames, 4, 4)
    return {
        'inputs': {'imgs': [imgs] * len(samples), 'audios': [torch.zeros(1, 3, 100, 80)] * 3},
        'data_samples': samples,
    }


def named(*numbers):
    return [LocalizationDataSample(metainfo={'video_id': f'v{n}'}) for n in numbers]


def one_epoch(drawer, runner, mode='test', unreadable=()):
    """Eight samples in batches of three, three and two."""
    getattr(drawer, f'before_{mode}_epoch')(runner)
    for index, numbers in enumerate(([0, 1, 2], [3, 4, 5], [6, 7])):
        samples = named(*numbers)
        for sample in samples:
            if sample.video_id in unreadable:
                sample.set_metainfo({'unreadable': 'gone'})
        getattr(drawer, f'after_{mode}_iter')(runner, index, batch(samples), samples)


@pytest.mark.parametrize(
    ('settings', 'expected'),
    [
        (dict(interval=1), [0, 1, 2, 3, 4, 5, 6, 7]),
        (dict(interval=2), [0, 2, 4, 6]),
        (dict(interval=3), [0, 3, 6]),
        (dict(interval=5), [0, 5]),
        (dict(interval=7), [0, 7]),
        (dict(interval=8), [0]),
        (dict(interval=2, limit=3), [0, 2, 4]),
        (dict(interval=1, limit=0), []),
        (dict(interval=0), []),
        (dict(interval=1, enable=False), []),
    ],
)
def test_interval_counts_samples_not_batches(tmp_path, recorded, settings, expected):
    drawer, runner = hook(**settings), Drawn(tmp_path)
    for _ in range(2):  # every epoch begins at 0 again
        recorded.clear()
        one_epoch(drawer, runner)
        assert [tag for tag, *_ in recorded] == [f'test_v{n}' for n in expected]


def test_samples_that_cannot_be_drawn_are_passed_over_and_counted(tmp_path, recorded):
    drawer, runner = hook(interval=2, limit=2), Drawn(tmp_path)
    one_epoch(drawer, runner, unreadable=('v2', 'v4'))
    assert [tag for tag, *_ in recorded] == ['test_v0', 'test_v6']
    broken = predicted()
    broken.pred_map[0, 0, 0] = float('nan')
    drawer.before_test_epoch(runner)
    drawer.after_test_iter(runner, 0, batch([broken]), [broken])
    assert len(recorded) == 2
    assert runner.warnings == ['a/b c is not drawn: its map has NaN or infinite values']


def test_tags_and_steps(tmp_path, recorded):
    drawer, runner = hook(interval=8), Drawn(tmp_path)
    one_epoch(drawer, runner, 'val')
    drawer.before_train(runner)
    one_epoch(drawer, runner, 'val')
    runner.log_processor.by_epoch = False
    one_epoch(drawer, runner, 'val')
    sample = predicted()
    drawer.before_test_epoch(runner)
    drawer.after_test_iter(runner, 0, batch([sample]), [sample])
    steps = [('val_v0', 0), ('val_v0', 3), ('val_v0', 41), ('test_a_b_c', 0)]
    assert [(tag, step) for tag, step, _ in recorded] == steps


def test_other_processes_and_other_visualizers(tmp_path, recorded):
    one_epoch(hook(interval=1), Drawn(tmp_path, rank=1))
    assert not recorded
    other = SimpleNamespace(visualizer=Visualizer.get_instance(f'plain-{tmp_path}'))
    with pytest.raises(TypeError, match=r'is a Visualizer, expected .*SoundLocalizationVisualizer'):
        hook().before_run(other)
    hook(enable=False).before_run(other)
    with pytest.raises(ValueError, match='interval is -1'):
        hook(interval=-1)
    with pytest.raises(ValueError, match='limit is -2'):
        hook(limit=-2)
    with pytest.raises(TypeError, match='unexpected keyword'):
        hook(intervall=3)


class Listener(torch.nn.Module):
    """Stands for a model; part of it is frozen, and predicting draws random numbers."""

    def __init__(self):
        super().__init__()
        self.moving, self.frozen = torch.nn.Dropout(), torch.nn.Dropout().eval()
        self.asked = []

    def test_step(self, data):
        assert not any(module.training for module in self.modules())
        assert not torch.is_grad_enabled()
        torch.rand(3), np.random.rand(3), random.random()
        self.asked.append((data['inputs']['imgs'][0][0, :, 0, 0].tolist(), data['data_samples'][0]))
        return data['data_samples']


def test_training_shows_the_frames_that_are_heard_and_no_boxes(tmp_path, recorded):
    model = Listener()
    drawer, runner = hook(interval=1), Drawn(tmp_path, model=model)
    samples = named(0, 1, 2)
    samples[0].set_metainfo({'heard_seconds': (1, 3), 'total_seconds': 5})
    samples[1].set_metainfo({'heard_seconds': (0, 1, 2, 3, 4), 'total_seconds': 5})
    samples[2].set_gt_boxes(np.zeros((1, 4))).set_moment(1.0)
    drawer.before_train_epoch(runner)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    drawer.after_train_iter(runner, 0, batch(samples, frames=10))
    assert states == (
        random.getstate(),
        np.random.get_state()[1].tolist(),
        torch.get_rng_state().tolist(),
    )
    # Two frames a second: the second and the fourth second have these.
    assert [frames for frames, _ in model.asked] == [[2, 3, 6, 7], [*range(10)], [*range(10)]]
    assert [picture[:, 0, 0, 0].tolist() for *_, picture in recorded] == [
        frames for frames, _ in model.asked
    ]
    assert model.asked[2][1].keys() == []
    assert samples[2].gt_boxes.shape == (1, 4)
    assert [(tag, step) for tag, step, _ in recorded] == [(f'train_{n}', 42) for n in range(3)]
    assert (model.training, model.moving.training, model.frozen.training) == (True, True, False)


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmaction')


def test_samples_know_which_seconds_they_hear(shapes):
    from mmaction.registry import DATASETS

    settings = short_training(shapes).train_dataloader.dataset
    step = next(step for step in settings.pipeline if step['type'] == 'mmssl.LogMel')
    step.max_chunks = 2
    packed = DATASETS.build(settings)[0]
    sample = packed['data_samples']
    assert sample.total_seconds == 3
    assert len(sample.heard_seconds) == 2
    clip = Clip(sample.filename)
    whole = log_mel_chunks(clip.samples(0, 3))
    assert torch.allclose(packed['inputs']['audios'], whole[:, list(sample.heard_seconds)])


def training(shapes, folder, **visualization):
    """Everything a training leaves behind: weights, optimizer, random states."""
    settings = short_training(shapes)
    settings.work_dir = str(folder)
    settings.train_cfg.max_epochs = 1
    settings.model.cls_head.dropout = 0.5
    settings.default_hooks.visualization.update(visualization)
    settings.visualizer.vis_backends = [dict(type='RecordingVisBackend')]
    for loader in (settings.train_dataloader, settings.val_dataloader):
        loader.num_workers = 0
        loader.persistent_workers = False
    settings.train_dataloader.update(batch_size=4)
    settings.train_dataloader.dataset.indices = 8
    settings.val_dataloader.dataset.indices = 1
    settings.experiment_name = f'{folder}'.replace('/', '_')
    runner = Runner.from_cfg(settings)
    runner.train()
    left = runner.optim_wrapper.state_dict()['state']
    tensors = dict(runner.model.state_dict())
    tensors |= {f'{n} {name}': value for n, slot in left.items() for name, value in slot.items()}
    tensors['torch'] = torch.get_rng_state()
    tensors['numpy'] = torch.from_numpy(np.random.get_state()[1].astype(np.int64))
    return tensors, random.getstate()


def test_training_is_the_same_to_the_bit_with_and_without_pictures(shapes, tmp_path, recorded):
    without, state = training(shapes, tmp_path / 'off')
    assert not recorded
    with_pictures, other = training(shapes, tmp_path / 'on', enable=True, interval=3)
    # Eight samples of training in two batches, then one of validation.
    assert [(tag, step) for tag, step, _ in recorded] == [
        ('train_0', 1),
        ('train_3', 1),
        ('train_6', 2),
        ('val_val--000000_000000', 1),
    ]
    assert all(image.shape == (560, 800, 3) and image.std() > 10 for *_, image in recorded)
    assert state == other
    assert without.keys() == with_pictures.keys()
    assert any('running_var' in name for name in without)
    assert all(torch.equal(without[name], with_pictures[name]) for name in without)


def test_windows_without_a_display_are_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setenv('MPLBACKEND', 'agg')
    said = run(
        'tools/test.py', ROOT / 'configs/mmssl_soundingshapes.py', __file__, '--show',
        '--work-dir', tmp_path / 'work', ok=False,
    ).splitlines()  # fmt: skip
    assert said == [
        'tools/test.py: error: --show needs a display, and there is none here: --show-dir FOLDER '
        'writes pictures'
    ]
    hook = LocalizationVisualizationHook(enable=True, show=True)
    monkeypatch.setattr(localization_visualization_hook, 'has_display', lambda: False)
    runner = SimpleNamespace(visualizer=SoundLocalizationVisualizer())
    with pytest.raises(ValueError, match='needs a display, and there is none: set out_dir'):
        hook.before_run(runner)
    monkeypatch.setattr(localization_visualization_hook, 'has_display', lambda: True)
    hook.before_run(runner)


def test_two_processes_draw_once_and_a_missing_clip_stops_nothing(shapes, tmp_path):
    from mmaction.registry import MODELS

    root = tmp_path / 'shapes'
    shutil.copytree(shapes, root, ignore=shutil.ignore_patterns('cache'))
    (root / 'videos/test-000004_000000.mp4').unlink()
    settings: Config = short_training(root)
    settings.test_dataloader.batch_size = 3
    settings.dump(tmp_path / 'config.py')
    torch.save({'state_dict': MODELS.build(settings.model).state_dict()}, tmp_path / 'model.pth')
    run(
        *TWO_PROCESSES, 'tools/test.py', tmp_path / 'config.py', tmp_path / 'model.pth',
        '--work-dir', tmp_path / 'work', '--launcher', 'pytorch', '--metrics', 'pointing',
        '--show-dir', tmp_path / 'shown', '--interval', 2,
    )  # fmt: skip
    # The first process sees clips 0, 2, 4 and 6. Every second is drawn: 0, and 4, which is gone.
    (picture,) = (tmp_path / 'shown').iterdir()
    assert picture.name == 'test_test-000000_000000_0.png'
    sheet = cv2.imread(str(picture))[..., ::-1]
    assert sheet.shape == (560, 800, 3)
    assert (sheet == GREEN).all(-1).sum() > 50
    assert (sheet == ORANGE).all(-1).sum() > 50
    assert not list((tmp_path / 'work').glob('*/vis_data/vis_image'))
