"""One of two processes that evaluate together: RANK, rendezvous file, result file."""

import json
import sys

import numpy as np
import torch
import torch.distributed as dist

from mmssl.evaluation.functional import boxes_to_mask
from mmssl.evaluation.metrics import SoundLocalizationMetric

from . import evaluation_references as plain

#: Odd, so that one of two processes is padded.
COUNT = 13
PROTOCOLS = {
    'vggss': {},
    'flickr-soundnet': {'preset': 'lvs'},
    'interactive': {},
    'extended': {'preset': 'slavc', 'exact': True},
    'avsbench': {},
    'negative-audio': {'threshold': 0.2},
    'video': {'preset': 'bicubic'},
}


def make_samples(protocol):
    """Data samples as the evaluator hands them over, one of them unreadable."""
    maps, boxes = plain.make_maps(8, 3 * COUNT, 7), plain.make_boxes(4, COUNT)
    samples = []
    for i in range(COUNT):
        sample = {
            'video_id': f'clip {i}',
            'group': f'picture {i // 2}',
            'moment': 0.15,
            'sounding': i % 3 != 1,
            'gt_boxes': torch.tensor(boxes[i]),
            'pred_map': torch.from_numpy(np.stack(maps[3 * i : 3 * i + 3])),
        }
        if protocol == 'avsbench':
            sample['gt_mask'] = torch.from_numpy(boxes_to_mask(sample.pop('gt_boxes')))
        if protocol == 'video':
            sample['event'] = (0.1, 0.2 + 0.1 * (i % 2))
        samples.append(sample)
    samples[5] = {'video_id': 'clip 5', 'group': 'picture 2', 'unreadable': 'no sound track'}
    return samples


def evaluate_samples(protocol, indices, batch_size, **options):
    """What the metric reports when a process sees these samples."""
    metric = SoundLocalizationMetric(protocol=protocol, **PROTOCOLS[protocol], **options)
    samples = make_samples(protocol)
    for start in range(0, len(indices), batch_size):
        metric.process({}, [samples[i] for i in indices[start : start + batch_size]])
    return metric.evaluate(COUNT)


def main() -> None:
    rank, rendezvous, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    dist.init_process_group('gloo', f'file://{rendezvous}', rank=rank, world_size=2)
    # As MMEngine's sampler does: every second sample, filled up from the start.
    indices = [i % COUNT for i in range(rank, COUNT + COUNT % 2, 2)]
    found = {name: evaluate_samples(name, indices, 4) for name in PROTOCOLS}
    if rank == 0:
        with open(out, 'w') as file:
            json.dump(found, file)
    dist.destroy_process_group()


if __name__ == '__main__':
    main()
