"""Readers of published annotation files, as they are.

Conventions: boxes are float64 ``(k, 4)``, xyxy fractions of the full frame, and
passed on as published, out-of-range and degenerate ones too: the metric's protocol says what they
mean. Times are seconds. A video is identified as ``ID_000032`` (start in seconds, six digits); the
millisecond form ``ID_32000_42000`` names the same clip. Lines count from 1, entries of JSON lists
from 0. A malformed file is an :class:`AnnotationError` that names file and line or entry; no other
error is raised for any content.

- :mod:`text`: bytes to lines, cells and JSON; :mod:`identifiers`: names of clips; :mod:`marks`:
  separators of columns
- :mod:`vggsound`: the four-column table, ``test.csv``, ``stat.csv``
- :mod:`vggsounder`: VGGSounder's labels, with modality and flags
- :mod:`vggss`: boxes in VGG-SS form, their faults counted; negatives
- :mod:`lists`: heard, unheard, 10k, 144k, Flickr lists, clean lists; extended sets
- :mod:`flickr`: Flickr-SoundNet's XML
- :mod:`is3`: pictures with two sounding objects
- :mod:`avsbench`: lists of frames with masks
- :mod:`ave`, :mod:`kinetics`, :mod:`music`, :mod:`audioset`: data sets with labels alone
- :mod:`moments`: the best instants of a video
- :mod:`coco`: a detector's boxes
- :mod:`clip_table`: the user's own table of clips
- :mod:`exported_boxes`, :mod:`picture_boxes`, :mod:`cvat`, :mod:`label_studio`: boxes from
  annotation tools
- :mod:`xml_text`: XML files
"""

from .audioset import OntologyClass, Segment, read_class_table, read_ontology, read_segments
from .ave import EventRow, read_ave
from .avsbench import MaskRow, read_avsbench
from .clip_table import SPLITS, ClipRow, read_clip_table
from .coco import DetectedPicture, DetectionTable, read_detections
from .exported_boxes import read_exported_boxes
from .flickr import read_flickr_boxes
from .identifiers import canonical_id, millisecond_id
from .is3 import read_is3
from .kinetics import ActionRow, read_kinetics
from .lists import Pair, read_ids, read_pairs
from .moments import Moments, read_moments, read_scored_moments
from .music import Performance, read_music
from .picture_boxes import PictureBoxes, without_ending
from .text import AnnotationError, Rows
from .vggsound import (
    TableRow,
    class_names,
    read_class_names,
    read_vggsound_table,
    read_vggsound_test,
)
from .vggsounder import (
    FLAGS,
    LabelledClip,
    packaged_labels,
    read_vggsounder,
    read_vggsounder_classes,
)
from .vggss import BoxCounts, count_boxes, read_boxes, read_named_boxes, read_negatives

__all__ = [
    'FLAGS',
    'SPLITS',
    'ActionRow',
    'AnnotationError',
    'BoxCounts',
    'ClipRow',
    'DetectedPicture',
    'DetectionTable',
    'EventRow',
    'LabelledClip',
    'MaskRow',
    'Moments',
    'OntologyClass',
    'Pair',
    'Performance',
    'PictureBoxes',
    'Rows',
    'Segment',
    'TableRow',
    'canonical_id',
    'class_names',
    'count_boxes',
    'millisecond_id',
    'packaged_labels',
    'read_ave',
    'read_avsbench',
    'read_boxes',
    'read_class_names',
    'read_class_table',
    'read_clip_table',
    'read_detections',
    'read_exported_boxes',
    'read_flickr_boxes',
    'read_ids',
    'read_is3',
    'read_kinetics',
    'read_moments',
    'read_music',
    'read_named_boxes',
    'read_negatives',
    'read_ontology',
    'read_pairs',
    'read_scored_moments',
    'read_segments',
    'read_vggsound_table',
    'read_vggsound_test',
    'read_vggsounder',
    'read_vggsounder_classes',
    'without_ending',
]
