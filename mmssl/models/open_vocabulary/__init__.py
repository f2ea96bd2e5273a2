"""Localization by words: a sound tagger and a network that finds words in pictures.

- :mod:`localizer`: both networks on the clock, and the maps
- :mod:`taggers`: probabilities of words in the sound
- :mod:`vision`: probabilities and places of words in pictures
- :mod:`words`: labels, their synonyms and prompts
- :mod:`pretrained`: networks of the ``transformers`` package, by name or folder

The ``transformers`` package is imported only when a network is loaded.
"""

from .localizer import OpenVocabularyLocalizer

__all__ = ['OpenVocabularyLocalizer']
