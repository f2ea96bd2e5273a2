"""Size of the league."""

from dataclasses import dataclass, fields

#: Help texts for the numbers of :class:`Scale`.
TEXTS = {
    'clips': 'training clips of a level',
    'singles': 'clips of one object, for the picture networks from which all methods start',
    'val': 'validation clips',
    'test': 'test clips',
    'pairs': 'interactive pairs',
    'negatives': 'clips in which nothing visible sounds',
    'turns': 'clips in which two objects sound in turn',
    'epochs': 'epochs of a method',
    'grid': 'settings of the grid for each method',
    'grid_epochs': 'epochs of a training of the grid',
    'picture_epochs': 'epochs of the picture networks',
    'sound_epochs': 'epochs of the distilled sound network',
    'seeds': 'number of seeds',
    'duration': 'seconds of a clip',
    'data_seed': 'seed of the clips',
}


@dataclass(frozen=True)
class Scale:
    """Size of the league; :data:`TEXTS` describes the numbers.

    Raises:
        ValueError: If a number is out of range.
    """

    clips: int = 1200
    singles: int = 1200
    val: int = 200
    test: int = 400
    pairs: int = 100
    negatives: int = 96
    turns: int = 60
    epochs: int = 10
    grid: int = 6
    grid_epochs: int = 4
    picture_epochs: int = 12
    sound_epochs: int = 6
    seeds: int = 3
    duration: float = 5.0
    data_seed: int = 2023

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            least = 0 if name in ('turns', 'data_seed') else 1
            if getattr(self, name) < least:
                raise ValueError(f'{name} is {getattr(self, name)}, expected at least {least}')


#: A trial of a few minutes that runs every job; its numbers are meaningless.
TRIAL = Scale(
    clips=32,
    singles=32,
    val=4,
    test=8,
    pairs=2,
    negatives=3,
    turns=2,
    epochs=1,
    grid=2,
    grid_epochs=1,
    picture_epochs=1,
    sound_epochs=1,
    seeds=1,
)
