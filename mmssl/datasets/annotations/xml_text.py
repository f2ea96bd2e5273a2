"""XML files, read without entities and document types."""

import os
from xml.etree import ElementTree

from .text import AnnotationError, read_text


def xml_root(path: str | os.PathLike) -> ElementTree.Element:
    """The root of an XML file.

    Raises:
        AnnotationError: If it is not XML, or has a document type.
    """
    text = read_text(path)
    for token in ('<!DOCTYPE', '<!ENTITY'):
        position = text.find(token)
        if position >= 0:
            line = text.count('\n', 0, position) + 1
            raise AnnotationError(
                f'{path}:{line}: holds {token}, which annotations do not need and which can '
                'expand without bounds; remove it'
            )
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise AnnotationError(f'{path}:{error.position[0]}: not XML: {error}') from error
    except (ValueError, RecursionError, LookupError) as error:
        raise AnnotationError(f'{path}:1: not XML: {error}') from error
