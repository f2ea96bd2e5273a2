"""Clips that are good and difficult to read, and recordings that were joined byte by byte."""

import numpy as np
import pytest
import soundfile

from benchmarks.decoders import READERS, answer, judged
from benchmarks.difficult_clips import (
    COUNT,
    KINDS,
    RATE,
    SECONDS,
    film,
    number,
    picture,
    pictures,
    sweep,
)
from mmssl.collection.clip_files import find_clips
from mmssl.collection.parallel import run_all
from mmssl.media import Clip, open_frames
from mmssl.media.diagnosis import Verdict, diagnose
from mmssl.media.files import open_container
from mmssl.media.joined import joints
from mmssl.media.remux import overlay_video

from ..decoders import needs_decord
from ..fault_catalogue import encode, move, remux, time_of, tone

HALF = COUNT // 2


@pytest.mark.parametrize('name', KINDS)
def test_difficult_clips_are_read_right(tmp_path, name):
    files = KINDS[name].make(tmp_path)
    assert judged(KINDS[name], 'mmssl', *files) == 'right'
    # Without a container, the diagnosis counts time at the rate of the first packet.
    if 'rate that changes' not in name:
        assert diagnose(*files).verdict is Verdict.FINE


@needs_decord
def test_decord_reads_them_right_or_not_at_all(tmp_path):
    folders = {name: tmp_path / str(index) for index, name in enumerate(KINDS)}
    for folder in folders.values():
        folder.mkdir()
    # In processes of their own, for decord can hang.
    items = [(name, 'mmssl with decord', str(folder)) for name, folder in folders.items()]
    found = {item[0]: said for item, said in run_all(answer, items, workers=2, time_limit=30)}
    assert set(found) == set(KINDS)
    assert {name: said for name, said in found.items() if said not in ('right', 'refused')} == {}


def test_the_judge_sees_what_is_wrong(tmp_path, monkeypatch):
    kind = KINDS['AAC with priming, mp4']
    path, _ = kind.make(tmp_path)
    clip = Clip(path)

    def reading(change_pictures, change_sound):
        monkeypatch.setitem(
            READERS,
            'changed',
            lambda *_: (change_pictures(READERS['mmssl'](path, path)[0]), change_sound(samples)),
        )
        return judged(kind, 'changed', path)

    samples = clip.samples(0.0, clip.duration)
    same = lambda given: given  # noqa: E731
    assert reading(same, same) == 'right'
    assert reading(lambda images: images[::-1], same) == '22 of 23 pictures wrong'
    assert reading(lambda images: [i[:, ::-1] for i in images], same) == 'mirrored'
    assert reading(same, lambda s: np.pad(s, (1600, 0))) == 'sound 100 ms late'
    assert reading(same, lambda s: s[: 2 * 16000]) == '2 of 4 parts of the sound wrong'
    assert reading(same, lambda s: s[: round(3.6 * 16000)]) == 'the end of the sound lost'


def part(path, index, later=0.0, size=(96, 64), channels=1, rate=RATE, **options):
    """Half of the pictures and of the sound, as a recording of its own."""
    start, end = index * SECONDS / 2, (index + 1) * SECONDS / 2
    film(
        path,
        frames=pictures(HALF, size, index * HALF),
        samples=sweep(rate, channels, start, end),
        rate=rate,
        **options,
    )
    return remux(path, path.with_stem('moved'), lambda packet: move(packet, later)).read_bytes()


@pytest.mark.parametrize(
    ('suffix', 'first', 'second'),
    [
        ('.ts', {}, {'size': (160, 112)}),
        ('.ts', {}, {'channels': 2}),
        ('.ts', {}, {'rate': 44100}),
        ('.ts', {}, {'later': 3600.0}),
        ('.ts', {'later': 3600.0}, {}),
        ('.mpg', *[{'codec': 'mpeg2video', 'options': {'bf': '2'}, 'sound': 'mp2'}] * 2),
    ],
)
def test_joined_recordings_go_on(tmp_path, suffix, first, second):
    path = tmp_path / f'joined{suffix}'
    halves = [part(tmp_path / f'{i}{suffix}', i, **o) for i, o in enumerate((first, second))]
    path.write_bytes(b''.join(halves))
    assert judged(KINDS['AAC with priming, mp4'], 'mmssl', path) == 'right'
    assert diagnose(path).verdict is Verdict.FINE
    some = np.array([3, HALF - 1, HALF, COUNT - 4])
    assert [number(image) for image in open_frames(path).pictures(some)] == some.tolist()


def test_joined_recordings_are_written_in_step(tmp_path):
    halves = [part(tmp_path / f'{index}.ts', index) for index in range(2)]
    (tmp_path / 'joined.ts').write_bytes(b''.join(halves))
    overlay_video(tmp_path / 'joined.ts', tmp_path / 'out.mp4', lambda image, time: image)
    assert judged(KINDS['AAC with priming, mp4'], 'mmssl', tmp_path / 'out.mp4') == 'right'


def test_a_sound_that_is_silent_for_long_is_no_other_recording(tmp_path):
    encode(tmp_path / 'slow.mp4', [picture(n) for n in range(80)], 'libx264', 'yuv420p', 1)

    def late(packet):
        pause = 70 if packet.stream.type == 'audio' and time_of(packet) > 1 else 0
        return move(packet, pause)

    remux(tmp_path / 'slow.mp4', tmp_path / 'slow.ts', late)
    with open_container(tmp_path / 'slow.ts') as container:
        assert joints(container) == {}


@pytest.mark.parametrize('ending', ['m2ts', 'MTS', 'mxf', 'f4v', 'vob', 'asf', 'dv', 'ogm', '3g2'])
def test_cameras_and_discs_name_clips_by_other_endings(tmp_path, ending):
    (tmp_path / f'clip.{ending}').touch()
    assert [clip.name for clip in find_clips(tmp_path)] == ['clip']


@pytest.mark.parametrize('ending', ['aif', 'caf', 'w64', 'amr', 'mka', 'm4b', 'wma', 'au', 'ac3'])
def test_sound_files_of_other_endings_belong_to_clips(tmp_path, ending):
    (tmp_path / 'clip.mp4').touch()
    (tmp_path / f'clip.{ending}').touch()
    assert find_clips(tmp_path, tmp_path)[0].audio == tmp_path / f'clip.{ending}'


def test_a_still_webp_is_a_still(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / 'still.webp'), picture(5))
    soundfile.write(tmp_path / 'sound.wav', tone().T, 16000)
    assert Clip(tmp_path / 'still.webp', tmp_path / 'sound.wav').is_still
