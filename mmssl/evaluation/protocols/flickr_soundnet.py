"""``flickr-soundnet``: as ``vggss``, but boxes are a consensus (Senocak et al., CVPR 2018).

Boxes of several annotators lie on a grid of 256, and two of them make a full
truth; see :func:`functional.boxes_to_weights`.
"""

from .vggss import VggSs


class FlickrSoundNet(VggSs):
    """Flickr-SoundNet."""

    name = 'flickr-soundnet'
    takes_consensus = True
    default_consensus = True
