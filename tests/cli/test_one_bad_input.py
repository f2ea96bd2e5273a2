"""One bad input never stops the others, and never changes a result in silence."""

import csv
import errno
import json
import os
import re

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmssl import progress
from mmssl.apis import display, inferencer
from mmssl.apis.inferencer import SoundLocalizationInferencer
from mmssl.cli.commands import main
from mmssl.media import open_frames
from mmssl.media.audio import NO_SOUND
from mmssl.media.diagnosis import diagnose
from mmssl.media.video import frames_at

from ..fault_catalogue import clip, encode_sound, tone

ERRORS = (
    TypeError("unsupported operand type(s) for *: 'NoneType' and 'Fraction'"),
    IndexError('list index out of range'),
    RuntimeError('internal'),
    AssertionError(),
    OSError(errno.EIO, 'Input/output error'),
)


@pytest.fixture
def three(tmp_path):
    return [str(clip(tmp_path / f'{name}.mp4')) for name in 'abc']


@pytest.mark.parametrize('error', ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize('stage', ['localize_clip', 'write_results'])
def test_the_others_are_done_whatever_an_input_raises(three, tmp_path, monkeypatch, error, stage):
    works, calls = getattr(inferencer, stage), []

    def fails_once(*arguments, **more):
        calls.append(arguments)
        if len(calls) == 2:
            raise error
        return works(*arguments, **more)

    monkeypatch.setattr(inferencer, stage, fails_once)
    found = SoundLocalizationInferencer('soundingshapes', show_progress=False)(
        three, out_dir=tmp_path / 'out', outputs=['boxes']
    )
    ((name, why),) = found['failed']
    assert name == three[1]
    assert why.startswith(f'{three[1]}: ')
    assert type(error).__name__ in why or str(error) in why
    assert [len(files) for files in found['visualization']] == [1, 0, 1]


def test_a_full_disk_stops_the_run(three, tmp_path, monkeypatch):
    """No other input would escape it."""

    def full(*arguments, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / 'out/a_boxes.json'))

    monkeypatch.setattr(inferencer, 'write_results', full)
    find = SoundLocalizationInferencer('soundingshapes', show_progress=False)
    with pytest.raises(OSError, match=r'No space left on device: .*a_boxes\.json'):
        find(three, out_dir=tmp_path / 'out', outputs=['boxes'])


def test_the_command_ends_with_what_is_done_and_what_failed(three, tmp_path, capsys):
    (tmp_path / 'b.mp4').write_bytes(b'no video')
    status = main(
        ['localize', *three, 'soundingshapes', '--out', str(tmp_path / 'out'), '--outputs', 'boxes']
    )
    said = capsys.readouterr().err.splitlines()
    assert status == 1
    table = tmp_path / 'out/failed.csv'
    assert said[0] == 'localizing: 0 of 3'
    assert said[-2].startswith('localizing: 3 of 3, took ')
    assert said[-1] == f'2 done, 1 failed: {three[1]}; see {table}'
    ((header, reason), (name, why)) = csv.reader(table.read_text().splitlines())
    assert (header, reason, name) == ('input', 'reason', three[1])
    assert f'error: {name}: {why}' in said


def test_many_failures_are_named_in_a_table_of_this_run_alone(tmp_path, capsys):
    folder, out = tmp_path / 'in', tmp_path / 'out'
    good = clip(folder / 'good.mp4')
    for name in 'abcd':
        (folder / f'{name}.mp4').write_bytes(b'no video')
    arguments = ['soundingshapes', '--out', str(out), '--outputs', 'boxes']
    assert main(['localize', str(folder), *arguments]) == 1
    ends = capsys.readouterr()
    assert ends.err.splitlines()[-1] == f'1 done, 4 failed: see {out}/failed.csv'
    assert ends.out == f'{out}/good_boxes.json\n'
    rows = [*csv.reader((out / 'failed.csv').read_text().splitlines())]
    assert [row[0] for row in rows[1:]] == [f'{folder}/{name}.mp4' for name in 'abcd']

    assert main(['localize', str(good), str(good), *arguments]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == '2 done'
    assert not (out / 'failed.csv').exists()


def test_another_tools_table_stays(three, tmp_path, capsys):
    table = tmp_path / 'failed.csv'
    table.write_text('clip,reason\nx,y\n')
    arguments = ['soundingshapes', '--out', str(tmp_path), '--outputs', 'boxes']
    assert main(['localize', three[0], *'wxyz', *arguments]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == '1 done, 4 failed: w, x, y, z'
    assert table.read_text() == 'clip,reason\nx,y\n'


def test_what_is_no_regular_file_is_named(three, tmp_path, capsys):
    folder = tmp_path / 'in'
    folder.mkdir()
    os.mkfifo(folder / 'pipe_localized.mp4')
    (folder / 'link.mp4').symlink_to('gone.mp4')
    (folder / 'folder.mp4').mkdir()
    arguments = ['soundingshapes', '--out', str(tmp_path / 'out'), '--outputs', 'boxes']
    assert main(['localize', str(folder), three[0], '/dev/null', *arguments]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if line.startswith('error: ')] == [
        f'error: {folder}/link.mp4: no such file',
        f'error: {folder}/pipe_localized.mp4: is a pipe, not a regular file',
        'error: /dev/null: is a device, not a regular file',
    ]
    assert diagnose(folder / 'folder.mp4').reason == (
        f'{folder}/folder.mp4: is a folder, not a regular file'
    )


def test_audio_goes_with_files(three, tmp_path, capsys):
    arguments = ['soundingshapes', '--out', str(tmp_path / 'out'), '--outputs', 'boxes']
    assert main(['localize', str(tmp_path), '--audio', three[0], *arguments]) == 2
    assert f'--audio goes with one file, but {tmp_path} is a folder' in capsys.readouterr().err
    assert main(['localize', three[0], '--audio', str(tmp_path), *arguments]) == 2
    assert 'is a folder, expected a sound file' in capsys.readouterr().err


def test_the_sound_beside_a_picture_is_named(tmp_path, capsys):
    picture = tmp_path / 'a b.png'
    Image.new('RGB', (64, 64)).save(picture)
    arguments = ['soundingshapes', '--out', str(tmp_path / 'out'), '--outputs', 'boxes']
    line = f'error: {picture}: {NO_SOUND}'
    assert main(['localize', str(picture), *arguments]) == 1
    assert line in capsys.readouterr().err.splitlines()
    soundfile.write(tmp_path / 'a b.wav', tone(2.0, 16000).T, 16000)
    assert main(['localize', str(picture), *arguments]) == 1
    hint = f"localize it with --audio '{tmp_path}/a b.wav'"
    assert f'{line}: {hint}' in capsys.readouterr().err.splitlines()


def test_a_place_that_takes_no_files_is_refused_at_once(three, capsys):
    assert main(['localize', *three, 'soundingshapes', '--out', '/proc/x']) == 2
    said = capsys.readouterr().err
    assert said.endswith('error: /proc cannot be written to: choose another folder for results\n')


URLS = {
    'https://www.youtube.com/watch?v=a&t=1': 'download it first, e.g. yt-dlp '
    "'https://www.youtube.com/watch?v=a&t=1'",
    'rtsp://camera/1': 'save it as one',
    's3://bucket/clip.mp4': 'save it as one',
}


@pytest.mark.parametrize('url', URLS)
def test_a_url_is_an_input_that_is_not_there(three, tmp_path, capsys, url):
    arguments = ['soundingshapes', '--out', str(tmp_path / 'out'), '--outputs', 'boxes']
    line = f'error: {url} is a URL, expected a file: {URLS[url]}'
    assert main(['localize', url, three[0], *arguments]) == 1
    ends = capsys.readouterr()
    assert line in ends.err.splitlines()
    assert ends.out == f'{tmp_path}/out/a_boxes.json\n'
    assert main(['localize', three[0], '--audio', url, *arguments]) == 1
    assert line in capsys.readouterr().err.splitlines()


def test_a_file_that_is_spelled_like_a_url_is_a_file(tmp_path, monkeypatch):
    clip(tmp_path / 'https:/host/clip.mp4')
    monkeypatch.chdir(tmp_path)
    find = SoundLocalizationInferencer('soundingshapes', show_progress=False)
    assert find('https://host/clip.mp4')['failed'] == []


def localize(video, out):
    return ['localize', str(video), 'soundingshapes', '--out', out, '--outputs', 'boxes']


def test_what_was_mended_is_told(tmp_path, capsys):
    encode_sound(tmp_path / 'sound.m4a', tone(4.0, 48000), 48000, 'mono', 'aac')
    content = bytearray((tmp_path / 'sound.m4a').read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = np.random.default_rng(0).bytes(300)
    (tmp_path / 'sound.m4a').write_bytes(content)
    video = clip(tmp_path / 'clip.mp4', seconds=4.0)
    sound, out = str(tmp_path / 'sound.m4a'), str(tmp_path / 'out')
    main([*localize(video, out), '--audio', sound])
    notes = json.loads((tmp_path / 'out/clip_boxes.json').read_text())['notes']
    assert len(notes) == 1
    assert 'damaged packets of the sound are silent' in notes[0]
    assert notes[0] in capsys.readouterr().err


def test_a_silent_clip_is_named_silent(tmp_path, capsys):
    video = clip(tmp_path / 'clip.mp4', sound=np.zeros(32000))
    main(localize(video, str(tmp_path / 'out')))
    (note,) = json.loads((tmp_path / 'out/clip_boxes.json').read_text())['notes']
    assert 'silent' in note
    assert note in capsys.readouterr().err


def test_frames_that_the_decoder_does_not_show_are_stood_in_for(tmp_path):
    """A player shows the frame before."""
    reader = open_frames(clip(tmp_path / 'clip.mp4', gop=1))
    plain = frames_at(reader, np.array([0.55, 0.65]))
    decoded, lost = reader._decoded, reader._pts[6]
    reader._decoded = lambda *args, **more: (f for f in decoded(*args, **more) if f.pts != lost)
    again = frames_at(reader, np.array([0.55, 0.65]))
    assert np.array_equal(again[0], plain[0])
    assert np.array_equal(again[1], plain[0])


def test_sound_files_of_other_inputs_are_read(tmp_path):
    soundfile.write(tmp_path / 'nan.wav', np.full(32000, np.nan, np.float32), 16000, 'FLOAT')
    pairs = [
        (str(clip(tmp_path / 'clip.mp4')), str(tmp_path / 'nan.wav')),
        str(tmp_path / 'clip.mp4'),
    ]
    found = SoundLocalizationInferencer('soundingshapes', show_progress=False)(pairs)
    ((_, why),) = found['failed']
    assert 'nan.wav' in why
    assert 'class' in found['predictions'][1]


def test_a_long_input_shows_how_far_it_is(three, tmp_path, monkeypatch, capsys):
    """Windows and written frames with the time that remains, and how to leave the video out."""
    monkeypatch.setattr(display, '_MANY_WINDOWS', 0)
    monkeypatch.setattr(display, '_MANY_FRAMES', 10)
    monkeypatch.setattr(progress, 'INTERVAL', 0.0)
    assert main(['localize', three[0], 'soundingshapes', '--out', str(tmp_path / 'out')]) == 0
    said = capsys.readouterr().err
    assert 'localizing: 0 of 1' in said
    assert 'windows: 1 of 1, took 0:00:0' in said
    assert 'writing a.mp4, 20 frames; --outputs maps boxes sheet leaves videos out' in said
    assert re.search(r'^writing a\.mp4: 10 of 20, 0:00:0\d remaining$', said, re.MULTILINE)
