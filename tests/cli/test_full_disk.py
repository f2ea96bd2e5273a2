"""A full disk names the file, and leaves no cut one behind."""

import errno
from types import SimpleNamespace

import mmengine
import numpy as np
import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub, MMLogger
from mmengine.runner import save_checkpoint
from mmengine.visualization import LocalVisBackend
from PIL import Image

from mmssl.cli.commands import main
from mmssl.cli.ending import SOME_FAILED, exit_status
from mmssl.collection.clip_files import ClipFiles
from mmssl.collection.prepare import _prepare
from mmssl.files import atomic_file, naming
from mmssl.media import CachedClip
from mmssl.media.journal import Journal

from ..fault_catalogue import clip
from ..full_disk import fill, names


def sheet(path):
    from matplotlib.figure import Figure

    Figure().savefig(path)


#: Writers of all kinds; their own errors name no file, and some are no errors of the system.
WRITERS = {
    'a.bin': lambda path: path.write_bytes(b'x'),
    'a.txt': lambda path: path.write_text('x'),
    'a.npz': lambda path: np.savez(path, map=np.zeros(99999)),
    'a.raw': lambda path: np.zeros(99999).tofile(path),
    'a.pth': lambda path: torch.save({'weight': torch.zeros(99999)}, path),
    'a.png': lambda path: Image.new('RGB', (64, 64)).save(path),
    'sheet.png': sheet,
}


@pytest.mark.parametrize('name', WRITERS)
def test_whatever_writes_the_file_is_named(tmp_path, name):
    path = fill(tmp_path / name)
    with pytest.raises(OSError, match='No space left on device') as caught:
        write(path, WRITERS[name])
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert names(tmp_path) == []


def write(path, writer):
    with atomic_file(path) as partial:
        writer(partial)


def fail(partial):
    partial.write_text('half')
    raise RuntimeError('internal')


def test_an_error_on_a_disk_with_space_stays_what_it_is(tmp_path):
    with pytest.raises(RuntimeError, match='internal'):
        write(tmp_path / 'a', fail)
    with pytest.raises(FileNotFoundError):
        write(tmp_path / 'a', lambda partial: (partial / 'b').touch())
    assert names(tmp_path) == []


#: Functions of MMEngine that write an object to a path.
MMENGINES = {'a.pkl': mmengine.dump, 'a.json': mmengine.dump, 'a.pth': save_checkpoint}


@pytest.mark.parametrize('name', MMENGINES)
def test_mmengines_files_are_whole_or_not_there(tmp_path, name):
    path = tmp_path / name
    MMENGINES[name]({'state_dict': [1]}, str(path))
    before = path.read_bytes()
    fill(path)
    with pytest.raises(OSError, match=f'No space left on device: .*{name}'):
        MMENGINES[name]({'state_dict': [2]}, str(path))
    assert names(tmp_path) == [name]
    assert path.read_bytes() == before


class Training:
    """As much of a runner as the hook that saves looks at."""

    def __init__(self, work_dir):
        self.work_dir = str(work_dir)
        self.epoch = self.iter = 0
        self.logger = MMLogger.get_instance('full-disk')
        self.message_hub = MessageHub.get_instance(f'full-disk-{work_dir}')

    def save_checkpoint(self, out_dir, filename, *args, **kwargs):
        save_checkpoint({'meta': {'epoch': self.epoch}}, f'{out_dir}/{filename}')


@pytest.fixture
def training(tmp_path):
    runner = Training(tmp_path)
    hook = CheckpointHook(interval=1, max_keep_ckpts=1, save_best='acc', rule='greater')
    hook.before_train(runner)
    return SimpleNamespace(runner=runner, hook=hook, folder=tmp_path)


def an_epoch(training, accuracy):
    training.hook.after_train_epoch(training.runner)
    training.runner.epoch += 1
    training.hook.after_val_epoch(training.runner, {'acc': accuracy})


def test_a_checkpoint_is_replaced_by_the_next(training):
    for accuracy in (0.1, 0.2, 0.2):
        an_epoch(training, accuracy)
    assert names(training.folder) == ['best_acc_epoch_2.pth', 'epoch_3.pth', 'last_checkpoint']
    assert (training.folder / 'last_checkpoint').read_text() == f'{training.folder}/epoch_3.pth'


@pytest.mark.parametrize(
    ('full', 'left'),
    {
        'epoch_2.pth': ['best_acc_epoch_1.pth', 'epoch_1.pth'],
        'last_checkpoint': ['best_acc_epoch_1.pth', 'epoch_1.pth', 'epoch_2.pth'],
        'best_acc_epoch_2.pth': ['best_acc_epoch_1.pth', 'epoch_2.pth'],
    }.items(),
)
def test_a_training_can_go_on_after_a_full_disk(training, full, left):
    an_epoch(training, 0.1)
    fill(training.folder / full)
    with pytest.raises(OSError, match=f'No space left on device: .*{full}'):
        an_epoch(training, 0.2)
    assert names(training.folder) == [*left, 'last_checkpoint']
    last = (training.folder / 'last_checkpoint').read_text()
    assert torch.load(last, weights_only=True)['meta']['epoch'] in (0, 1)


def test_a_log_of_scalars_is_named(tmp_path):
    backend = LocalVisBackend(str(tmp_path))
    (tmp_path / 'vis_data').mkdir(exist_ok=True)
    backend._init_env()
    (tmp_path / 'scalars.json').symlink_to('/dev/full')
    with pytest.raises(OSError, match=r'No space left on device: .*scalars\.json'):
        backend.add_scalar('loss', 1.0)


def test_a_clip_is_cached_whole_or_not(tmp_path):
    video = clip(tmp_path / 'clip.mp4')
    there = CachedClip(tmp_path / 'cache', video, size=(32, 32))
    (samples,) = (tmp_path / 'cache').glob('*.samples')
    kept = samples.read_bytes()
    samples.unlink()
    fill(samples)
    with pytest.raises(OSError, match=r'No space left on device: .*\.samples'):
        CachedClip(tmp_path / 'cache', video, size=(32, 32))
    assert names(tmp_path / 'cache') == [samples.with_suffix('.frames').name]
    again = CachedClip(tmp_path / 'cache', video, size=(32, 32))
    assert samples.read_bytes() == kept
    assert np.array_equal(again.frames([0.3])[0], there.frames([0.3])[0])


def test_a_journal_is_named(tmp_path):
    journal = Journal(tmp_path / 'journal.jsonl')
    journal._file = open('/dev/full', 'ab', buffering=0)  # noqa: SIM115
    with pytest.raises(OSError, match=r'No space left on device: .*journal\.jsonl'):
        journal.add('a', 1)
    with pytest.raises(OSError, match='other'), naming('a'):
        raise OSError(errno.ENOSPC, 'No space left on device', 'other')


def test_a_copy_that_has_no_space_ends_the_preparation(tmp_path):
    """Every other copy would fail likewise."""
    video = clip(tmp_path / 'a.mp4')
    fill(tmp_path / 'out/videos/a.mp4')
    options = {'every_frame': False, 'short_side': 32, 'crf': 18, 'decoder': 'pyav'}
    with pytest.raises(OSError, match=r'No space left on device: .*videos/a\.mp4'):
        _prepare(ClipFiles('a', video), tmp_path / 'out', **options)
    assert names(tmp_path / 'out/videos') == []


@pytest.mark.parametrize(
    ('kind', 'file'),
    [('maps', 'b_maps.npz'), ('boxes', 'b_boxes.json'), ('sheet', 'b_sheet.png'),
     ('video', 'b_localized.mp4')],
)  # fmt: skip
def test_localizing_ends_and_says_how_many_are_done(tmp_path, capsys, kind, file):
    videos = [str(clip(tmp_path / f'{name}.mp4')) for name in 'abc']
    path = fill(tmp_path / 'out' / file)
    status = main(
        ['localize', *videos, 'soundingshapes', '--out', str(path.parent), '--outputs', kind]
    )
    said = capsys.readouterr().err.splitlines()
    assert status == SOME_FAILED
    assert said[-2] == '1 done, 0 failed before the end'
    assert said[-1] == (
        f"mmssl: error: [Errno {errno.ENOSPC}] No space left on device: '{path}'; free some space"
    )
    assert names(path.parent) == [file.replace('b_', 'a_')]


def test_a_full_disk_is_no_wrong_input(capsys):
    def full():
        raise OSError(errno.ENOSPC, 'No space left on device', 'epoch_2.pth')

    assert exit_status(full, 'tool', '--resume continues') == SOME_FAILED
    said = capsys.readouterr().err
    assert said.endswith("'epoch_2.pth'; free some space; --resume continues\n")
