"""SoundingShapes: rendered clips that stand in for a real collection.

A clip shows a *sounding* object and silent *distractors* of other classes. A
class is a look (a shape, and a texture that fills it) and a sound (a timbre and a
rhythm); everything else varies freely. The picture alone never reveals which
object sounds.

- :mod:`classes`: names, textures and shapes of the eight classes
- :mod:`levels`: what makes a clip harder, as a table of settings
- :mod:`actors`, :mod:`camera`, :mod:`room`: parts of a scene, and how they are drawn from a seed
- :mod:`scene`: what happens in a clip; :mod:`sample` draws it from one seed, and
  :mod:`additions` adds what its level asks for
- :mod:`draw`: a scene's frames and boxes, with :mod:`materials`
- :mod:`synth`: a scene's sound
- :mod:`plan`: the clips of a collection; :mod:`render` writes them, resumable and parallel
- :mod:`truth`: truth files, written and read; :mod:`annotations`: published forms of them
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
