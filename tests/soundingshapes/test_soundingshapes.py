"""The renderer: what its documentation says holds on the files."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmssl.media import Clip, step_at, step_centre
from mmssl.soundingshapes import (
    CLASS_NAMES,
    RenderSettings,
    render_collection,
    render_vggsound_standin,
    sample_scene,
)
from mmssl.soundingshapes.classes import silhouette, texture
from mmssl.soundingshapes.draw import ScenePainter
from mmssl.soundingshapes.sample import interactive_member, negative
from mmssl.soundingshapes.synth import class_sound

SCENES = [sample_scene(seed) for seed in range(400)]


def test_about_half_of_the_events_miss_the_middle():
    share = np.mean([scene.in_event(scene.duration / 2) for scene in SCENES])
    assert 0.42 < share < 0.58


def test_box_areas_follow_vgg_ss():
    areas = [np.prod(scene.actors[scene.target].size) for scene in SCENES]
    assert np.quantile(areas, [0.25, 0.5, 0.75]) == pytest.approx([0.12, 0.25, 0.46], abs=0.04)


def test_silent_objects_of_other_classes_are_there_during_the_event():
    for scene in SCENES[:100]:
        others = [a for i, a in enumerate(scene.actors) if i != scene.target]
        middle = sum(scene.event) / 2
        assert others
        assert all(a.label != scene.sound and a.is_visible(middle) for a in others)


def test_nothing_of_the_event_is_both_seen_and_heard_outside():
    for scene in SCENES[:200]:
        target = scene.actors[scene.target]
        for time in np.arange(0.05, scene.duration, 0.1):
            if not scene.in_event(time):
                heard = scene.audible[0] <= time < scene.audible[1]
                assert not (heard and target.is_visible(time))


def test_equal_seeds_give_equal_scenes():
    assert sample_scene(3) == sample_scene(3)
    assert sample_scene(3) != sample_scene(4)


def test_classes_differ_in_texture_and_sound():
    u, v = np.meshgrid(np.linspace(0, 4, 64), np.linspace(0, 4, 64))
    patterns = [texture(label, u, v) for label in range(8)]
    x, y = np.meshgrid(np.linspace(-1, 1, 65), np.linspace(-1, 1, 65))
    for i, pattern in enumerate(patterns):
        assert 0.1 < pattern.mean() < 0.9
        assert (silhouette(i, x, y) >= 0).mean() > 0.7
        assert all(not np.array_equal(pattern, other) for other in patterns[i + 1 :])
    for label in range(8):
        sound = class_sound(label, 2.0, np.random.default_rng(label))
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(1, abs=0.01)
    with pytest.raises(ValueError, match='label is 8'):
        texture(8, u, v)


def test_boxes_are_tight_around_the_drawn_object():
    for scene in SCENES[:10]:
        alone = replace(scene, actors=(scene.actors[scene.target],), target=0, outside='silent')
        empty = replace(alone, actors=())
        time = sum(scene.event) / 2
        size = (96, 80)
        painter = ScenePainter(alone, size)
        drawn = painter.frame(time).astype(int)
        changed = np.abs(drawn - ScenePainter(empty, size).frame(time)).sum(2) > 12
        rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
        found = columns[0] / 96, rows[0] / 80, (columns[-1] + 1) / 96, (rows[-1] + 1) / 80
        assert painter.boxes(time)[0] == pytest.approx(found, abs=0.03)


def test_interactive_members_share_a_picture_and_differ_in_sound():
    first, second = (interactive_member(7, member) for member in (0, 1))
    assert first.actors == second.actors
    assert first.sound != second.sound
    assert first.actors[first.target].label == first.sound
    assert second.actors[second.target].label == second.sound


def test_negatives_show_nothing_that_sounds():
    scene = negative(3, 'offscreen')
    assert scene.sound not in {actor.label for actor in scene.actors}
    assert negative(3, 'silence').noise == 0
    assert negative(3, 'noise').sound is None
    with pytest.raises(ValueError, match="kind is 'quiet'"):
        negative(3, 'quiet')


def test_negative_numbers_are_refused(tmp_path):
    for name in ('train', 'pairs', 'singles', 'seed'):
        with pytest.raises(ValueError, match=f'{name} is -1, expected 0 or more'):
            RenderSettings(**{name: -1})
    with pytest.raises(ValueError, match='clips is 0, expected at least 1'):
        render_vggsound_standin(tmp_path, clips=0)


def test_a_folder_of_other_settings_is_refused_by_those_that_differ(shapes):
    with pytest.raises(ValueError, match='made with') as refused:
        render_collection(shapes, RenderSettings(duration=3.0, size=(64, 64), seed=1))
    assert str(refused.value) == (
        f'{shapes} holds files made with size=[112, 112], seed=0, asked for size=[64, 64], seed=1; '
        'choose another folder or delete this one'
    )


def test_the_shortest_clips_have_an_annotated_instant_inside_their_event(tmp_path):
    settings = RenderSettings(train=0, val=12, test=0, pairs=0, negatives=0, duration=2.0)
    folder = render_collection(tmp_path / 'short', settings)
    truths = [json.loads(path.read_text()) for path in (folder / 'truth').glob('val*.json')]
    assert len(truths) == 12
    assert min(end - start for start, end in (truth['event'] for truth in truths)) < 0.7
    for truth in truths:
        assert truth['event'][0] < truth['time'] < truth['event'][1]


def test_files_hold_what_the_truth_says(shapes):
    entries = json.loads((shapes / 'boxes_test.json').read_text())
    assert [e['class'] for e in entries] == list(CLASS_NAMES)
    for entry in entries:
        truth = json.loads((shapes / 'truth' / f'{entry["file"]}.json').read_text())
        clip = Clip(shapes / 'videos' / f'{entry["file"]}.mp4')
        assert clip.duration == pytest.approx(3.0, abs=0.05)
        start, end = truth['event']
        for step, box in enumerate(truth['boxes']):
            assert (box is not None) == (start <= step_centre(step) < end)
        assert entry['bbox'] == [truth['boxes'][step_at(entry['time'])]]
        if truth['outside'] != 'offscreen':
            samples = np.abs(clip.samples(0, 3.0))
            inside = samples[round(start * 16000) + 800 : round(end * 16000) - 800]
            before = samples[: max(round(start * 16000) - 800, 0)]
            if len(before) > 4000:
                assert np.sqrt(np.mean(inside**2)) > 2 * np.sqrt(np.mean(before**2))


def test_interrupted_rendering_continues_to_the_same_files(shapes, tmp_path):
    settings = RenderSettings(train=2, val=1, test=1, pairs=1, negatives=3, duration=3.0)
    first = render_collection(tmp_path / 'a', settings)
    names = sorted(p.name for p in (first / 'videos').iterdir())
    content = {n: (first / 'videos' / n).read_bytes() for n in names}
    # As after a kill: one clip without its truth, one half written.
    (first / 'truth' / names[0].replace('.mp4', '.json')).unlink()
    (first / 'videos' / names[0]).write_bytes(b'half')
    render_collection(first, settings, workers=2)
    assert {n: (first / 'videos' / n).read_bytes() for n in names} == content
    more = render_collection(first, replace(settings, train=3))
    assert len(list((more / 'videos').iterdir())) == len(names) + 1
    with pytest.raises(ValueError, match=r'made with.*choose another folder'):
        render_collection(first, replace(settings, seed=1))


def test_interactive_files_share_their_picture(shapes):
    entries = json.loads((shapes / 'interactive.json').read_text())
    assert len(entries) == 4
    assert [e['group'] for e in entries] == ['000000_000000'] * 2 + ['000001_000000'] * 2
    first, second = (
        Clip(shapes / 'videos' / f'{e["file"]}.mp4').frames([e['time']])[0] for e in entries[:2]
    )
    assert np.array_equal(first, second)
    assert entries[0]['bbox'] != entries[1]['bbox']
    assert entries[0]['time'] == entries[1]['time']


def test_standin_is_laid_out_as_vggsound(standin):
    assert sorted(p.name for p in standin.iterdir()) == [
        'settings.json',
        'truth',
        'vggsound.csv',
        'vggss.json',
        'videos',
    ]
    assert (standin / 'vggsound.csv').read_text().splitlines()[0].endswith(',train')
    (entry,) = json.loads((standin / 'vggss.json').read_text())
    assert set(entry) == {'file', 'class', 'bbox'}
    assert Clip(standin / 'videos' / f'{entry["file"]}.mp4').duration == pytest.approx(10, abs=0.1)
