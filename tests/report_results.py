"""Maps of known faults on rendered clips, some of them damaged: what a report page is made of."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmssl.evaluation.functional import boxes_to_mask
from mmssl.evaluation.map_files import write_map
from mmssl.media import Clip, write_video

#: Roles of the eight test clips, from the smallest to the largest box.
ROLES = (
    'too large',
    'found',
    'elsewhere',
    'constant map',
    'no map',
    'unreadable map',
    'found, in another form',
    'too small',
)


@dataclass
class Report:
    """A written report: its folder, identifiers by role, the tool's arguments and output."""

    folder: Path
    roles: dict[str, str]
    arguments: list[str]
    printed: str = ''

    @staticmethod
    def options(folder: Path) -> list[str]:
        """Arguments of ``mmssl report``."""
        paths = ('maps', '--truth', 'boxes.json', '--videos', 'videos', '--out', 'page')
        parts = [part if part.startswith('-') else str(folder / part) for part in paths]
        return [*parts, '--title', 'Maps with faults', '--resamples', '50', '--workers', '2']

    @property
    def page(self) -> Path:
        """Folder of the page."""
        return self.folder / 'page'

    @property
    def data(self) -> dict:
        """What the page shows."""
        return read_data(self.page)


def read_data(page: Path) -> dict:
    """The data of a page, as JSON."""
    head, text = (page / 'data.js').read_text().split('const REPORT = ')
    assert head == "'use strict';\n"
    return json.loads(text.removesuffix(';\n'))


def write_results(shapes: Path, folder: Path) -> dict[str, str]:
    """Write ``maps`` and ``videos`` to a folder, and ``boxes.json``.

    The clip of ``elsewhere`` is gone, that of ``constant map`` is damaged, and
    that of ``found, in another form`` is one that browsers do not play.

    Returns:
        Role to identifier.
    """
    entries = json.loads((shapes / 'boxes_test.json').read_text())
    entries.sort(key=lambda entry: boxes_to_mask(entry['bbox']).sum())
    roles = {role: entry['file'] for role, entry in zip(ROLES, entries)}
    (folder / 'videos').mkdir(parents=True)
    for name in roles.values():
        shutil.copy(shapes / f'videos/{name}.mp4', folder / 'videos')
    shutil.copy(shapes / 'boxes_test.json', folder / 'boxes.json')
    for role, entry in zip(ROLES, entries):
        if role not in ('no map', 'unreadable map'):
            write_map(folder / 'maps', entry['file'], _map(role, boxes_to_mask(entry['bbox'])))
    (folder / f'maps/{roles["unreadable map"]}.npz').write_bytes(b'PK\x03\x04 and then nothing')
    (folder / f'videos/{roles["elsewhere"]}.mp4').unlink()
    (folder / f'videos/{roles["constant map"]}.mp4').write_bytes(b'no video')
    _rewrite(folder / f'videos/{roles["found, in another form"]}.mp4')
    return roles


def write_second_method(folder: Path, roles: dict[str, str]) -> None:
    """Write ``theirs`` beside ``maps``: a method that finds what the first one sees elsewhere.

    Its map of ``found`` is elsewhere, that of ``too small`` is missing, and that of ``no map`` is
    there. All others are those of the first method, in other units.
    """
    entries = {e['file']: e for e in json.loads((folder / 'boxes.json').read_text())}
    swapped = {'elsewhere': 'found', 'found': 'elsewhere', 'no map': 'found'}
    for role, name in roles.items():
        if role not in ('too small', 'unreadable map'):
            truth = boxes_to_mask(entries[name]['bbox'])
            write_map(folder / 'theirs', name, 5 * _map(swapped.get(role, role), truth) - 1)


def _map(role, truth):
    """Float32 maps on the evaluation grid."""
    values = np.zeros(truth.shape, np.float32)
    rows, columns = np.nonzero(truth)
    centre = rows[len(rows) // 2], int(columns.mean())
    if role.startswith('found'):
        values[truth] = 1
        # The adaptive rule predicts less than the truth has where many values are equal.
        values += np.random.default_rng(0).random(truth.shape, np.float32) / 100
    elif role == 'elsewhere':
        values[~truth] = np.linspace(0, 1, np.count_nonzero(~truth))
    elif role == 'too large':
        values[:] = np.linspace(0.6, 0.7, values.size).reshape(values.shape)
        values[0, 0], values[centre] = 0, 1
    elif role == 'too small':
        values[:] = np.linspace(0, 0.1, values.size).reshape(values.shape)
        values[centre] = 1
    return values


def _rewrite(path):
    clip = Clip(path)
    frames = clip.frames(np.arange(30) / 10)
    samples = clip.samples(0.0, 3.0)
    path.unlink()
    write_video(
        path.with_suffix('.mkv'),
        frames,
        10,
        samples,
        video_codec='mpeg4',
        audio_codec='libmp3lame',
    )
