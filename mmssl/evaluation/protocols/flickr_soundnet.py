"""``flickr-soundnet``: like ``vggss``, with consensus boxes (Senocak et al., CVPR 2018).

Boxes of several annotators are on a grid of 256, and the overlap of two boxes
has full weight; see :func:`functional.boxes_to_weights`.
"""

from .vggss import VggSs


class FlickrSoundNet(VggSs):
    """Flickr-SoundNet."""

    name = 'flickr-soundnet'
    takes_consensus = True
    default_consensus = True
