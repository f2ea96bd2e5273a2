"""Repairs made while a clip is read: counted, and described in words."""

from dataclasses import astuple, dataclass


@dataclass
class Repairs:
    """Faults of a clip that were repaired while it was read.

    Attributes:
        sound_packets: Packets of the sound that were read, including damaged ones.
        damaged_sound_packets: Packets of these that could not be decoded.
        filled_seconds: Silence in gaps of the sound, such as damaged packets leave.
            The time before a late start is not a gap.
        cut_seconds: Sound that was left out because its time stamps overlap.
        time_restarts: Places where the time stamps of the sound restart. The next
            part plays after the previous one.
        format_changes: Changes of rate or channels within the sound. They lose nothing.
        unstamped_packets: Packets without a time stamp, of pictures and sound.
        packets_without_picture: Packets that gave no picture. The previous one is shown.
        corrupt_pictures: Pictures that the decoder reports as corrupt or could not decode.
    """

    sound_packets: int = 0
    damaged_sound_packets: int = 0
    filled_seconds: float = 0.0
    cut_seconds: float = 0.0
    time_restarts: int = 0
    format_changes: int = 0
    unstamped_packets: int = 0
    packets_without_picture: int = 0
    corrupt_pictures: int = 0

    def __add__(self, other: 'Repairs') -> 'Repairs':
        return Repairs(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def words(self) -> tuple[str, ...]:
        """Describe each kind of repair; empty for a clip without repairs."""
        # The silence of damaged packets is already described.
        gaps = 0.0 if self.damaged_sound_packets else self.filled_seconds
        lost = self.packets_without_picture
        told = (
            (self.damaged_sound_packets, '{} damaged packets of the sound are silent (of {total})'),
            (gaps, '{:.2f} s of gaps in the sound are silent'),
            (self.cut_seconds, '{:.2f} s of overlapping sound are left out'),
            (self.time_restarts, 'time stamps of the sound restart: {}'),
            (self.unstamped_packets, 'packets without a time stamp: {}'),
            (lost, 'packets without a picture, the previous one is shown: {}'),
            (self.corrupt_pictures, 'damaged pictures: {}'),
        )
        return tuple(text.format(n, total=self.sound_packets) for n, text in told if n)
