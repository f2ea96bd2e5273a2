"""The user's own clips are trained on and tested with one command each."""

import json
import re

import pytest
import torch
from mmengine.config import Config

from mmssl.apis import SoundLocalizationInferencer
from mmssl.apis.own_data import follow_classes

from . import own_clips
from .conftest import ROOT
from .warm import run_tool

CONFIG = ROOT / 'configs/mmssl_folder.py'
FEW = ['--cfg-options', 'train_cfg.steps=2', 'train_dataloader.batch_size=4']


def run(tool, folder, *arguments):
    return run_tool(ROOT / f'tools/{tool}.py', CONFIG, *arguments, folder=folder)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with data, which a short training has seen."""
    folder = tmp_path_factory.mktemp('own')
    own_clips.folder(folder / 'mine', {'': 4})
    (folder / 'mine/bell/broken.mp4').write_bytes(b'nothing')
    options = [*FEW, 'train_cfg.steps=24']
    done = run('train', folder, '--data-root', 'mine', *options)
    assert done.status == 0, done.output[-3000:]
    return folder, done.output


def checkpoint(folder):
    (path,) = (folder / 'work_dirs/mmssl_folder').glob('epoch_*.pth')
    return path


def test_the_head_has_the_classes_of_the_folder(trained):
    folder, printed = trained
    content = torch.load(checkpoint(folder), weights_only=False)
    assert content['meta']['dataset_meta']['classes'] == ['bell', 'drum', 'horn']
    assert content['state_dict']['cls_head.fc_av.weight'].shape[0] == 3
    assert 'no sample has boxes: only classification is scored' in printed
    assert 'acc/visual_top1' in printed


def test_a_training_says_before_and_after_how_it_stands(trained):
    folder, printed = trained
    assert re.search(r'train: \d clips, 0\.00 hours, 3 classes', printed)
    assert re.search(r'train: clips of each class: \w+ \d, \w+ \d, \w+ \d', printed)
    lost = r'train: 1 clips cannot be read and are skipped \(train_clips\.csv\), e\.g\. bell/brok'
    assert re.search(lost, printed)
    assert re.search(r'an epoch takes about \d+ s, the \d+ epochs \d+ s', printed)
    assert re.search(r'val: accuracy av [01]\.\d+, audio [01]\.\d+, visual [01]', printed)
    assert 'is near chance' in printed
    for name in ('train_clips.csv', 'val_wrong.csv', 'val_confusion_visual.png'):
        assert (folder / 'work_dirs/mmssl_folder' / name).is_file()


def test_tests_have_the_classes_of_the_checkpoint(trained):
    """A folder with fewer classes numbers them otherwise."""
    folder, _ = trained
    own_clips.folder(folder / 'fewer', {'train': 1, 'val': 1, 'test': 2}, ['drum', 'horn'])
    out = folder / 'metrics.json'
    done = run('test', folder, checkpoint(folder), '--data-root', 'fewer', '--out', out)
    assert done.status == 0, done.output[-3000:]
    assert 0 <= json.loads(out.read_text())['acc/av_top1'] <= 1
    own_clips.clip(folder / 'other/train/viola/a.mp4', 'bell')
    own_clips.clip(folder / 'other/test/viola/a.mp4', 'bell')
    done = run('test', folder, checkpoint(folder), '--data-root', 'other')
    assert done.status == 2
    assert "class 'viola' of test/viola/a.mp4 is not in" in done.output.splitlines()[-1]


def test_boxes_are_scored_where_there_are_some(trained):
    folder, _ = trained
    files = sorted((folder / 'mine').glob('*/*.mp4'))
    entries = [
        {'file': path.name, 'class': path.parent.name, 'bbox': [[0.1, 0.1, 0.5, 0.6]], 'time': 0.5}
        for path in files
        if not path.name.startswith('bell')
    ]
    (folder / 'boxes.json').write_text(json.dumps(entries))
    out = folder / 'localized.json'
    done = run(
        'test', folder, checkpoint(folder), '--data-root', 'mine', '--boxes', 'boxes.json',
        '--out', out,
    )  # fmt: skip
    assert done.status == 0, done.output[-3000:]
    metrics = json.loads(out.read_text())
    assert metrics['loc/evaluated'] == metrics['loc/expected'] == 2
    assert 'boxes of 2 of the 3 clips of this split' in done.output
    rows = (folder / 'work_dirs/mmssl_folder/test_clips.csv').read_text().splitlines()
    assert rows[0] == 'clip,class,seconds,skipped because'
    assert [row.split(',')[1] for row in rows[1:]] == ['bell', 'drum', 'horn']


def test_the_config_of_a_training_is_a_base_with_its_classes(trained):
    folder, _ = trained
    base, mine = folder / 'work_dirs/mmssl_folder/mmssl_folder.py', folder / 'elsewhere/my_mode.py'
    mine.parent.mkdir()
    mine.write_text(
        f"_base_ = {str(base)!r}\nmodel = dict(cls_head=dict(attention=dict(mode='cosine')))\n"
    )
    inferencer = SoundLocalizationInferencer(mine, checkpoint(folder), show_progress=False)
    found = inferencer(folder / 'mine/drum/drum0.mp4')['predictions'][0]
    assert set(found['class_scores']) == {'av', 'audio', 'visual'}
    assert abs(found['maps']).max() <= 1


def test_a_table_cuts_recordings(trained):
    folder, _ = trained
    for label in own_clips.CLASSES:
        own_clips.clip(folder / f'tape/{label}.mp4', label, seconds=8)
    rows = [f'{label}.mp4;{label};{k};{k + 1},5' for label in own_clips.CLASSES for k in range(5)]
    (folder / 'tape/clips.csv').write_text('\n'.join(['path;label;start;end', *rows]))
    done = run(
        'train', folder, '--data-root', 'tape/clips.csv', '--work-dir', 'tape/out', *FEW,
        'train_cfg.least_epochs=1',
    )  # fmt: skip
    assert done.status == 0, done.output[-3000:]
    assert '9 clips train, 3 clips val, 3 clips test' in done.output


def test_a_table_needs_a_form_that_reads_one(tmp_path):
    (tmp_path / 'clips.csv').write_text('a.mp4,dog\n')
    done = run_tool(
        ROOT / 'tools/train.py', ROOT / 'configs/mmssl_soundingshapes.py', '--data-root',
        tmp_path / 'clips.csv', folder=tmp_path,
    )  # fmt: skip
    assert done.status == 2
    assert "form='own-clips', as in configs/mmssl_folder.py" in done.output.splitlines()[-1]


def test_other_classes_are_not_resumed(trained):
    folder, _ = trained
    own_clips.folder(folder / 'swapped', {'': 3}, ['bell', 'drum'])
    own_clips.clip(folder / 'swapped/zither/a.mp4', 'horn')
    done = run('train', folder, '--data-root', 'swapped', '--resume', *FEW)
    assert done.status == 2
    assert "class 2 was 'horn' and is 'zither'" in done.output.splitlines()[-1]


def test_a_width_of_the_user_stays_and_is_compared(trained):
    folder, _ = trained
    options = [*FEW, 'model.cls_head.num_classes=2']
    done = run('train', folder, '--data-root', 'mine', *options)
    assert done.status == 2
    assert 'the head has 2 classes, the data set 3' in done.output.splitlines()[-1]


def test_one_class_alone_is_refused(tmp_path):
    own_clips.folder(tmp_path / 'mine', {'': 3}, ['bell'])
    done = run('train', tmp_path, '--data-root', 'mine')
    assert done.status == 2
    assert 'mine: all clips are of the class bell, expected two' in done.output.splitlines()[-1]


def test_other_configs_keep_their_head():
    config = Config.fromfile(ROOT / 'configs/mmssl_soundingshapes.py')
    follow_classes(config, ['a'])
    assert config.model.cls_head.num_classes == 8


def test_a_folder_without_classes_is_refused(tmp_path):
    own_clips.clip(tmp_path / 'mine/a.mp4', 'bell')
    done = run('train', tmp_path, '--data-root', 'mine')
    assert done.status == 2
    assert 'which tells no classes, expected CLASS/VIDEO.mp4' in done.output.splitlines()[-1]
