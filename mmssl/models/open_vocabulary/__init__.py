"""Localization by words: a tagger of sounds and a network that finds words in pictures.

- :mod:`localizer`: both networks on the clock, and the maps
- :mod:`taggers`: which words are heard
- :mod:`vision`: which words are seen, and where
- :mod:`words`: labels, their synonyms and prompts
- :mod:`pretrained`: networks of the ``transformers`` package, by name or folder

The ``transformers`` package is imported when a network is loaded, and never before.
"""

from .localizer import OpenVocabularyLocalizer

__all__ = ['OpenVocabularyLocalizer']
