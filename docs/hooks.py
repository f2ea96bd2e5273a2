"""Hooks of the documentation site: pages of algorithms, and roles of docstrings as plain code."""

import re
from pathlib import Path
from typing import Any

# As HTML: ":func:" before a code span, which Sphinx would read and Markdown does not.
ROLE = re.compile(r':(?:attr|class|data|exc|func|meth|mod):(?=<code)')
#: Folders of configs whose README is a page of the site.
METHODS = ('alignment', 'ez_vsl', 'fnac', 'lvs', 'slavc', 'ssl_tie')


def on_files(files: Any, config: Any, **kwargs: Any) -> Any:
    """Show the README of each method's configs as a page of the site."""
    from mkdocs.structure.files import File

    configs = Path(config.config_file_path).with_name('configs')
    for name in METHODS:
        text = (configs / name / 'README.md').read_text('utf-8')
        # Links of a README are relative to its own folder.
        page = re.sub(r'\]\(\.\./(\w+)/README\.md', r'](\1.md', text).replace(
            '](../../docs/', '](../'
        )
        files.append(File.generated(config, f'methods/{name}.md', content=page))
    return files


def on_page_content(html: str, **kwargs) -> str:
    """Leave out the roles' names."""
    return ROLE.sub('', html)
