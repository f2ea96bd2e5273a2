"""Paths that options name: what is missing, and results that would replace each other."""

import pytest

from mmssl.media.paths import (
    FILE_IN,
    FILE_OUT,
    FOLDER_IN,
    FOLDER_OUT,
    NAME_IN,
    PATH_IN,
    NamedPath,
    check_paths,
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with ``truth.json``, a link to it, and ``maps``, from inside of it."""
    (tmp_path / 'truth.json').write_text('[]')
    (tmp_path / 'link.json').symlink_to('truth.json')
    (tmp_path / 'maps').mkdir()
    (tmp_path / 'same').symlink_to('maps')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(*given):
    check_paths([NamedPath(f'--{kind.expected[:2]}{i}', *pair) for i, pair in enumerate(given)
                 for kind in pair[1:]])  # fmt: skip


def test_paths_of_their_kinds_pass(place):
    checked(
        ('truth.json', FILE_IN), ('maps', FOLDER_IN), ('maps', PATH_IN), ('truth.json', PATH_IN),
        ('soundingshapes', NAME_IN), ('https://host/a.pth', NAME_IN), ('new/out.json', FILE_OUT),
        ('new', FOLDER_OUT),
    )  # fmt: skip
    # Results may lie beside what is read, and a file may be read twice.
    checked(
        ('maps', FOLDER_IN), ('maps', FOLDER_OUT), ('truth.json', FILE_IN), ('link.json', FILE_IN)
    )
    assert not (place / 'new').exists()


@pytest.mark.parametrize(
    ('given', 'line'),
    [
        ([('a.json', FILE_OUT), ('a.json', FILE_OUT)], r'--fi0 a\.json and --fi1 a\.json are one'),
        ([('a.json', FILE_OUT), ('maps/../a.json', FILE_OUT)], 'are one place: give each a name'),
        ([('same', FOLDER_OUT), ('maps', FOLDER_OUT)], '--fo0 same and --fo1 maps are one place'),
        ([('new', FILE_OUT), ('new', FOLDER_OUT)], 'are one place'),
        ([('truth.json', FILE_IN), ('link.json', FILE_OUT)],
         r'--fi1 link\.json would replace --fi0 truth\.json: give another name'),
        ([('./truth.json', FILE_OUT), ('truth.json', NAME_IN)], 'would replace --fi1'),
        ([('maps', FOLDER_IN), ('same', FILE_OUT)], 'would replace'),
    ],
)  # fmt: skip
def test_results_never_replace_each_other_or_what_they_are_made_of(place, given, line):
    with pytest.raises(ValueError, match=line):
        checked(*given)
    assert (place / 'truth.json').read_text() == '[]'


@pytest.mark.parametrize(
    ('path', 'kind', 'line'),
    [
        ('gone', FILE_IN, '^gone: no such file$'),
        ('gone', FOLDER_IN, '^gone: no such folder$'),
        ('gone', PATH_IN, '^gone: no such file or folder$'),
        ('maps', FILE_IN, '^maps: is a folder, not a regular file$'),
        ('truth.json', FOLDER_IN, r'^truth\.json: is a file, not a folder$'),
        ('truht.json', FILE_IN, r'^truht\.json: no such file, did you mean truth\.json\?$'),
        ('./map', FOLDER_IN, r'^\./map: no such folder, did you mean maps\?$'),
        ('https://host/truth.json', FILE_IN, 'is a URL, expected a file: download it first'),
        ('maps', FILE_OUT, '^maps is a folder, expected the name of a file$'),
        ('truth.json', FOLDER_OUT, 'is a file, expected a folder for results'),
    ],
)
def test_paths_of_another_kind_are_refused(place, path, kind, line):
    with pytest.raises(ValueError, match=line):
        checked((path, kind))


def test_all_that_is_missing_is_named_at_once(place):
    with pytest.raises(ValueError, match=r'^a\.json: no such file; b: no such folder$'):
        checked(('a.json', FILE_IN), ('truth.json', FILE_IN), ('b', FOLDER_IN))
