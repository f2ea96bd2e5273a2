"""SoundingShapes: rendered clips that stand in for a real collection.

A clip shows a *sounding* object and silent *distractors* of other classes. A
class is a look (a shape, and a texture that fills it) and a sound (a timbre and a
rhythm); everything else varies freely. The picture alone never reveals which
object sounds.

- :mod:`classes`: names, textures and shapes, sounds of the eight classes
- :mod:`scene`: what happens in a clip, drawn from one seed
- :mod:`draw`: a scene's frames and boxes
- :mod:`synth`: a scene's sound
- :mod:`render`: files on disk: splits, annotations, resumable and parallel
- :mod:`truth`: a reader of the truth files
"""

from .classes import CLASS_NAMES
from .render import RenderSettings, render_collection, render_scene, render_vggsound_standin
from .scene import Scene, sample_scene
from .truth import ClipTruth, read_truth, training_clips

__all__ = [
    'CLASS_NAMES',
    'ClipTruth',
    'RenderSettings',
    'Scene',
    'read_truth',
    'render_collection',
    'render_scene',
    'render_vggsound_standin',
    'sample_scene',
    'training_clips',
]
