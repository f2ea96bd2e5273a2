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
        told = (
            (
                self.damaged_sound_packets,
                f'{self.damaged_sound_packets} damaged packets of the sound are silent '
                f'(of {self.sound_packets})',
            ),
            # The silence of damaged packets is already described.
            (
                not self.damaged_sound_packets and self.filled_seconds,
                f'{self.filled_seconds:.2f} s of gaps in the sound are silent',
            ),
            (self.cut_seconds, f'{self.cut_seconds:.2f} s of overlapping sound are left out'),
            (self.time_restarts, f'time stamps of the sound restart: {self.time_restarts}'),
            (self.unstamped_packets, f'packets without a time stamp: {self.unstamped_packets}'),
            (
                self.packets_without_picture,
                f'packets without a picture, the previous one is shown: '
                f'{self.packets_without_picture}',
            ),
            (self.corrupt_pictures, f'damaged pictures: {self.corrupt_pictures}'),
        )
        return tuple(text for number, text in told if number)
