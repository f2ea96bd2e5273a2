"""Boxes as VGG-SS, COCO, CVAT and Label Studio write them: read, matched to clips, refused."""

import json

import numpy as np
import pytest

from mmssl.datasets.annotations import AnnotationError, read_exported_boxes
from mmssl.datasets.forms import FORMS, FormFiles

from .. import own_clips

BOX = [0.125, 0.25, 0.5, 0.75]

CVAT_IMAGES = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><id>1</id><name>mine</name><size>1</size><mode>annotation</mode></task></meta>
  <image id="0" name="bell/a@0.4.png" width="64" height="48">
    <box label="bell" source="manual" occluded="0" xtl="8.00" ytl="12.00" xbr="32.00" ybr="36.00"
         z_order="0"></box>
  </image>
</annotations>
"""
CVAT_VIDEO = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><name>mine</name><mode>interpolation</mode>
    <original_size><width>64</width><height>48</height></original_size>
    <source>a.mp4</source></task></meta>
  <track id="0" label="bell" source="manual">
    <box frame="4" keyframe="1" outside="0" occluded="0" xtl="8" ytl="12" xbr="32" ybr="36"></box>
    <box frame="5" keyframe="0" outside="0" occluded="0" xtl="9" ytl="12" xbr="33" ybr="36"></box>
    <box frame="6" keyframe="1" outside="1" occluded="0" xtl="9" ytl="12" xbr="33" ybr="36"></box>
  </track>
</annotations>
"""
#: The videos of two tasks, as a project exports them.
CVAT_PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><project><id>3</id><name>mine</name><tasks>
    <task><id>7</id><name>first</name><mode>interpolation</mode><subset>train</subset>
      <original_size><width>64</width><height>48</height></original_size>
      <source>a.mp4</source></task>
    <task><id>8</id><name>second</name><mode>interpolation</mode><subset></subset>
      <original_size><width>128</width><height>96</height></original_size>
      <source>b.mp4</source></task>
  </tasks></project></meta>
  <track id="0" label="bell" source="manual" task_id="7" subset="train">
    <box frame="4" keyframe="1" outside="0" occluded="0" xtl="8" ytl="12" xbr="32" ybr="36"
         z_order="0"></box>
  </track>
  <track id="1" label="drum" source="manual" task_id="8" subset="default">
    <box frame="4" keyframe="1" outside="0" occluded="0" xtl="16" ytl="24" xbr="64" ybr="72"
         z_order="0"></box>
  </track>
</annotations>
"""
PERCENT = {'x': 12.5, 'y': 25, 'width': 37.5, 'height': 50, 'rotation': 0}
SIZE = {'original_width': 64, 'original_height': 48, 'image_rotation': 0}
LABEL_STUDIO = [
    {
        'id': 1,
        'data': {'image': '/data/upload/1/0a1b2c3d-a@0.4.png'},
        'annotations': [
            {'id': 1, 'was_cancelled': True, 'result': [{'type': 'rectanglelabels'}]},
            {
                'id': 2,
                'was_cancelled': False,
                'ground_truth': False,
                'result': [
                    {
                        **SIZE,
                        'from_name': 'label',
                        'to_name': 'image',
                        'type': 'rectanglelabels',
                        'value': {**PERCENT, 'rectanglelabels': ['bell']},
                    },
                    {'type': 'choices', 'value': {'choices': ['clear']}},
                ],
            },
        ],
        'predictions': [],
    }
]
LABEL_STUDIO_VIDEO = [
    {
        'id': 1,
        'data': {'video': '/data/local-files/?d=mine/bell/a.mp4'},
        'annotations': [
            {
                'result': [
                    {
                        'type': 'videorectangle',
                        'value': {
                            'framesCount': 10,
                            'sequence': [{**PERCENT, 'frame': 5, 'enabled': True, 'time': 0.4}],
                            'labels': ['bell'],
                        },
                    }
                ]
            }
        ],
    }
]
#: The newest annotation of a task stands first.
LABEL_STUDIO_MIN = [
    {
        'image': '/data/upload/1/0a1b2c3d-a@0.4.png',
        'id': 1,
        'label': [{**PERCENT, **SIZE, 'rectanglelabels': ['bell']}],
        'quality': 'clear',
        'annotator': 1,
        'annotation_id': 2,
        'created_at': '2021-03-10T22:16:08.728353Z',
        'updated_at': '2021-03-10T22:16:08.728378Z',
        'lead_time': 4.288,
    },
    {
        'image': '/data/upload/1/0a1b2c3d-a@0.4.png',
        'id': 1,
        'label': [{**PERCENT, **SIZE, 'x': 0, 'rectanglelabels': ['drum']}],
        'annotator': 2,
        'annotation_id': 1,
        'created_at': '2021-03-09T22:16:08.728353Z',
        'updated_at': '2021-03-09T22:16:08.728378Z',
        'lead_time': 4.288,
    },
]
LABEL_STUDIO_MIN_VIDEO = [
    {
        'video': '/data/local-files/?d=mine/bell/a.mp4',
        'id': 1,
        'box': [LABEL_STUDIO_VIDEO[0]['annotations'][0]['result'][0]['value']],
        'annotator': 1,
        'annotation_id': 1,
        'created_at': '2021-03-09T22:16:08.728353Z',
        'updated_at': '2021-03-09T22:16:08.728378Z',
        'lead_time': 4.288,
    }
]
COCO = {
    'images': [{'id': 1, 'file_name': 'bell/a@0.4.jpg', 'width': 64, 'height': 48}],
    'categories': [{'id': 7, 'name': 'bell'}],
    'annotations': [{'id': 1, 'image_id': 1, 'category_id': 7, 'bbox': [8, 12, 24, 24]}],
}
VGGSS = [{'file': 'a.mp4', 'class': 'bell', 'bbox': [BOX], 'time': 0.4}]

EXPORTS = {
    'vggss.json': VGGSS,
    'coco.json': COCO,
    'studio.json': LABEL_STUDIO,
    'studio-video.json': LABEL_STUDIO_VIDEO,
    'studio-min.json': LABEL_STUDIO_MIN,
    'studio-min-video.json': LABEL_STUDIO_MIN_VIDEO,
    'images.xml': CVAT_IMAGES,
    'video.xml': CVAT_VIDEO,
}


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize('name', EXPORTS)
def test_every_tool_says_the_same(tmp_path, name):
    (picture,) = read_exported_boxes(write(tmp_path / name, EXPORTS[name]))
    assert picture.clip.name == 'a'
    assert picture.names == ('bell',)
    np.testing.assert_allclose(picture.boxes, [BOX])
    # CVAT counts frames, from 0.
    assert (picture.time, picture.frame) == ((None, 4) if name == 'video.xml' else (0.4, None))


def test_a_project_of_cvat_has_the_videos_of_its_tasks(tmp_path):
    pictures = read_exported_boxes(write(tmp_path / 'a.xml', CVAT_PROJECT))
    found = [(picture.clip.name, picture.names, picture.frame) for picture in pictures]
    assert found == [('a', ('bell',), 4), ('b', ('drum',), 4)]
    for picture in pictures:  # each in pixels of its own video
        np.testing.assert_allclose(picture.boxes, [BOX])
    image = CVAT_IMAGES.partition('</meta>')[2].replace('bell/a@0.4', 'frame_000004')
    image = image.replace('<image', '<image task_id="8"')
    (picture,) = read_exported_boxes(
        write(tmp_path / 'b.xml', CVAT_PROJECT.partition('<track')[0] + image)
    )
    assert (picture.clip.name, picture.frame) == ('b', 4)


def test_a_task_of_label_studio_without_boxes_is_a_picture_without_boxes(tmp_path):
    bare = {key: value for key, value in LABEL_STUDIO_MIN[0].items() if key != 'label'}
    (picture,) = read_exported_boxes(write(tmp_path / 'a.json', [bare]))
    assert picture.boxes.shape == (0, 4)


def test_turned_boxes_are_what_they_reach(tmp_path):
    turned = CVAT_IMAGES.replace('z_order', 'rotation="90" z_order').replace(
        'width="64"', 'width="48"'
    )
    (picture,) = read_exported_boxes(write(tmp_path / 'a.xml', turned))
    np.testing.assert_allclose(picture.boxes[0] * 48, [8, 12, 32, 36])
    turned = turned.replace('ybr="36.00"', 'ybr="24.00"')
    (picture,) = read_exported_boxes(write(tmp_path / 'a.xml', turned))
    np.testing.assert_allclose(picture.boxes[0] * 48, [14, 6, 26, 30])


def broken(content, before, after):
    text = content if isinstance(content, str) else json.dumps(content)
    assert before in text
    return text.replace(before, after, 1)


@pytest.mark.parametrize(
    ('name', 'content', 'said'),
    [
        ('a.xml', '<annotations>\n<image', ':2: not XML'),
        ('a.xml', '<!DOCTYPE x>\n<annotations/>', ':1: holds <!DOCTYPE'),
        ('a.xml', '<annotation/>', ': the root is <annotation>, expected <annotations> of CVAT'),
        ('a.xml', '<annotations/>', ': neither <image> nor <track>'),
        (
            'a.xml',
            broken(CVAT_IMAGES, '8.00', 'x'),
            ": image 0 (bell/a@0.4.png), box 0: xtl is 'x'",
        ),
        ('a.xml', broken(CVAT_IMAGES, 'width="64"', ''), ': image 0 (bell/a@0.4.png): width is '),
        (
            'a.xml',
            broken(CVAT_IMAGES, '32.00', '4'),
            ', box 0: the box [8.0, 12.0, 4.0, 36.0] ends',
        ),
        (
            'a.xml',
            broken(CVAT_VIDEO, 'xbr="32"', 'xbr="99"'),
            ': track 0, box 0: the box [8.0, 12.',
        ),
        ('a.xml', broken(CVAT_VIDEO, '<source>a.mp4</source>', ''), ': <meta> names no <source>'),
        ('a.json', '[{"id": 1}]', ": entry 0 lacks ['file', 'class', 'bbox']"),
        (
            'a.xml',
            broken(CVAT_PROJECT, 'task_id="8"', 'task_id="9"'),
            ": track 1: task_id is '9', expected a task of <meta>: 7, 8",
        ),
        (
            'a.xml',
            broken(CVAT_PROJECT, '<source>b.mp4</source>', ''),
            ': task 8 in <meta> names no <source>',
        ),
        (
            'a.json',
            broken(LABEL_STUDIO_MIN, '"x": 12.5', '"x": "1"'),
            ': entry 0: x, y, width, height are',
        ),
        ('a.json', broken(LABEL_STUDIO_MIN, '"id": 1', '"id": [1]'), ': entry 0: id is [1]'),
        ('a.json', broken(LABEL_STUDIO_MIN, '.png', ''), ': entry 0: data are {'),
        (
            'a.json',
            broken(LABEL_STUDIO_MIN_VIDEO, '"sequence": [', '"sequence": [3, '),
            ': entry 0: sequence is [3, {',
        ),
        ('a.json', broken(LABEL_STUDIO, '"x": 12.5', '"x": "1"'), ': entry 0: x, y, width, height'),
        (
            'a.json',
            broken(LABEL_STUDIO, '"x": 12.5', '"x": 120'),
            ': entry 0: the box x, y, width,',
        ),
        ('a.json', broken(LABEL_STUDIO, '["bell"]', '[]'), ': entry 0: rectanglelabels are []'),
        ('a.json', broken(LABEL_STUDIO, '.png', ''), ': entry 0: data are {'),
        (
            'a.json',
            broken(COCO, '"image_id": 1', '"image_id": 2'),
            ': entry 0: image_id is 2, whic',
        ),
        ('a.json', '{"a": ', ':1: not JSON'),
    ],
)
def test_broken_exports_are_refused_with_their_place(tmp_path, name, content, said):
    with pytest.raises(AnnotationError) as caught:
        read_exported_boxes(write(tmp_path / name, content))
    assert str(caught.value).startswith(f'{tmp_path}/{name}')
    assert said in str(caught.value)


@pytest.fixture
def mine(tmp_path):
    for split in ('train', 'test'):
        for name in 'ab':
            own_clips.clip(tmp_path / f'mine/{split}/bell/{split[1]}{name}.mp4', 'bell')
        own_clips.clip(tmp_path / f'mine/{split}/drum/d.mp4', 'drum')
    own_clips.clip(tmp_path / 'mine/test/bell/a.mp4', 'bell')
    return tmp_path / 'mine'


def read(mine, boxes, split='test'):
    return FORMS['own-clips'].samples(FormFiles(mine, boxes, split))


@pytest.mark.parametrize('name', EXPORTS)
def test_clips_get_their_boxes(mine, name):
    content = json.dumps(EXPORTS[name]) if isinstance(EXPORTS[name], list) else EXPORTS[name]
    if isinstance(content, str):
        content = content.replace('mine/bell', 'test/bell')
    found = read(mine, write(mine.parent / name, content))
    boxed = {s.id: s for s in found.samples if s.truth is not None}
    assert list(boxed) == ['test/bell/a.mp4']
    np.testing.assert_allclose(boxed['test/bell/a.mp4'].truth, [BOX])
    # The middle of frame 4 of ten a second, or what the file says.
    assert boxed['test/bell/a.mp4'].moment == pytest.approx(0.45 if name == 'video.xml' else 0.4)
    assert 'boxes of 1 of the 4 clips of this split' in found.notes[-1]


def test_boxes_of_another_class_do_not_count(mine):
    other = [{**VGGSS[0], 'class': 'drum'}, {**VGGSS[0], 'class': 'what sounds', 'time': 0.7}]
    found = read(mine, write(mine.parent / 'a.json', other))
    assert [s.moment for s in found.samples if s.truth is not None] == [0.7]


def test_names_must_tell_clips_apart(mine):
    both = write(mine.parent / 'a.json', [{**VGGSS[0], 'file': 'd.mp4'}])
    with pytest.raises(AnnotationError, match=r'd may be test/drum/d\.mp4 or train/drum/d\.mp4'):
        read(mine, both)
    with pytest.raises(AnnotationError, match=r'none of its 1 pictures is of a clip, e\.g\. zz'):
        read(mine, write(mine.parent / 'a.json', [{**VGGSS[0], 'file': 'zz.mp4'}]))


def test_boxes_of_a_recording_are_of_the_part_that_they_lie_in(tmp_path):
    own_clips.clip(tmp_path / 'a.mp4', 'bell', seconds=4)
    rows = ['a.mp4,bell,train,0,1', 'a.mp4,bell,test,1,2', 'a.mp4,bell,test,2,4']
    write(tmp_path / 'clips.csv', '\n'.join(rows))
    boxes = write(tmp_path / 'a.json', [{**VGGSS[0], 'time': 2.5}])
    found = read(tmp_path / 'clips.csv', boxes)
    assert [(s.id, s.moment) for s in found.samples if s.truth is not None] == [('a.mp4#2-4', 0.5)]
