"""Clips that tests render: flashes with clicks, and files with odd properties."""

import struct
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

from mmssl.media import write_video

RATE = 48000


def flash_and_click(path, events, duration, fps, delay=0.0, audio_codec='aac', **options):
    """White frames and clicks at the same instants; the sound may start late."""
    count = round(duration * float(fps))
    starts = np.arange(count) / float(fps)
    frames = np.full((count, 64, 96, 3), 16, np.uint8)
    for time in events:
        # The frame that begins nearest to the event flashes.
        frames[np.abs(starts - time).argmin()] = 235
    samples = np.zeros(round((duration - delay) * RATE), np.float32)
    for time in events:
        begin = starts[np.abs(starts - time).argmin()] - delay
        position = round(begin * RATE)
        burst = np.arange(round(0.01 * RATE)) / RATE
        samples[position : position + len(burst)] = 0.9 * np.sin(2 * np.pi * 3000 * burst)
    write_video(
        path, frames, fps, samples, RATE, audio_codec=audio_codec, audio_delay=delay, **options
    )
    return path


def together(path: Path, *files: Path) -> None:
    """Copy the streams of several files into one; players choose those of the last file."""
    with av.open(str(path), 'w') as target, ExitStack() as opened:
        sources = [opened.enter_context(av.open(str(file))) for file in files]
        streams = {s: target.add_stream_from_template(s) for f in sources for s in f.streams}
        for stream in sources[-1].streams:
            streams[stream].disposition = Disposition.default
        packets = [p for f in sources for p in f.demux() if p.dts is not None]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            packet.stream = streams[packet.stream]
            target.mux(packet)


def rotate(path: Path, degrees: int) -> None:
    """Write a rotation into an mp4's track headers, as phones do."""
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    display_matrix(path, (cos, sin, -sin, cos))


def display_matrix(path: Path, numbers: tuple[int, int, int, int]) -> None:
    """Write a display matrix (a, b, c, d) into the headers of an mp4's tracks with pictures."""
    a, b, c, d = (65536 * number for number in numbers)
    content = bytearray(path.read_bytes())
    position = content.find(b'tkhd')
    while position >= 0:
        version = content[position + 4]
        matrix = position + 4 + (52 if version else 40)
        width = struct.unpack('>I', content[matrix + 36 : matrix + 40])[0]
        if width:  # only pictures have a width
            content[matrix : matrix + 36] = struct.pack('>9i', a, b, 0, c, d, 0, 0, 0, 1 << 30)
        position = content.find(b'tkhd', position + 4)
    path.write_bytes(content)
