"""What a detector makes of sounding boxes: worked by hand, mirrored, and from files."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmssl.datasets.annotations import AnnotationError, read_detections
from mmssl.localization import OverlapRule, box_iou, categorize, containment, touches
from mmssl.localization.overlaps import covered_share
from projects.detector_comparison import run_detr as detr
from projects.detector_comparison.compare_detector import compare_detector

from ..warm import run_tool

S = [2.0, 2, 6, 6]
"""A sounding box of 4 x 4 in most of the examples, in a frame of 10 x 10."""


def test_overlaps_by_hand():
    # 2 x 4 of 16 + 16 - 8 in common; nothing with the other.
    assert box_iou([S], [[4, 2, 8, 6], [7, 7, 9, 9]]) == pytest.approx(np.array([[1 / 3, 0]]))
    assert containment([S], [[4, 2, 8, 6], [0, 0, 9, 9]]).tolist() == [[0.5, 1]]
    assert containment([[4, 2, 8, 6], [0, 0, 8, 8]], [S]).tolist() == [[0.5], [0.25]]
    assert box_iou([[1, 1, 1, 5]], [[1, 1, 1, 5]]).tolist() == [[0]]
    assert box_iou(np.zeros((0, 4)), [S]).shape == (0, 1)
    assert touches([S], [[5.9, 2, 9, 6], [5, 2, 9, 6]]).tolist() == [[False, True]]


def test_cover_counts_overlaps_once():
    assert covered_share(S, [[2, 2, 4, 6], [3, 2, 5, 6]]) == 0.75
    assert covered_share(S, [[0, 0, 3, 3], [5, 5, 9, 9]]) == pytest.approx(2 / 16)
    assert covered_share(S, np.zeros((0, 4))) == 0
    assert covered_share(S, [[7, 7, 9, 9]]) == 0
    rng = np.random.default_rng(0)
    corners = np.sort(rng.integers(0, 11, (20, 5, 2, 2)), axis=2)
    for boxes in corners.reshape(20, 5, 4):
        grid = np.zeros((10, 10))
        for x0, y0, x1, y1 in boxes:
            grid[y0:y1, x0:x1] = 1
        assert covered_share(S, boxes) == pytest.approx(grid[2:6, 2:6].mean())


HAND_WORKED = {
    'the same box': ([S], 'agrees'),
    # 4 x 2 of 4 x 4: IoU 0.5, just enough.
    'half of it': ([[2, 2, 6, 4]], 'agrees'),
    'one that agrees among others': ([[0, 0, 9, 9], [7, 7, 8, 8], S], 'agrees'),
    # Each has 0.25 of S, both together half of it.
    'two quarters': ([[2, 2, 4, 4], [4, 4, 6, 6]], 'split'),
    # They cover 0.125, but enclose 4 x 4: the players and the field.
    'two corners': ([[2, 2, 3, 3], [5, 5, 6, 6]], 'split'),
    'two specks side by side': ([[2, 2, 3, 3], [3, 2, 4, 3]], 'other'),
    # 2.5 x 2.5, then shifted by 0.5: IoU (2 x 2.5) / (7.5) = 0.67, one thing seen twice.
    'one piece twice': ([[2, 2, 4.5, 4.5], [2.5, 2, 5, 4.5]], 'other'),
    'pieces and the frame': ([[0, 0, 10, 10], [2, 2, 4, 4], [4, 4, 6, 6]], 'split'),
    # 16 of 36: IoU 0.44, area 2.25 times.
    'more than twice as large': ([[1, 1, 7, 7]], 'merged'),
    # 14 of 16 inside (0.875), area 28: 1.75 times, IoU 14/30.
    'not twice as large': ([[2.5, 2, 9.5, 6]], 'other'),
    'beside it': ([[7, 2, 9, 6]], 'missed'),
    'nothing': ([], 'missed'),
    'at its border': ([[6, 2, 8, 6]], 'missed'),
    # 0.1 x 4 of 12.4: 3 %, less than 5 %.
    'a sliver of a neighbour': ([[5.9, 2, 9, 6]], 'missed'),
    'partly beside it': ([[4, 2, 8, 6]], 'other'),
    'one small piece': ([[3, 3, 4, 4]], 'other'),
}


@pytest.mark.parametrize('name', HAND_WORKED)
@pytest.mark.parametrize('symmetry', ['as it is', 'mirrored', 'turned', 'scaled', 'reordered'])
def test_categories_by_hand_whatever_the_coordinates(name, symmetry):
    detections, expected = HAND_WORKED[name]
    boxes, detections = np.array([S]), np.array(detections, dtype=float).reshape(-1, 4)
    boxes, detections = (_changed(item, symmetry) for item in (boxes, detections))
    assert categorize(boxes, detections) == [expected]


def _changed(boxes, symmetry):
    if symmetry == 'mirrored':
        return np.stack([10 - boxes[:, 2], boxes[:, 1], 10 - boxes[:, 0], boxes[:, 3]], 1)
    if symmetry == 'turned':
        return boxes[:, [1, 0, 3, 2]]
    if symmetry == 'scaled':
        return boxes / [30, 70, 30, 70]
    return boxes[::-1] if symmetry == 'reordered' else boxes


def test_one_detection_of_two_sounding_boxes_merges_them():
    boxes = [[0, 0, 4, 4], [5, 0, 9, 4]]
    assert categorize(boxes, [[0, 0, 9, 4]]) == ['merged', 'merged']
    # It agrees with the large one and swallows the small one.
    assert categorize([[0, 0, 8, 8], [1, 1, 6, 6]], [[0, 0, 8, 8]]) == ['agrees', 'merged']
    # 1.75 times as large alone is not merged, with a second box in it is.
    wide = [2.5, 2, 9.5, 6]
    assert categorize([S, [7, 2, 9, 4]], [wide]) == ['merged', 'merged']


def test_limits_are_settings_and_checked():
    assert categorize([S], [[4, 2, 8, 6]], OverlapRule(iou=0.3)) == ['agrees']
    assert categorize([S], [[4, 2, 8, 6]], OverlapRule(touch=0.5)) == ['missed']
    assert categorize(np.zeros((0, 4)), [S]) == []
    with pytest.raises(ValueError, match='iou is 0, expected a share'):
        OverlapRule(iou=0)
    with pytest.raises(ValueError, match='are these xywh'):
        categorize([[5, 5, 2, 2]], [S])
    with pytest.raises(ValueError, match=r'shape \(4,\)'):
        box_iou(S, [S])


def write(path, content):
    path.write_text(json.dumps(content))
    return path


IMAGES = [
    {'id': 1, 'file_name': 'a.mp4', 'width': 200, 'height': 100},
    {'id': 'two', 'file_name': 'frames/b.jpg', 'width': 100, 'height': 100},
    {'id': 3, 'file_name': 'c', 'width': 100, 'height': 100, 'time': 1.5},
    {'id': 4, 'file_name': 'c', 'width': 100, 'height': 100, 'time': 2.5},
]
RESULTS = [
    {'image_id': 1, 'category_id': 18, 'bbox': [20, 10, 100, 50], 'score': 0.9},
    {'image_id': 1, 'category_id': 5, 'bbox': [0, 0, 200, 100], 'score': 0.2},
    {'image_id': 4, 'category_id': 18, 'bbox': [0, 0, 50, 50], 'score': 0.95},
    {'image_id': 4, 'category_id': 18, 'bbox': [80, 80, 20, 20], 'score': 0.8},
]
TABLES = {'images': IMAGES, 'categories': [{'id': 18, 'name': 'dog'}]}
BOXES = [
    {'file': 'a', 'class': 'dog barking', 'bbox': [[0.1, 0.1, 0.6, 0.6], [0.8, 0, 1, 0.2]]},
    {'file': 'b', 'class': 'welding', 'bbox': [[0, 0, 1, 1]]},
    {'file': 'c', 'class': 'dog barking', 'bbox': [[0, 0, 0.5, 0.5]], 'time': 1.5},
    {'file': 'c', 'class': 'dog barking', 'bbox': [[0, 0, 0.5, 0.5]], 'time': 2.5},
    {'file': 'd', 'class': 'welding', 'bbox': [[0, 0, 1, 1]]},
    {'file': 'b', 'class': 'welding', 'bbox': [[0.5, 0.5, 0.5, 0.9]]},
]


def test_both_forms_of_coco_are_read(tmp_path):
    as_list = read_detections(
        write(tmp_path / 'list.json', RESULTS), write(tmp_path / 'images.json', TABLES)
    )
    one = read_detections(write(tmp_path / 'one.json', {**TABLES, 'annotations': RESULTS}))
    assert as_list == one
    first = one[0]
    assert (first.video_id, first.time) == ('a', None)
    assert first.boxes[0] == pytest.approx((0.1, 0.1, 0.6, 0.6))
    assert first.names == ['dog', '5']
    assert first.above(0.5).scores == [0.9]
    assert [picture.video_id for picture in one] == ['a', 'b', 'c', 'c']
    assert not one[1].boxes


@pytest.mark.parametrize(
    ('results', 'tables', 'message'),
    [
        (RESULTS, None, r'does not say which clip an image_id is of; .*--images'),
        ({'images': IMAGES}, None, 'annotations is None'),
        ([{**RESULTS[0], 'image_id': 9}], TABLES, 'entry 0: image_id is 9, which the images of'),
        ([{**RESULTS[0], 'bbox': [9, 9, 1]}], TABLES, r'entry 0: bbox is \[9, 9, 1\]'),
        ([{**RESULTS[0], 'bbox': [150, 50, 190, 90]}], TABLES, 'is it xyxy, or of another size'),
        ([{**RESULTS[0], 'score': 'high'}], TABLES, "score is 'high'"),
        (RESULTS, {'images': [IMAGES[0], IMAGES[0]]}, 'id is 1, which an image before has'),
        (RESULTS, {'images': [{**IMAGES[0], 'width': 0}]}, 'expected positive numbers'),
        (RESULTS, IMAGES, 'images is None'),
        (5, None, 'holds 5, expected a list of'),
    ],
)
def test_what_is_not_coco_is_refused(tmp_path, results, tables, message):
    images = tables and write(tmp_path / 'images.json', tables)
    with pytest.raises(AnnotationError, match=message):
        read_detections(write(tmp_path / 'results.json', results), images)


def test_comparison_as_a_user_runs_it(tmp_path):
    boxes = write(tmp_path / 'boxes.json', BOXES)
    results = write(tmp_path / 'results.json', RESULTS)
    images = write(tmp_path / 'images.json', TABLES)
    tool = 'projects/detector_comparison/compare_detector.py'
    done = run_tool(tool, boxes, results, '--images', images, '--out', tmp_path / 'out.json')
    assert done.status == 0, done.errors
    lines = done.printed.splitlines()
    # a: agrees, missed; b: missed, the box without area left out; c: missed at 1.5, agrees at 2.5.
    assert lines[2] == '| dog barking | 4 | 2 | 0 | 0 | 2 | 0 | 0.500 |'
    assert lines[3] == '| welding | 1 | 0 | 0 | 0 | 1 | 0 | 0.000 |'
    assert lines[4] == '| total | 5 | 2 | 0 | 0 | 3 | 0 | 0.400 |'
    assert lines[5:8] == [
        '1 of 3 detections touch no sounding object',
        '1 pictures are not in the detections and do not count',
        '1 sounding boxes have no area and do not count',
    ]
    report = json.loads((tmp_path / 'out.json').read_text())
    assert report['not_looked_at'] == [{'file': 'd', 'time': None}]
    assert [row['category'] for row in report['boxes'] if row['file'] == 'a'] == [
        'agrees',
        'missed',
    ]
    # Less sure detections count when asked for: the whole frame swallows both boxes of a.
    report = compare_detector(boxes, results, tmp_path / 'o', images=images, min_score=0.1)
    assert report['classes']['dog barking']['merged'] == 1


def test_comparison_of_other_clips_is_an_error(tmp_path):
    results = write(tmp_path / 'results.json', {**TABLES, 'annotations': RESULTS})
    others = write(tmp_path / 'boxes.json', [{**BOXES[1], 'file': 'z'}])
    with pytest.raises(AnnotationError, match=r'has none of the 1 pictures of .*such as z'):
        compare_detector(others, results, tmp_path / 'o')
    unclear = write(tmp_path / 'boxes.json', [{**BOXES[1], 'file': 'c'}])
    with pytest.raises(AnnotationError, match='2 pictures of clip c in the detections'):
        compare_detector(unclear, results, tmp_path / 'o')


def test_without_transformers_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(ValueError, match='pip install "transformers'):
        detr.load_detr(tmp_path)


def test_what_is_no_detr_is_refused(tmp_path):
    pytest.importorskip('transformers')
    with pytest.raises(ValueError, match=r'no such folder, .*not downloaded'):
        detr.load_detr(tmp_path / 'facebook/detr-resnet-50')
    with pytest.raises(ValueError, match=r'no config\.json that names a model_type'):
        detr.load_detr(tmp_path)
    write(tmp_path / 'config.json', {'model_type': 'bert'})
    with pytest.raises(ValueError, match="model_type is 'bert', expected 'detr'"):
        detr.load_detr(tmp_path)
    write(tmp_path / 'config.json', {'model_type': 'detr', 'use_timm_backbone': False})
    with pytest.raises(ValueError, match='transformers cannot load it as a DETR'):
        detr.load_detr(tmp_path)


@pytest.fixture
def tiny_detr(tmp_path):
    """A randomly initialized DETR in a folder, as the package saves it."""
    torch.manual_seed(0)
    transformers = pytest.importorskip('transformers')
    backbone = transformers.ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type='basic',
        out_features=['stage4'],
    )
    config = transformers.DetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=backbone,
        num_queries=5,
        d_model=16,
        num_labels=4,
        **{f'{part}_layers': 1 for part in ('encoder', 'decoder')},
        **{f'{part}_attention_heads': 2 for part in ('encoder', 'decoder')},
        **{f'{part}_ffn_dim': 16 for part in ('encoder', 'decoder')},
    )
    network = transformers.DetrForObjectDetection(config)
    network.save_pretrained(tmp_path / 'detr')
    return tmp_path / 'detr'


def test_detr_runs_and_is_compared(shapes, tiny_detr, tmp_path):
    entries = json.loads((shapes / 'boxes_test.json').read_text())[:3]
    boxes = write(tmp_path / 'boxes.json', [*entries, {**entries[0], 'file': 'lost'}])
    settings = dict(short_side=64, min_score=0.0)
    out = tmp_path / 'detr.json'
    found = detr.run_detr(boxes, shapes / 'videos', tiny_detr, out, batch_size=2, **settings)
    assert [name for name, _ in found.skipped] == ['lost']
    pictures = read_detections(out)
    assert [(p.video_id, p.time) for p in pictures] == [(e['file'], e['time']) for e in entries]
    assert [len(picture.boxes) for picture in pictures] == [5, 5, 5]
    alone = detr.run_detr(boxes, shapes / 'videos', tiny_detr, out, batch_size=1, **settings)
    for one, other in zip(found.coco['annotations'], alone.coco['annotations']):
        assert one['bbox'] == pytest.approx(other['bbox'], abs=0.02)
    report = compare_detector(boxes, out, tmp_path / 'report.json', min_score=0.0)
    assert report['total']['boxes'] == 3
    assert [row['file'] for row in report['not_looked_at']] == ['lost']


def test_detr_gives_a_picture_the_same_boxes_beside_a_larger_one(tiny_detr):
    network = detr.load_detr(tiny_detr)
    rng = np.random.default_rng(0)
    small, large = (rng.integers(0, 255, (*size, 3), np.uint8) for size in ((64, 96), (96, 64)))
    alone = detr.detect(network, [small], 64)[0]
    beside = detr.detect(network, [small, large], 64)[0]
    assert alone[0].shape == (5, 4)
    # Padding is masked; only convolutions at its border see it.
    assert beside[0] == pytest.approx(alone[0], abs=0.02)
    assert beside[1] == pytest.approx(alone[1], abs=0.02)


class Network(torch.nn.Module):
    """Answers what it is told to, and keeps what it was given."""

    def __init__(self, logits, boxes):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.answer = SimpleNamespace(logits=logits, pred_boxes=boxes)

    def forward(self, **given):
        self.given = given
        return self.answer


def test_pixels_boxes_and_scores_of_detr_by_hand():
    # Two objects and 'no object', which is the most likely in the second query.
    logits = torch.tensor([[1.0, 6, 3], [2, 1, 7]]).log().expand(2, 2, 3)
    boxes = torch.tensor([[0.5, 0.25, 0.2, 0.5], [0.95, 0.5, 0.2, 0.2]]).expand(2, 2, 4)
    network = Network(logits, boxes)
    wide, small = np.full((40, 60, 3), 255, np.uint8), np.zeros((20, 20, 3), np.uint8)
    found = detr.detect(network, [wide, small], 10)
    values, mask = network.given['pixel_values'], network.given['pixel_mask']
    assert values.shape == (2, 3, 10, 15)
    # White and black by ImageNet's red, green and blue; zero where there is no picture.
    white, black = [2.2489, 2.4286, 2.64], [-2.1179, -2.0357, -1.8044]
    assert values[0, :, 9, 14].tolist() == pytest.approx(white, abs=1e-4)
    assert values[1, :, 9, 9].tolist() == pytest.approx(black, abs=1e-4)
    assert not values[1, :, :, 10:].any()
    assert mask[0].all()
    assert mask[1].tolist() == [[1] * 10 + [0] * 5] * 10
    for corners, scores, labels in found:
        assert corners == pytest.approx(np.array([[0.4, 0, 0.6, 0.5], [0.85, 0.4, 1, 0.6]]))
        assert scores == pytest.approx([0.6, 0.2])
        assert labels.tolist() == [1, 0]
