"""check.py --fix: copies of what is intact, links to what is good, and nothing else is touched."""

import csv
import json
import os
import random
import shutil

import numpy as np
import pytest

from mmssl.collection import fixed_folder, journaled
from mmssl.collection.check import check_clips
from mmssl.collection.clip_files import ClipFiles, find_clips
from mmssl.collection.parallel import LostJob, Shard
from mmssl.media import Clip, step_centres, steps_in
from mmssl.media.diagnosis import Verdict, diagnose

from ..conftest import ROOT
from ..fault_catalogue import CASES, clip
from ..full_disk import names
from ..held import kill_held
from ..media.test_repairs import with_changed, zeroed
from ..test_end_to_end import ENVIRONMENT, run
from .test_collections import KILLS, lines, tree

#: Kinds of damage, each with the seconds that are intact; none where no copy mends it.
KINDS = {
    'cut_with_index_first': 1.0,
    'sound_ends_early': 0.8,
    'hole_in_the_sound': 1.0,
    'hole_in_the_pictures': 1.1,
    'middle_zeroed': 0.5,
    'sound_begins_very_late': None,
    'sound_jumps_by_an_hour': None,
    'mute': None,
    'frozen': None,
    'error_page': None,
}
REPAIRED = {'cut_with_index_first', 'hole_in_the_sound', 'middle_zeroed', 'crackling'}


def entries(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope='module')
def raw(tmp_path_factory):
    """Two good clips, a good one with damaged packets, and one of each kind of damage."""
    folder = tmp_path_factory.mktemp('raw')
    for name in ('good', os.fsdecode(b'\xff <i>')):
        clip(folder / f'{name}.mp4', fps=25)
    with_changed(folder / 'good.mp4', folder / 'crackling.mkv', 'audio', {7, 15}, zeroed)
    for kind in KINDS:
        place = folder / kind
        place.mkdir()
        source, _ = CASES[kind].make(place)
        source.rename(folder / f'{kind}{source.suffix}')
        shutil.rmtree(place)
    return folder


@pytest.fixture(scope='module')
def fixed(raw, tmp_path_factory):
    """Results of the command: folder of the report, fixed folder, rows of the report."""
    out = tmp_path_factory.mktemp('results')
    before = entries(raw)
    run('tools/data/check.py', raw, '--out', out / 'check', '--fix', out / 'fixed', '--workers', 2)
    assert entries(raw) == before
    with (out / 'check/report.csv').open(errors='surrogateescape') as file:
        return out / 'check', out / 'fixed', {row['clip']: row for row in csv.DictReader(file)}


def test_the_report_says_what_became_of_each_clip(fixed):
    _, folder, rows = fixed
    mended = {kind for kind, seconds in KINDS.items() if seconds} | {'crackling'}
    assert {name for name, row in rows.items() if row['fixed']} == mended
    for name, row in rows.items():
        assert not row['fixed'] or (folder / row['fixed']).is_file()
        is_good = row['verdict'] == 'fine'
        assert bool(row['not_fixed']) == (not is_good and name not in mended)
    reasons = {name: rows[name]['not_fixed'] for name in KINDS if not KINDS[name]}
    assert reasons == {
        'sound_begins_very_late': 'only 0.00 s are intact, expected at least 0.5 s',
        'sound_jumps_by_an_hour': 'no part of it can be read',
        'mute': 'no sound: a copy cannot repair that',
        'frozen': 'frozen picture: a copy cannot repair that',
        'error_page': 'no part of it can be read',
    }


def test_the_report_counts_what_is_mended(fixed):
    out, _, rows = fixed
    assert rows['crackling']['damaged_sound_packets'] == '2'
    assert float(rows['crackling']['filled_seconds']) == pytest.approx(2 * 0.064, abs=1e-3)
    assert {name for name, row in rows.items() if row['repairs']} == REPAIRED
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['repaired'] == len(REPAIRED)
    assert summary['fixed'] == {'copies': 6, 'links': 2, 'left_out': 5}
    for column, found in summary['repairs'].items():
        numbers = [float(row[column]) for row in rows.values()]
        assert found['total'] == pytest.approx(sum(numbers), abs=0.01)
        assert found['clips'] == np.count_nonzero(numbers)


def test_every_column_and_key_is_documented(fixed):
    out, _, rows = fixed
    text = (ROOT / 'docs/reference/files.md').read_text()
    keys = json.loads((out / 'summary.json').read_text())
    for name in (*rows['good'], *keys, *keys['fixed']):
        assert f'`{name}`' in text, name


def test_the_folder_is_one_to_train_on(fixed):
    _, folder, rows = fixed
    names = (folder / 'clean.txt').read_bytes().decode(errors='surrogateescape').splitlines()
    usable = [n for n, row in rows.items() if row['fixed'] or row['verdict'] == 'fine']
    assert names == usable
    assert {path.stem for path in (folder / 'videos').iterdir()} == set(names)
    for name in names:
        found = diagnose(folder / f'videos/{name}.mp4')
        assert (found.verdict, found.repairs.words()) == (Verdict.FINE, ())
    assert {p.name for p in folder.iterdir()} == {
        *('videos', 'clean.txt', 'settings.json', 'fixed-journal.jsonl')
    }


def test_good_clips_are_links(raw, fixed):
    _, folder, _ = fixed
    links = {path.stem: path for path in (folder / 'videos').iterdir() if path.is_symlink()}
    assert set(links) == {'good', os.fsdecode(b'\xff <i>')}
    assert all(os.readlink(path) == str(raw / path.name) for path in links.values())


@pytest.mark.parametrize('kind', [*(k for k, seconds in KINDS.items() if seconds), 'crackling'])
def test_a_copy_holds_what_was_intact_at_its_time(raw, fixed, kind):
    _, folder, rows = fixed
    copy = Clip(folder / rows[kind]['fixed'])
    source = Clip(next(raw.glob(f'{kind}.*')))
    expected = KINDS.get(kind, 2.0)
    assert copy.duration == pytest.approx(expected, abs=0.1)
    assert copy.duration == pytest.approx(float(rows[kind]['intact_seconds']), abs=0.1)
    times = step_centres(steps_in(copy.duration - 0.05))
    shown = [clip.frames(times) for clip in (source, copy)]
    assert shown[0][0].shape == shown[1][0].shape
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(*shown)) < 3
    heard = [clip.samples(0.0, copy.duration - 0.01) for clip in (source, copy)]
    assert np.abs(heard[0] - heard[1]).max() <= 2**-15
    # Frames keep their times, which are not those of the ten steps a second.
    if kind == 'crackling':
        assert len(copy._reader.starts) == len(source._reader.starts)


def test_a_second_run_changes_nothing_and_writes_no_copy(raw, fixed, tmp_path):
    out, folder, _ = fixed
    before = {path: path.lstat().st_mtime_ns for path in (folder / 'videos').iterdir()}
    check_clips(find_clips(raw), out, fix=folder)
    assert {path: path.lstat().st_mtime_ns for path in (folder / 'videos').iterdir()} == before


def test_shards_fix_what_a_whole_run_fixes(raw, fixed, tmp_path):
    _, folder, _ = fixed
    for part in ('1/2', '2/2'):
        check_clips(find_clips(raw), tmp_path / 'out', fix=tmp_path, shard=Shard.parse(part))
    assert (tmp_path / 'out/index-1-of-2.html').exists()
    assert entries(tmp_path / 'videos') == entries(folder / 'videos')
    parts = [(tmp_path / f'clean-{i}-of-2.txt').read_bytes() for i in (1, 2)]
    whole = (folder / 'clean.txt').read_bytes()
    assert sorted(b''.join(parts).splitlines()) == sorted(whole.splitlines())


def test_the_folder_follows_changed_clips(tmp_path):
    """A cut clip is downloaded again, then its sound is lost."""
    path = tmp_path / 'raw/a.mkv'
    target, fix = tmp_path / 'fixed/videos/a.mp4', {'fix': tmp_path / 'fixed'}
    whole = clip(tmp_path / 'whole.mkv')
    path.parent.mkdir()
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    check_clips(find_clips(path.parent), tmp_path / 'out', **fix)
    assert target.is_file()
    assert not target.is_symlink()
    path.write_bytes(whole.read_bytes())
    check_clips(find_clips(path.parent), tmp_path / 'out', **fix)
    assert os.readlink(target) == str(path)
    clip(path, sound=False)
    check_clips(find_clips(path.parent), tmp_path / 'out', **fix)
    assert not os.path.lexists(target)
    assert path.is_file()


def test_a_copy_that_is_not_fine_is_not_kept(tmp_path):
    """The first fault of a clip hides that it is silent, too."""
    clip(tmp_path / 'raw/a.mp4', sound=np.zeros(12800))
    clips, out = find_clips(tmp_path / 'raw'), tmp_path / 'out'
    assert check_clips(clips, out, fix=out) == {'lengths differ': 1}
    assert 'its copy is silent: every sample is 0' in (out / 'report.csv').read_text()
    assert not list((out / 'videos').iterdir())
    # A user who accepts silent clips accepts the copy, too.
    check_clips(clips, out, fix=out, accept=(Verdict.FINE, Verdict.SILENT))
    assert [path.name for path in (out / 'videos').iterdir()] == ['a.mp4']


def test_a_copy_whose_process_is_lost_costs_only_itself(raw, tmp_path, monkeypatch):
    clips = [c for c in find_clips(raw) if c.name in ('good', 'sound_ends_early')]
    lost = LostJob('not done after 5 s')
    real = journaled.run_all

    def lose_copies(job, items, **limits):
        if job.func is not fixed_folder._fix:
            return real(job, items, **limits)
        return ((item, lost) for item in items)

    with monkeypatch.context() as patched:
        patched.setattr(journaled, 'run_all', lose_copies)
        check_clips(clips, tmp_path, time_limit=30, fix=tmp_path)
    assert [path.name for path in (tmp_path / 'videos').iterdir()] == ['good.mp4']
    assert ',not done after 5 s,' in (tmp_path / 'report.csv').read_text()
    check_clips(clips, tmp_path, time_limit=30, fix=tmp_path)
    assert len(list((tmp_path / 'videos').iterdir())) == 1
    # More time is a reason to try again.
    check_clips(clips, tmp_path, time_limit=40, fix=tmp_path)
    assert len(list((tmp_path / 'videos').iterdir())) == 2


def test_folders_of_something_else_are_refused_before_anything_is_read(raw, tmp_path):
    shutil.copytree(raw, tmp_path / 'data/videos')
    clips = find_clips(tmp_path / 'data/videos')
    with pytest.raises(ValueError, match='videos holds raw clips: choose another folder'):
        check_clips(clips, tmp_path / 'out', fix=tmp_path / 'data')
    (tmp_path / 'link').symlink_to(tmp_path / 'data/videos')
    for fix in ('data/videos', 'data/videos/deeper/fixed', 'link', 'link/fixed'):
        with pytest.raises(ValueError, match=f'{fix} is the folder of the raw clips, or in it'):
            check_clips(clips, tmp_path / 'out', fix=tmp_path / fix)
    shutil.copytree(raw, tmp_path / 'data/.unchecked/deep')
    with pytest.raises(ValueError, match=r'\.unchecked holds raw clips: choose another folder'):
        check_clips(
            find_clips(tmp_path / 'data/.unchecked/deep'), tmp_path / 'out', fix=tmp_path / 'data'
        )
    (tmp_path / 'links').mkdir()
    (tmp_path / 'links/good.mp4').symlink_to(tmp_path / 'data/videos/good.mp4')
    with pytest.raises(ValueError, match='videos holds raw clips: choose another folder'):
        check_clips(find_clips(tmp_path / 'links'), tmp_path / 'out', fix=tmp_path / 'data')
    clip(tmp_path / 'mine/videos/a.mp4')
    with pytest.raises(ValueError, match='videos holds something else'):
        check_clips(clips, tmp_path / 'out', fix=tmp_path / 'mine')
    apart = [ClipFiles('a', raw / 'good.mp4', raw / 'good.wav')]
    with pytest.raises(ValueError, match=r'join them by tools/data/prepare\.py'):
        check_clips(apart, tmp_path / 'out', fix=tmp_path / 'fixed')
    assert not (tmp_path / 'out').exists()
    assert entries(tmp_path / 'data/videos') == entries(raw)


def test_raw_clips_beside_what_is_written_stay_what_they_are(raw, tmp_path):
    """As with ``check.py data/raw --fix data``."""
    shutil.copytree(raw, tmp_path / 'data/raw')
    for _ in range(2):
        check_clips(find_clips(tmp_path / 'data/raw'), tmp_path / 'out', fix=tmp_path / 'data')
        assert entries(tmp_path / 'data/raw') == entries(raw)
    assert names(tmp_path / 'data') == [
        'clean.txt', 'fixed-journal.jsonl', 'raw', 'settings.json', 'videos'
    ]  # fmt: skip


def test_the_list_of_clips_is_not_overwritten(raw, tmp_path):
    listed = tmp_path / 'out/clean.txt'
    listed.parent.mkdir()
    listed.write_text('good\n')
    places = {'out': 'out'}, {'out': 'other', 'fix': 'out'}
    for place in ({k: tmp_path / v for k, v in place.items()} for place in places):
        with pytest.raises(ValueError, match=r'clean\.txt would be overwritten by results'):
            check_clips(find_clips(raw), **place, listed=listed)
    assert names(tmp_path) == ['out']
    assert listed.read_text() == 'good\n'


def test_a_place_that_takes_no_files_is_refused_before_anything_is_read(raw, tmp_path):
    with pytest.raises(ValueError, match='/proc cannot be written to: choose another folder'):
        check_clips(find_clips(raw), tmp_path / 'out', fix='/proc/fixed')
    assert names(tmp_path) == []


def test_killed_fixes_end_like_an_unbroken_one(tmp_path):
    """SIGKILL of parent and workers while copies are written, again and again."""
    rng = random.Random(0)
    count = 3 * KILLS
    for index in range(count):
        path = clip(tmp_path / f'whole/{index:02d}.mkv', fps=25, size=(160, 120))
        cut = tmp_path / f'raw/{index:02d}.mkv'
        cut.parent.mkdir(exist_ok=True)
        cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def words(out):
        folders = ('--out', tmp_path / out, '--fix', tmp_path / out / 'fixed')
        return ['tools/data/check.py', *map(str, (tmp_path / 'raw', *folders, '--workers', 2))]

    place = {'cwd': ROOT, 'env': ENVIRONMENT}
    journal = tmp_path / 'killed/fixed/fixed-journal.jsonl'
    checks, expected = count, 0
    for _ in range(KILLS):
        results = rng.randint(1, 2)
        kill_held('mmssl.media.journal:Journal.add', checks + results, words('killed'), **place)
        checks, expected = 0, expected + results
        assert lines(journal) == expected < count
    for out in (tmp_path / 'killed', tmp_path / 'unbroken'):
        check_clips(find_clips(tmp_path / 'raw'), out, fix=out / 'fixed', workers=2)
    assert lines(journal) == count
    assert len(list((tmp_path / 'killed/fixed/videos').iterdir())) == count
    assert tree(tmp_path / 'killed') == tree(tmp_path / 'unbroken')
