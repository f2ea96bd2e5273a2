"""Recordings that were joined byte by byte: the clock restarts in each; they play one by one."""

import itertools
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar, cast

import av
from av.container import InputContainer
from av.stream import Stream

from .files import file_state, open_container

#: Seconds by which time stamps jump back or ahead where another recording was appended.
_BACK, _AHEAD = 0.5, 60

#: Containers with a single table of times, which cannot restart, and can be sought in.
WHOLE = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm')

#: Start and end of a part of a file, in seconds; the end may be infinite.
Span = tuple[float, float]

#: By stream index: the first packet of each recording, and the seconds by which it moves.
Joints = dict[int, list[tuple[int, float]]]

S = TypeVar('S', bound=Stream)


def joints(container: InputContainer) -> Joints:
    """Find where recordings were joined. This reads the whole file without decoding it.

    Picture and sound of a recording move together, to the end of the longer stream of the
    previous recording. Players do the same.

    Args:
        container: PyAV container that was opened from a file.

    Returns:
        For each stream, the number of its first packet in each recording, and the seconds by which
        its packets move from there on. Empty for a file with a single recording.
    """
    if container.format.name in WHOLE:
        return {}
    return _joints(container.name, tuple(file_state(container.name) or ()))


# Pictures and sound of a clip need the same file, which is read only once.
@lru_cache(maxsize=4)
def _joints(path: str, state: tuple[int, ...]) -> Joints:
    with open_container(path) as file:
        spans, places = _recordings(file)
    if len(spans) == 1:
        return {}
    moves = [0.0]
    for before, after in itertools.pairwise(spans):
        moves.append(moves[-1] + max(before) - min(after))
    return {
        index: [(number, moves[place]) for number, place in entered]
        for index, entered in places.items()
    }


def joined_packets(
    container: InputContainer, joints: Joints, *streams: S
) -> 'Iterator[av.Packet[S]]':
    """Demux from the start, with times that continue where a recording was appended.

    Args:
        container: PyAV container that has not been read yet.
        joints: Result of :func:`joints`.
        streams: Streams to demux, at least one.
    """
    ahead = {index: list(moves) for index, moves in joints.items()}
    numbers: Counter[int] = Counter()
    for packet in cast('Iterator[av.Packet[S]]', container.demux(*streams)):
        moves = ahead.get(packet.stream.index)
        if moves and packet.dts is not None and packet.pts is not None:
            if len(moves) > 1 and numbers[packet.stream.index] == moves[1][0]:
                moves.pop(0)
            numbers[packet.stream.index] += 1
            ticks = round(moves[0][1] / packet.time_base)
            packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
        yield packet


def end_of(packet: av.Packet) -> int:
    """The end of a packet with a time, in units of its time base.

    If the pieces of a chained Ogg have the same serial number, FFmpeg gives the packet between
    them a length of 2^32 samples.
    """
    length = packet.duration or 0
    if packet.stream.type == 'audio' and length * packet.time_base > _AHEAD:
        length = 0
    return (packet.pts or 0) + length


def _recordings(
    container: InputContainer,
) -> tuple[list[list[float]], dict[int, list[tuple[int, int]]]]:
    """Times that occur in each recording, and the packet at which each stream enters it."""
    spans: list[list[float]] = [[]]
    places: dict[int, list[tuple[int, int]]] = {}
    latest: dict[int, float] = {}
    numbers: Counter[int] = Counter()
    streams = [stream for stream in container.streams if stream.type in ('video', 'audio')]
    for packet in container.demux(streams) if streams else ():
        if packet.dts is None or packet.pts is None:
            continue
        index, time = packet.stream.index, float(packet.dts * packet.time_base)
        entered = places.setdefault(index, [(0, len(spans) - 1)])
        if _begins_anew(time, index, latest, follows=entered[-1][1] < len(spans) - 1):
            # The first stream that restarts opens a recording; the others follow it.
            if entered[-1][1] == len(spans) - 1:
                spans.append([])
            entered.append((numbers[index], len(spans) - 1))
        latest[index] = time
        numbers[index] += 1
        ends = packet.pts, end_of(packet)
        spans[entered[-1][1]] += (float(ticks * packet.time_base) for ticks in ends)
    return spans, places


def _begins_anew(time: float, index: int, latest: dict[int, float], follows: bool) -> bool:
    """Whether a stream's times jump. A sound with a long gap only catches up."""
    before = latest.get(index, time)
    if time > before + _AHEAD:
        return follows or time > max(latest.values()) + _AHEAD
    return time < before - _BACK
