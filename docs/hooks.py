"""Hooks of the documentation site: pages of algorithms, and roles of docstrings as links."""

import os
import re
from pathlib import Path
from typing import Any

# As HTML: ":func:" before a code span, which Sphinx would read and Markdown does not.
ROLE = re.compile(r':(?:attr|class|data|exc|func|meth|mod):<code>([^<]+)</code>')
MARKED = re.compile(r'<code class="role">([^<]+)</code>')
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


def on_page_content(html: str, **kwargs: Any) -> str:
    """Mark the names of roles, and leave out the roles' own."""
    return ROLE.sub(r'<code class="role">\1</code>', html)


def on_post_build(config: Any, **kwargs: Any) -> None:
    """Link the marked names to the objects that the site describes."""
    pages = {path: path.read_text('utf-8') for path in Path(config.site_dir).rglob('*.html')}
    places = {
        name: path
        for path, html in pages.items()
        for name in re.findall(r'id="(mmssl[\w.]*)"', html)
    }
    for path, html in pages.items():
        linked = MARKED.sub(lambda found, page=path: link(found[1], places, page), html)
        if linked != html:
            path.write_text(linked, 'utf-8')


def link(name: str, places: dict[str, Path], page: Path) -> str:
    """Link a name, whole or without its module, to the one object that has it.

    Args:
        name: As docstrings write it.
        places: Page of each object.
        page: The page with the link.

    Returns:
        HTML: plain code if no object or more than one has the name.
    """
    wanted = name.strip('~.()')
    whole = [other for other in places if other == wanted]
    found = whole or [other for other in places if other.endswith(f'.{wanted}')]
    if len(found) != 1:
        return f'<code>{name}</code>'
    target = os.path.relpath(places[found[0]], page.parent)
    return f'<a href="{Path(target).as_posix()}#{found[0]}"><code>{name}</code></a>'
