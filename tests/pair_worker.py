"""One of two processes that train a head together: RANK, rendezvous file, result file."""

import sys

import torch
import torch.distributed as dist

from mmssl.models import SimilarityHead
from mmssl.models.similarity_head import LOSSES

#: Pairs of the whole batch.
COUNT = 6


def head_of(loss):
    """A head with seeded weights."""
    torch.manual_seed(0)
    projections = {'slavc': 2, 'lvs': 0, 'alignment': 0}.get(loss, 1)
    head = SimilarityHead(channels=8, projections=projections, loss=loss, gather=True)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return head


def gradients(loss, part):
    """Loss of some of the pairs, and the gradient of all weights and features as one tensor."""
    torch.manual_seed(1)
    features = torch.rand(COUNT, 8, 1, 3, 4), torch.rand(COUNT, 8, 1)
    features = tuple(values[part].requires_grad_() for values in features)
    head = head_of(loss)
    targets = [tuple(v.detach() for v in branch) for branch in head(features)]
    value = sum(head.loss(features, targets=targets).values())
    value.backward()
    weights = [parameter.grad.flatten() for parameter in head.parameters()]
    return value.detach(), torch.cat([torch.zeros(1), *weights]), [f.grad for f in features]


def main() -> None:
    rank, rendezvous, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    dist.init_process_group('gloo', f'file://{rendezvous}', rank=rank, world_size=2)
    found = {}
    for loss in LOSSES:
        value, weights, features = gradients(loss, slice(3 * rank, 3 * rank + 3))
        dist.all_reduce(weights)
        # As DistributedDataParallel: the mean over processes.
        found[loss] = value, weights / 2, features
    if rank == 0:
        torch.save(found, out)
    dist.destroy_process_group()


if __name__ == '__main__':
    main()
