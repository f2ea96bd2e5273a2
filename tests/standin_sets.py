"""Tiny stand-ins of the test sets, laid out as ``docs/reference/data_sets.md`` says."""

import itertools
import json
import shutil
import wave
from pathlib import Path

import cv2
import numpy as np

from mmssl.datasets.annotations import class_names, read_vggsound_table

from . import annotation_files as files

RATE = 16000


def vggsound(root: Path, rendered: Path) -> Path:
    """Three training clips and a test clip, with every list that names them."""
    shutil.copytree(rendered, root)
    (test,) = [entry['file'] for entry in json.loads((root / 'vggss.json').read_text())]
    train = sorted(p.stem for p in (root / 'videos').glob('*.mp4') if p.stem != test)
    for name in ('heard', 'unheard'):
        write(root / f'vggss_{name}_test.csv', f'{test}\nzpWuikVorYg_000032\n')
    for name in ('10k', '144k'):
        # As published, the lists hold a test clip.
        write(root / f'vggss_{name}.txt', '\n'.join([*train[:2], test]))
    vggsounder(root, [test])
    pairs = f'video,audio,label\n{test},{train[0]},non-sounding\n'
    write(root / 'vggss_test_plus_silent.csv', f'{pairs}{train[1]},{train[1]},non-sounding\n')
    return root


def vggsounder(root: Path, clips: list[str]) -> None:
    """Labels of clips: the first class is seen and heard, the second heard, the third seen."""
    classes = class_names(read_vggsound_table(root / 'vggsound.csv'))
    rows = [f'{i},vgg_{i},"{name}"\n' for i, name in enumerate(reversed(classes))]
    write(root / 'classes.csv', f'index,mid,display_name\n{"".join(rows)}')
    labels = [
        f'{clip},"{label}",{modality},False,False,True\n'
        for clip in clips
        for label, modality in zip(classes, ('AV', 'A', 'V'))
    ]
    header = 'video_id,label,modality,background_music,static_image,voice_over\n'
    write(root / 'vggsounder+background-music.csv', header + ''.join(labels))


def flickr(root: Path) -> Path:
    """Pictures ``1`` and ``2``; the longer list also has ``3``."""
    for number in (1, 2, 3):
        picture(root / f'frames/{number}.jpg', (60, 80), number)
        sound(root / f'audio/{number}.wav', 12.0, number)
        write(root / f'Annotations/{number}.xml', files.FLICKR_XML)
    write(root / 'flickr_test.csv', '1,202\n2,0\n')
    write(root / 'flickr_test_250.csv', '1,202\n2,0\n3,7\n')
    write(
        root / 'flickr_test_plus_silent.csv',
        'video,audio,label\n1,2,non-sounding\n2,1,non-sounding\n',
    )
    return root


def is3(root: Path) -> Path:
    """One picture with a cat and a clock."""
    write(root / 'synthetic3240_bbox.json', files.IS3)
    for number, name in enumerate(('cat_clock_1828_cat', 'cat_clock_1828_clock')):
        picture(root / f'visual_frames/{name}.jpg', (90, 90), 7)
        sound(root / f'audio_wav/{name}.wav', 4.0, number)
    return root


def avsbench(root: Path) -> Path:
    """The first two frames of an S4 and of an MS3 clip."""
    write(root / 's4_data/avs1_s4_test.csv', '0d9u2CymIxc_1,race_car\n0d9u2CymIxc_2,race_car\n')
    write(root / 'ms3_data/avs1_ms3_test.csv', files.MS3)
    layouts = (
        ('s4_data', 'test/race_car/0d9u2CymIxc', '0d9u2CymIxc_{}', 'race_car/0d9u2CymIxc'),
        ('ms3_data', '26xaTuDMCIQ_1', '26xaTuDMCIQ_1.mp4_{}', '26xaTuDMCIQ_1'),
    )
    for folder, pictures, frame, clip in layouts:
        base = root / folder
        sound(base / f'audio_wav/test/{clip}.wav', 5.0, 3)
        name = clip.split('/')[-1]
        for second in (1, 2):
            picture(base / f'visual_frames/{pictures}/{frame.format(second)}.png', (224, 224), 5)
            mask = np.zeros((224, 224), np.uint8)
            mask[:100, : 50 * second] = 1
            write_picture(base / f'gt_masks/test/{clip}/{name}_{second}.png', mask)
    return root


def ave(root: Path, rendered: Path) -> Path:
    """Two training clips, one of which has two events, a validation clip and a test clip."""
    videos = _copied(rendered, root / 'AVE', '{video}.mp4')
    rows = [f'{label}&{video}&good&2&8' for video, label in zip(videos, ('Bark', 'Cat') * 2)]
    rows.append(f'Cat&{videos[0]}&good&8&10')
    write(
        root / 'Annotations.txt', '\n'.join(['Category&VideoID&Quality&StartTime&EndTime', *rows])
    )
    splits = {'train': [rows[0], rows[1], rows[4]], 'val': [rows[2]], 'test': [rows[3]]}
    for split, listed in splits.items():
        write(root / f'{split}Set.txt', '\n'.join(listed))
    return root


def kinetics(root: Path, rendered: Path, classes: list[str]) -> Path:
    """A training and a test clip of every class, and one of another class, which is not there."""
    (root / 'videos').mkdir(parents=True)
    clips = itertools.cycle(sorted((rendered / 'videos').glob('*.mp4')))
    for split in ('train', 'val'):
        rows = [files.KINETICS.partition('\n')[0]]
        for number, name in enumerate(classes):
            video = f'{split:_<6}{number:05d}'
            (root / f'videos/{video}_000030_000040.mp4').symlink_to(next(clips).resolve())
            rows.append(f'"{name}",{video},30,40,{split},0')
        rows.append(f'abseiling,-3B32lodo2M,59,69,{split},0')
        write(root / f'{split}.csv', '\n'.join(rows))
    return root


def music(root: Path, rendered: Path) -> Path:
    """Solos of two instruments, and a duet."""
    videos = _copied(rendered, root / 'videos', '{video}.mp4')
    solos = {'version': 1.0, 'videos': {'flute': videos[:2], 'acoustic_guitar': videos[2:]}}
    write(root / 'MUSIC_solo_videos.json', json.dumps(solos, indent=4))
    duets = {'version': 1.0, 'videos': {'flute acoustic_guitar': videos[:1]}}
    write(root / 'MUSIC_duet_videos.json', json.dumps(duets, indent=4))
    return root


def audioset(root: Path, rendered: Path) -> Path:
    """Segments with one class, one that is left out for its two, and a test segment."""
    videos = _copied(rendered, root / 'videos', '{video}_000030.mp4')
    header = '\n'.join(files.SEGMENTS.splitlines()[:3])
    labels = ('/m/0bt9lr,/m/05tny_', '/m/01yrx', '/m/04rlf')
    rows = [f'{video}, 30.000, 40.000, "{label}"' for video, label in zip(videos, labels)]
    rows.append('--U7joUcTCo, 0.000, 10.000, "/m/05tny_,/m/01yrx"')
    write(root / 'balanced_train_segments.csv', '\n'.join([header, *rows]))
    test = f'{header}\n{videos[3]}, 30.000, 40.000, "/m/01yrx"\n'
    write(root / 'eval_segments.csv', test)
    write(root / 'class_labels_indices.csv', files.AUDIOSET_CLASSES)
    write(root / 'ontology.json', files.ONTOLOGY)
    return root


def _copied(rendered: Path, folder: Path, name: str) -> list[str]:
    """Identifiers of videos whose rendered clips are linked under other names."""
    folder.mkdir(parents=True)
    clips = sorted((rendered / 'videos').glob('*.mp4'))
    videos = [clip.stem.rpartition('_')[0] for clip in clips]
    for clip, video in zip(clips, videos):
        (folder / name.format(video=video)).symlink_to(clip.resolve())
    return videos


def write(path: Path, text: str) -> None:
    """Write a text file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def picture(path: Path, shape: tuple[int, int], seed: int) -> None:
    """Random coarse blocks."""
    blocks = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), np.uint8)
    write_picture(path, cv2.resize(blocks, shape[::-1], interpolation=cv2.INTER_NEAREST))


def write_picture(path: Path, array: np.ndarray) -> None:
    """Write an array as OpenCV reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), array)


def sound(path: Path, duration: float, seed: int) -> None:
    """16-bit noise, mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(-9000, 9000, round(duration * RATE), np.int16)
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(noise.tobytes())
