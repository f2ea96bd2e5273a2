"""Text of figures, shown as it is written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib import rc_context
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

#: Fonts of other scripts and of emoji; systems have some of them.
_OTHERS = (
    *('Noto Sans CJK JP', 'Noto Sans CJK SC', 'Source Han Sans', 'WenQuanYi Zen Hei'),
    *('Droid Sans Fallback', 'Hiragino Sans', 'PingFang SC', 'Apple SD Gothic Neo'),
    *('Yu Gothic', 'Microsoft YaHei', 'Malgun Gothic', 'Arial Unicode MS', 'Noto Sans'),
    *('Noto Emoji', 'Segoe UI Emoji', 'Symbola'),
)


@contextmanager
def plain_text() -> Iterator[None]:
    """Let matplotlib show texts literally.

    A ``$`` begins no formula, and installed fonts of other scripts are used for the letters that
    matplotlib's own font lacks. It also works as a decorator of functions that make figures.
    """
    with rc_context({'text.parse_math': False, 'font.family': list(_families())}):
        yield


def letters_without_font(texts: Iterable[str]) -> str:
    """Return the letters that no font of :func:`plain_text` has, each once, in order."""
    fonts = [get_font(findfont(FontProperties(family=name))) for name in _families()]
    letters = dict.fromkeys(letter for text in texts for letter in text if letter.isprintable())
    return ''.join(
        letter for letter in letters if not any(font.get_char_index(ord(letter)) for font in fonts)
    )


@cache
def _families() -> tuple[str, ...]:
    installed = {font.name for font in fontManager.ttflist}
    return 'DejaVu Sans', *(name for name in _OTHERS if name in installed)
