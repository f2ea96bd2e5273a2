"""Levels: the first is what it was, the others add what their table says, and boxes stay right."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mmssl.clock import step_centre
from mmssl.evaluation.protocols import make_protocol
from mmssl.report.evaluate_maps import evaluate_maps
from mmssl.soundingshapes import (
    RenderSettings,
    in_turn,
    interactive_member,
    read_truth,
    render_collection,
    sample_scene,
)
from mmssl.soundingshapes.draw import ScenePainter
from mmssl.soundingshapes.levels import LEVELS
from mmssl.soundingshapes.plan import collection_clips
from mmssl.soundingshapes.room import Room
from mmssl.soundingshapes.sample import negative, single
from mmssl.soundingshapes.scene import SLIDE
from mmssl.soundingshapes.synth import scene_sound
from mmssl.soundingshapes.truth import scene_truth

from ..warm import run_tool

SIZE = (96, 80)
HARD = [sample_scene(seed, level=3) for seed in range(120)]

#: Printed before there were levels: events, outside, loudness, brightness of the frame in the
#: event's middle (112 x 112), its pixel in row 30 and column 40, and a sample of the sound.
BEFORE = (
    (
        sample_scene(0),
        ((2.8, 5.0), (2.8, 5.0), 'silent', 1, 1),
        (0.09107176541019077, 102.2556, [210, 169, 107], 0.003963651601225138),
    ),
    (
        sample_scene(5, 10.0, 3),
        ((4.1, 8.4), (4.1, 8.4), 'fade', 1, 3),
        (0.11741595794139406, 115.6554, [230, 129, 196], 0.0038959330413490534),
    ),
    (
        interactive_member(7, 1),
        ((0.1, 2.7), (0.1, 2.7), 'silent', 1, 6),
        (0.05192328587723754, 138.2258, [184, 234, 103], 0.016205724328756332),
    ),
    (
        negative(3, 'offscreen'),
        ((1.2, 3.0), (0.0, 5.0), 'silent', None, 4),
        (0.1849343997882946, 104.1366, [58, 39, 54], 0.034550946205854416),
    ),
    (
        single(2),
        ((0.0, 5.0), (0.0, 5.0), 'silent', 0, 5),
        (0.12634807711987642, 136.6317, [157, 121, 107], 0.02110537886619568),
    ),
)


@pytest.mark.parametrize(('scene', 'facts', 'numbers'), BEFORE)
def test_the_first_level_is_what_was_rendered_before_there_were_levels(scene, facts, numbers):
    assert (scene.event, scene.audible, scene.outside, scene.target, scene.sound) == facts
    frame = ScenePainter(scene, (112, 112)).frame(sum(scene.event) / 2).astype(float)
    loudness, brightness, pixel, sample = numbers
    assert scene.loudness == pytest.approx(loudness, rel=1e-12)
    assert frame.mean() == pytest.approx(brightness, abs=0.01)
    assert frame[30, 40] == pytest.approx(pixel, abs=1)
    assert scene_sound(scene)[40000] == pytest.approx(sample, abs=1e-6)


def test_what_a_level_adds_is_neutral_in_the_one_before():
    for seed in range(20):
        first, second = sample_scene(seed), sample_scene(seed, level=2)
        assert first.camera.still
        assert first.room.echo(np.ones(3), (0.5, 0.5), 16000).tolist() == [1, 1, 1]
        assert (first.also, first.textured) == ((), False)
        assert first.outside != 'late'
        assert not second.also
        assert all(actor.palette is None for actor in second.actors)
        assert second.textured
        assert second.room.decay >= 0.2
        assert second.noise > 0.7 * second.loudness


@pytest.mark.parametrize('level', [2, 3])
def test_boxes_cover_what_an_object_changes_while_camera_and_objects_move(level):
    for seed in range(12):
        scene = sample_scene(seed, level=level)
        scene = scene if scene.outside == 'late' else replace(scene, outside='silent')
        alone = replace(scene, actors=(scene.sounding,), target=0, also=())
        empty = ScenePainter(replace(alone, actors=()), SIZE)
        full, painter = ScenePainter(scene, SIZE), ScenePainter(alone, SIZE)
        rest = (*scene.actors[: scene.target], *scene.actors[scene.target + 1 :])
        others = ScenePainter(replace(scene, actors=rest, target=None), SIZE)
        for share in (0.05, 0.4, 0.9):
            time = scene.event[0] + share * (scene.event[1] - scene.event[0])
            box = full.boxes(time)[scene.target]
            drawn = painter.frame(time).astype(int)
            changed = np.abs(drawn - empty.frame(time)).sum(2) > 12
            rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
            found = columns[0] / 96, rows[0] / 80, (columns[-1] + 1) / 96, (rows[-1] + 1) / 80
            assert box == pytest.approx(found, abs=0.035)
            # Beside other objects, some of which hide it, it changes nothing outside of its box.
            visible = full.frame(time).astype(int) - others.frame(time)
            rows, columns = np.nonzero(np.abs(visible).sum(2) > 12)
            for places, side, low, high in ((columns, 96, 0, 2), (rows, 80, 1, 3)):
                assert places.min() / side >= box[low] - 0.03
                assert (places.max() + 1) / side <= box[high] + 0.03


def test_an_object_without_enough_in_sight_has_no_box():
    scene = sample_scene(0, level=2)
    wall = replace(scene.sounding, size=(0.5, 0.5), centre=(0.5, 0.5), swing=(0.0, 0.0))
    small = replace(wall, size=(0.2, 0.2), visible=((0.0, 5.0),))
    # From its middle to its end, the small object is behind the large one.
    cover = replace(wall, visible=((2.5, 5.0),))
    event = (0.0, 5.0)
    scene = replace(
        scene, actors=(small, cover), target=0, event=event, audible=event, outside='silent'
    )
    truth = scene_truth(ScenePainter(scene, SIZE))
    assert all(truth['boxes'][:25])
    assert not any(truth['boxes'][25:])
    assert truth['time'] < 2.5


def test_every_sounding_object_has_a_box_during_most_of_its_event():
    shares = []
    for scene in HARD[:40]:
        painter = ScenePainter(scene, SIZE)
        for voice in scene.voices:
            times = np.arange(voice.event[0] + 0.05, voice.event[1], 0.1)
            shares.append(np.mean([painter.shows(voice.actor, t) for t in times]))
    assert min(shares) > 0
    assert np.mean(shares) > 0.9


def test_both_members_of_a_pair_are_annotated_at_one_instant():
    for seed in range(12):
        members = [interactive_member(seed, member, level=3) for member in (0, 1)]
        assert members[0].actors == members[1].actors
        times = [scene_truth(ScenePainter(scene, SIZE))['time'] for scene in members]
        assert times[0] == times[1]


def test_crossing_objects_come_over_each_other():
    def nearest(level):
        distances = []
        for seed in range(60):
            scene = sample_scene(seed, level=level)
            target, other = scene.sounding, scene.actors[1 - min(scene.target, 1)]
            times = np.arange(*scene.event, 0.1)
            reach = (np.add(target.size, other.size)) / 2
            gaps = [np.subtract(target.position(t), other.position(t)) / reach for t in times]
            distances.append(min(np.abs(gap).max() for gap in gaps))
        return np.mean(np.array(distances) < 0.5)

    assert nearest(1) < 0.1
    assert nearest(2) > 0.3


def test_a_late_object_is_heard_before_it_slides_into_the_picture():
    late = [scene for scene in HARD if scene.outside == 'late']
    assert 0.05 < len(late) / len(HARD) < 0.3
    for scene in late[:8]:
        start, end = scene.event
        assert scene.audible[0] <= start - 0.49
        assert scene.audible[1] == end
        painter = ScenePainter(scene, SIZE)
        assert painter.boxes(start - 0.01)[scene.target] is None
        arriving, there = (painter.share_in_sight(scene.target, start + t) for t in (0.05, SLIDE))
        assert arriving < 0.6 * there


def test_several_objects_sound_at_once_and_all_have_boxes():
    several = [scene for scene in HARD if scene.also]
    assert 0.3 < len(several) / len(HARD) < 0.5
    both = []
    for scene in several[:20]:
        (voice,) = scene.also
        assert voice.label == scene.actors[voice.actor].label != scene.sound
        assert scene.event[0] <= voice.event[0] < voice.event[1] <= scene.event[1]
        truth = scene_truth(ScenePainter(scene, SIZE))
        both.append(any(a and b for a, b in zip(truth['boxes'], truth['also'][0]['boxes'])))
        assert len(truth['silent']) == len(scene.actors) - 2
    # A few hide each other all the time that both sound.
    assert np.mean(both) >= 0.9
    quiet = replace(several[0], noise=0.0)
    assert not np.array_equal(scene_sound(quiet), scene_sound(replace(quiet, also=())))


def test_look_alikes_share_shape_and_colours_and_twins_share_all():
    alike = [scene for scene in HARD if scene.actors[0].palette is not None]
    assert 0.35 < len(alike) / len(HARD) < 0.65
    assert all(len({(a.shape, a.palette) for a in scene.actors}) == 1 for scene in alike)
    twins = [
        (scene, actor)
        for scene in HARD
        for actor in scene.actors
        if actor is not scene.sounding and actor.label == scene.sound
    ]
    assert 0.05 < len(twins) / len(HARD) < 0.3
    for scene, twin in twins:
        model = scene.sounding
        assert (twin.seed, twin.shape, twin.palette) == (model.seed, model.shape, model.palette)
        assert all(scene.actors[voice.actor] is not twin for voice in scene.voices)


def test_the_echo_of_a_room_decays_in_its_time_and_keeps_the_energy():
    room = Room(sides=(5.0, 3.0, 4.0), microphone=(0.4, 0.5, 0.2), decay=0.5, seed=1)
    response = room.response((0.7, 0.4), 16000)
    assert np.sum(response**2) == pytest.approx(1)
    assert np.argmax(np.abs(response)) == 0
    left = 10 * np.log10(np.cumsum(response[::-1] ** 2)[::-1])
    # Schroeder's method: three times the time from -5 dB to -25 dB.
    decay = 3 * (np.argmax(left < -25) - np.argmax(left < -5)) / 16000
    assert decay == pytest.approx(0.5, rel=0.25)
    click = np.zeros(8000, np.float32)
    click[4000] = 1
    heard = room.echo(click, (0.7, 0.4), 16000)
    assert heard.shape == click.shape
    assert np.abs(heard[:4000]).max() < 1e-6
    assert np.abs(heard[4001:]).max() > 0.01


@pytest.mark.parametrize('level', LEVELS)
def test_objects_in_turn_sound_one_after_another(level):
    for seed in range(10):
        scene = in_turn(seed, level=level)
        turns = [voice.event for voice in scene.voices]
        assert len(turns) in (2, 3)
        assert turns[0][0] == 0
        assert turns[-1][1] == scene.duration
        assert all(before[1] == after[0] for before, after in pairwise(turns))
        assert min(end - start for start, end in turns) > 1
        speakers = [voice.actor for voice in scene.voices]
        assert all(before != after for before, after in pairwise(speakers))
        assert all(v.label == scene.actors[v.actor].label for v in scene.voices)
        assert all(t == round(t, 1) for event in turns for t in event)
    first = replace(in_turn(0), noise=0.0, also=())
    sound = scene_sound(first)
    assert not sound[round(first.event[1] * 16000) :].any()


def test_levels_share_no_scene():
    settings = [RenderSettings(train=20, turns=3, level=level) for level in LEVELS]
    seeds = [{c.arguments['seed'] for c in collection_clips(each)} for each in settings]
    assert len(set.union(*seeds)) == sum(map(len, seeds))
    with pytest.raises(ValueError, match='level is 4, expected one of 1, 2, 3'):
        RenderSettings(level=4)
    with pytest.raises(ValueError, match='level is 0'):
        sample_scene(0, level=0)


@pytest.fixture(scope='module')
def hard(warm_server, tmp_path_factory):
    """A tiny collection of level 3 with turns."""
    settings = RenderSettings(
        train=0, val=0, test=4, pairs=1, negatives=1, turns=3, duration=3.0, level=3
    )
    return render_collection(tmp_path_factory.mktemp('hard') / 'data', settings), settings


def test_turns_are_a_split_with_exact_changes(hard):
    folder, _ = hard
    rows = (folder / 'soundingshapes.csv').read_text().splitlines()
    assert sum(row.endswith(',turns') for row in rows) == 3
    entries = json.loads((folder / 'turns.json').read_text())
    assert [entry['file'] for entry in entries] == [f'turn-{i:06d}_000000' for i in range(3)]
    for entry in entries:
        truth = read_truth(folder / 'truth', entry['file'])
        assert truth.changes == entry['changes']
        assert entry['event'] == [0, 3]
        for step, (boxes, known) in enumerate(zip(truth.boxes_of_steps, entry['steps'])):
            assert boxes.tolist() == known
            time = step_centre(step)
            (source,) = [s for s in truth.sources if s.event[0] <= time < s.event[1]]
            assert known in ([source.boxes[step]], [])
        assert truth.sounds_at(2.95)


def test_maps_of_turns_are_scored_against_the_box_of_every_step(hard, tmp_path):
    """Maps that follow the sound are right in every frame; those that stay, before the change."""
    folder, _ = hard
    maps = {'following': {}, 'staying': {}}
    sounding = 0
    for entry in json.loads((folder / 'turns.json').read_text()):
        truth = read_truth(folder / 'truth', entry['file'])
        for name, kept in (('following', truth.boxes_of_steps), ('staying', None)):
            boxes = kept or [truth.boxes_at(0.05)] * len(truth.boxes)
            maps[name][entry['file']] = np.stack([_filled(each) for each in boxes])
        sounding += sum(len(boxes) > 0 for boxes in truth.boxes_of_steps)
    protocol = make_protocol('video', threshold=0.5)

    def scored(values):
        np.savez(tmp_path / 'maps.npz', **values)
        files = {'maps': tmp_path / 'maps.npz'}
        truth = folder / 'turns.json'
        return evaluate_maps(files, truth, protocol, tmp_path / 'out', resamples=0)['maps']

    assert scored(maps['following']).counts['positives'] == sounding
    assert scored(maps['following']).metrics['ciou'] == 1
    assert scored(maps['staying']).metrics['ciou'] < 0.75
    short = {name: values[:-1] for name, values in maps['following'].items()}
    with pytest.raises(ValueError, match='the map has 29 steps, and boxes are of 30'):
        scored(short)


def _filled(boxes):
    """A map that is 1 in boxes, float32 (56, 56)."""
    values = np.zeros((56, 56), np.float32)
    for x0, y0, x1, y1 in np.round(boxes * 56).astype(int):
        values[y0:y1, x0:x1] = 1
    return values


def test_a_higher_level_gives_the_same_files_again_and_is_not_mixed(hard, tmp_path):
    folder, settings = hard
    again = render_collection(tmp_path / 'again', settings, workers=2)
    for path in sorted(folder.rglob('*.*')):
        assert (again / path.relative_to(folder)).read_bytes() == path.read_bytes()
    with pytest.raises(ValueError, match='made with level=3, asked for level=2'):
        render_collection(folder, replace(settings, level=2))


def test_a_folder_from_before_there_were_levels_is_continued_at_the_first(tmp_path):
    settings = RenderSettings(train=1, val=0, test=0, pairs=0, negatives=0, duration=2.0)
    folder = render_collection(tmp_path / 'old', settings)
    note = json.loads((folder / 'settings.json').read_text())
    del note['level']
    (folder / 'settings.json').write_text(json.dumps(note))
    assert render_collection(folder, settings) == folder
    with pytest.raises(ValueError, match='made with level=1, asked for level=3'):
        render_collection(folder, replace(settings, level=3))


def test_options_that_the_layout_of_vggsound_would_ignore_are_refused(warm_server, tmp_path):
    done = run_tool(
        *('tools/data/render_soundingshapes.py', tmp_path / 'out'),
        *('--vggsound-layout', 4, '--level', 3),
    )
    assert done.status == 2
    assert '--level does not work with --vggsound-layout: leave it out' in done.errors
    assert not (tmp_path / 'out').exists()
