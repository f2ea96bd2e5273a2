"""Scenes: the data from which frames, sound and ground truth of a clip are computed.

Positions and sizes are fractions of the frame, times are seconds from the
start of the clip. The *event* is the interval in which the sounding object is
visible and audible; ``Scene.outside`` is the behaviour outside this interval.
"""

from dataclasses import dataclass

from .actors import Actor
from .camera import STILL, Camera
from .levels import Pair
from .room import NO_ECHO, Room

#: Seconds in which a late object slides into the picture.
SLIDE = 0.4


@dataclass(frozen=True)
class Voice:
    """A sound of a scene.

    Attributes:
        actor: Index of the sounding object; ``None`` if it is not in the picture.
        label: Class of the sound.
        event: ``(start, end)`` of the interval in which the object is visible and audible.
        audible: ``(start, end)`` of the sound.
        loudness: RMS of the sound.
    """

    actor: int | None
    label: int
    event: Pair
    audible: Pair
    loudness: float


@dataclass(frozen=True)
class Scene:
    """All data from which a clip's frames and samples are computed.

    Attributes:
        duration: Length in seconds.
        actors: Objects, drawn in this order (later ones in front).
        target: Index of the sounding object among ``actors``; ``None`` if it
            is not in the picture.
        sound: Class of the sound; ``None`` for silence or noise.
        event: ``(start, end)`` of the visible and audible interval.
        audible: ``(start, end)`` of the sound.
        outside: One of :data:`levels.OUTSIDE`.
        cut_background: Seed of the background outside a cut.
        loudness: RMS of the event's sound.
        noise: RMS of the background noise; 0 is digital silence.
        picture_seed: Seed of the background picture.
        sound_seed: Seed of the sound's random properties.
        also: Sounds of visible objects other than ``target``.
        camera: Motion of the camera.
        room: Room in which the sounds are heard.
        textured: Whether surfaces have grain and light instead of flat colours.
        least_seen: Share of a sounding object that must be in sight for it to have a box.
    """

    duration: float
    actors: tuple[Actor, ...]
    target: int | None
    sound: int | None
    event: Pair
    audible: Pair
    outside: str
    loudness: float
    noise: float
    picture_seed: int
    sound_seed: int
    cut_background: int = 0
    also: tuple[Voice, ...] = ()
    camera: Camera = STILL
    room: Room = NO_ECHO
    textured: bool = False
    least_seen: float = 0.0

    @property
    def voices(self) -> tuple[Voice, ...]:
        """All sounds of classes, the main sound first."""
        if self.sound is None:
            return ()
        main = Voice(self.target, self.sound, self.event, self.audible, self.loudness)
        return (main, *self.also)

    @property
    def sounding_index(self) -> int:
        """Index of the sounding object, for scenes that have one."""
        if self.target is None:
            raise ValueError('the picture shows no sounding object')
        return self.target

    @property
    def sounding(self) -> Actor:
        """The sounding object, for scenes that have one."""
        return self.actors[self.sounding_index]

    def in_event(self, time: float) -> bool:
        return self.event[0] <= time < self.event[1]

    def place(self, index: int, time: float) -> Pair:
        """Centre of an object in the frame at an instant, as fractions of the frame."""
        actor = self.actors[index]
        x, y = actor.position(time)
        if self.outside == 'late' and index == self.target:
            # The object enters over the nearer edge.
            width = actor.size[0]
            beyond = -(x + width / 2) if x < 0.5 else 1 - x + width / 2
            x += beyond * max(0.0, 1 - (time - self.event[0]) / SLIDE)
        return self.camera.place((x, y), time)
