"""SoundingShapes: rendered clips in place of a real collection.

A clip shows a *sounding* object and silent *distractors* of other classes. A
class has an appearance (a shape filled with a texture) and a sound (a timbre and
a rhythm); everything else varies freely. The picture alone never reveals which
object sounds.

- :mod:`classes`: names, textures and shapes of the eight classes
- :mod:`levels`: levels of difficulty, as a table of settings
- :mod:`actors`, :mod:`camera`, :mod:`room`: parts of a scene, drawn at random from a seed
- :mod:`scene`: the events of a clip; :mod:`sample` draws it from one seed, and
  :mod:`additions` adds the difficulties of its level
- :mod:`draw`: a scene's frames and boxes, with :mod:`materials`
- :mod:`synth`: a scene's sound
- :mod:`plan`: the clips of a collection; :mod:`render` writes them, resumable and parallel
- :mod:`truth`: writes and reads truth files; :mod:`annotations` writes them in published formats
"""

from .classes import CLASS_NAMES
from .plan import RenderSettings
from .render import render_collection, render_scene, render_vggsound_standin
from .sample import in_turn, interactive_member, sample_scene
from .scene import Scene
from .truth import ClipTruth, Source, read_truth, training_clips

__all__ = [
    'CLASS_NAMES',
    'ClipTruth',
    'RenderSettings',
    'Scene',
    'Source',
    'in_turn',
    'interactive_member',
    'read_truth',
    'render_collection',
    'render_scene',
    'render_vggsound_standin',
    'sample_scene',
    'training_clips',
]
