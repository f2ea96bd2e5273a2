"""A hook of the documentation site: roles of docstrings become plain code."""

import re

# As HTML: ":func:" before a code span, which Sphinx would read and Markdown does not.
ROLE = re.compile(r':(?:attr|class|data|exc|func|meth|mod):(?=<code)')


def on_page_content(html: str, **kwargs) -> str:
    """Leave out the roles' names."""
    return ROLE.sub('', html)
