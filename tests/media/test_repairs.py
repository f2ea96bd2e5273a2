"""What reading mends is counted: each number is known from how the file was made."""

import av
import numpy as np
import pytest
import soundfile

from mmssl.media import Clip
from mmssl.media.audio import decode_sound
from mmssl.media.diagnosis import Limits, Verdict, diagnose
from mmssl.media.repairs import Repairs

from ..fault_catalogue import clip, encode, encode_sound, move, pictures, remux, time_of, tone


def packets_of(path, kind):
    with av.open(str(path)) as container:
        return sum(bool(packet.size) for packet in container.demux(**{kind: 0}))


def replaced(packet, content):
    """A packet of another content at the same time."""
    made = av.Packet(content)
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.time_base, made.stream = packet.time_base, packet.stream
    return made


def with_changed(source, target, kind, places, change):
    """A copy of a file with the contents of some packets of a kind changed."""
    numbers = iter(range(10**6))

    def changed(packet):
        if packet.stream.type == kind and next(numbers) in places:
            return replaced(packet, change(bytes(packet)))
        return packet

    return remux(source, target, changed)


def zeroed(content):
    return bytes(len(content))


def hidden(content):
    """A frame of VP8 that is decoded and not shown."""
    return bytes([content[0] & ~0x10]) + content[1:]


@pytest.fixture
def whole(tmp_path):
    return clip(tmp_path / 'whole.mp4', sound=tone(rate=48000), rate=48000)


def test_damaged_packets_and_their_silence(whole, tmp_path):
    path = with_changed(whole, tmp_path / 'clip.mkv', 'audio', {20, 21, 30}, zeroed)
    found = Clip(path)
    assert found.repair_counts.damaged_sound_packets == 3
    assert found.repair_counts.sound_packets == packets_of(path, 'audio')
    # A frame of AAC has 1024 samples.
    assert found.repair_counts.filled_seconds == pytest.approx(3 * 1024 / 48000, abs=1e-3)
    assert [start for start, _ in found.gaps] == pytest.approx([20 * 1024 / 48000, 0.64], abs=1e-3)
    assert found.repairs == (
        f'3 damaged packets of the sound are silent (of {packets_of(path, "audio")})',
    )
    checked = diagnose(path)
    assert (checked.verdict, checked.repairs) == (Verdict.FINE, found.repair_counts)


def test_packets_that_a_decoder_does_not_know_are_damaged(whole, tmp_path):
    """FFmpeg takes this damage for a kind of AAC that nobody has written yet."""
    change = lambda content: b'\xff' * len(content)  # noqa: E731
    path = with_changed(whole, tmp_path / 'clip.mkv', 'audio', {20}, change)
    assert Clip(path).repair_counts.damaged_sound_packets == 1


def test_a_second_of_damage_is_more_than_can_be_mended(tmp_path):
    whole = clip(tmp_path / 'whole.mp4', seconds=4, sound=tone(4, 48000), rate=48000)
    path = with_changed(whole, tmp_path / 'clip.mkv', 'audio', range(60, 120), zeroed)
    found = diagnose(path)
    assert found.verdict is Verdict.UNREADABLE
    assert '1.28 s of the sound cannot be decoded, 60 packets are damaged' in found.reason
    assert found.intact_seconds == pytest.approx(60 * 1024 / 48000, abs=0.03)
    assert diagnose(path, limits=Limits(gap=1.5)).verdict is Verdict.FINE
    # At the end of the sound nothing follows that would show the hole.
    path = with_changed(whole, tmp_path / 'end.mkv', 'audio', range(100, 999), zeroed)
    found = diagnose(path)
    assert found.verdict is Verdict.UNREADABLE
    assert found.intact_seconds == pytest.approx(100 * 1024 / 48000, abs=0.03)


def test_a_gap_is_filled(tmp_path):
    whole = clip(tmp_path / 'whole.mkv', audio_codec='pcm_s16le')

    def later(packet):
        late = packet.stream.type == 'audio' and time_of(packet) > 1
        return move(packet, 0.3) if late else packet

    found = decode_sound(remux(whole, tmp_path / 'clip.mkv', later))
    assert found.repairs.filled_seconds == pytest.approx(0.3, abs=2e-3)
    assert (found.repairs.cut_seconds, found.repairs.damaged_sound_packets) == (0, 0)
    assert found.repairs.words() == ('0.30 s of gaps in the sound are silent',)


def test_an_overlap_is_cut(tmp_path):
    """The second half of the sound, of 1 s, is stamped as if it lasted half of it."""
    encode_sound(tmp_path / 'whole.m4a', tone(), 16000, 'mono', 'aac')

    def denser(packet):
        beyond = time_of(packet) - 1
        return move(packet, -beyond / 2) if beyond > 0 else packet

    path = remux(tmp_path / 'whole.m4a', tmp_path / 'clip.mka', denser)
    found, decoded = decode_sound(path), packets_of(path, 'audio') * 1024 / 16000
    kept = len(found.samples) / 16000
    assert kept + found.repairs.cut_seconds == pytest.approx(decoded, abs=1e-3)
    # The last packet, of 0.064 s, lasts as long as it did.
    assert found.repairs.cut_seconds == pytest.approx(0.5, abs=0.07)
    assert found.repairs.filled_seconds == 0


def test_recordings_one_after_the_other(tmp_path):
    joined = b''
    for name in ('a', 'b', 'c'):
        soundfile.write(tmp_path / f'{name}.ogg', tone(rate=48000).T, 48000, 'OPUS')
        joined += (tmp_path / f'{name}.ogg').read_bytes()
    (tmp_path / 'joined.ogg').write_bytes(joined)
    assert decode_sound(tmp_path / 'joined.ogg').repairs.time_restarts == 2


def test_changes_of_rate_and_channels(tmp_path):
    joined = b''
    for rate, layout in ((48000, 'mono'), (48000, 'stereo'), (16000, 'stereo')):
        samples = tone(1.0, rate, 1 if layout == 'mono' else 2)
        encode_sound(tmp_path / 'part.aac', samples, rate, layout, 'aac')
        joined += (tmp_path / 'part.aac').read_bytes()
    (tmp_path / 'joined.aac').write_bytes(joined)
    found = decode_sound(tmp_path / 'joined.aac').repairs
    assert found.format_changes == 2
    # Nothing had to be mended.
    assert found.words() == ()


def test_packets_without_a_time_stamp(tmp_path):
    """FFmpeg writes one stamp into an MPEG program stream of H.264, and none after it."""
    path = tmp_path / 'clip.mpg'
    encode(path, pictures(50, 25), 'libx264', 'yuv420p', fps=25, audio_codec='mp2')
    found = diagnose(path)
    assert found.verdict is Verdict.BROKEN_TIMES
    assert found.repairs.unstamped_packets == 49
    assert 'packets without a time stamp: 49' in found.repairs.words()


def test_packets_without_a_picture(tmp_path):
    clip(tmp_path / 'whole.mkv', video_codec='libvpx')
    path = with_changed(tmp_path / 'whole.mkv', tmp_path / 'clip.mkv', 'video', {7, 8}, hidden)
    found = diagnose(path)
    assert (found.verdict, found.repairs.packets_without_picture) == (Verdict.FINE, 2)
    opened = Clip(path)
    assert opened.repairs == ()
    shown = opened.frames(np.arange(20) / 10 + 0.05)
    assert opened.repair_counts.packets_without_picture == 2
    assert np.array_equal(shown[8], shown[6])
    assert not np.array_equal(shown[9], shown[6])
    assert opened.repairs == found.repairs.words()


def test_corrupt_pictures(tmp_path):
    clip(tmp_path / 'whole.mkv', video_codec='mpeg2video')
    half = lambda content: content[: len(content) // 2]  # noqa: E731
    path = with_changed(tmp_path / 'whole.mkv', tmp_path / 'clip.mkv', 'video', {7}, half)
    found = diagnose(path)
    assert (found.verdict, found.repairs.corrupt_pictures) == (Verdict.UNREADABLE, 1)
    opened = Clip(path)
    opened.frames(np.arange(20) / 10 + 0.05)
    assert opened.repairs == ('damaged pictures: 1',)
    assert 0.3 < found.intact_seconds <= 0.7


def test_sums_and_words():
    first = Repairs(sound_packets=10, damaged_sound_packets=1, cut_seconds=0.25)
    total = first + Repairs(sound_packets=5, cut_seconds=0.5, time_restarts=2)
    assert total == Repairs(15, 1, 0.0, 0.75, 2)
    assert len(total.words()) == 3
    assert Repairs(sound_packets=10, format_changes=1).words() == ()
