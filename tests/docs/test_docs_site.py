"""The documentation: navigation, links, the model zoo. ``make docs`` itself checks anchors, too."""

import importlib.util
import re
from fnmatch import fnmatch
from types import SimpleNamespace

import pytest
import yaml

from mmssl.registry import TRANSFORMS

from ..conftest import ROOT
from ..doc_pages import blocks_of

DOCS = ROOT / 'docs'
PAGES = sorted(DOCS.rglob('*.md'))
SITE = yaml.safe_load((ROOT / 'mkdocs.yml').read_text())
LINK = re.compile(r'!?\[[^\]]*\]\(([^)\s]+)\)')
#: A file or folder of the repository, named from its root.
PATH = re.compile(r'`((?:benchmarks|configs|docs|mmssl|requirements|tests|tools)/[\w./-]+)`')


def prose(page):
    """A page without its fenced blocks."""
    return re.sub(r'^```.*?^```', '', page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(page):
    """Names that the headings of a page have as targets of links."""
    headings = re.findall(r'^#+ (.+)$', prose(page), re.MULTILINE)
    return {
        re.sub(r'[-\s]+', '-', re.sub(r'[^\w\s-]', '', heading).strip().lower())
        for heading in headings
    }


def entries(navigation):
    """Pages of the navigation, in order."""
    for entry in navigation:
        (target,) = entry.values()
        yield from [target] if isinstance(target, str) else entries(target)


#: READMEs of the published localizers' configs, which the site shows as pages.
METHODS = sorted(
    path.parent.name
    for path in (ROOT / 'configs').glob('*/README.md')
    if "the authors' weights" in path.read_text()
)


def test_the_navigation_has_every_page_once():
    pages = [str(page.relative_to(DOCS)) for page in PAGES]
    shown = [f'methods/{name}.md' for name in METHODS]
    assert sorted(entries(SITE['nav'])) == sorted(pages + shown)


@pytest.mark.parametrize('name', METHODS)
def test_a_methods_page_has_commands_a_map_numbers_and_oddities(name):
    text = (ROOT / f'configs/{name}/README.md').read_text()
    assert re.findall(r'^## (.+)$', text, re.MULTILINE) == [
        "With the authors' weights",
        'Training',
        'A map',
        'Published numbers',
        'Good to know',
    ]
    assert f'../../docs/images/methods/{name}.jpg' in LINK.findall(text)


def test_the_index_links_to_every_page_and_the_readme_to_the_index():
    """The reference of the Python interface is on the site alone."""
    linked = set(LINK.findall((DOCS / 'index.md').read_text()))
    pages = {str(page.relative_to(DOCS)) for page in (*PAGES, *DOCS.rglob('*.ipynb'))}
    assert pages - linked == {'index.md', *(name for name in pages if '/api/' in name)}
    assert 'docs/index.md' in LINK.findall((ROOT / 'README.md').read_text())


def test_every_page_opens_with_its_reader_and_its_purpose():
    for page in PAGES:
        title, _, opening = page.read_text().partition('\n\n')
        assert re.fullmatch('# .+', title), page.name
        assert re.match(r'For [^:]+: [^.]+\.|For [^.]+\.', opening), f'{page.name}: {opening[:80]}'


def test_the_reference_has_every_room():
    """Except the repairs, which nobody calls."""
    pages = '\n'.join(page.read_text() for page in (DOCS / 'reference/api').iterdir())
    shown = set(re.findall(r'^::: mmssl\.(\w+)', pages, re.MULTILINE))
    rooms = {path.parent.name for path in (ROOT / 'mmssl').glob('*/__init__.py')}
    assert rooms - {'compat'} <= shown


@pytest.mark.parametrize('page', [ROOT / 'README.md', *PAGES], ids=lambda p: p.stem)
def test_links_pictures_and_paths_of_a_page_are_there(page):
    for link in LINK.findall(prose(page)):
        if link.startswith(('http://', 'https://')):
            continue
        path, _, anchor = link.partition('#')
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link
        # On the site there is nothing but docs.
        assert page.parent == ROOT or target.is_relative_to(DOCS), link
    for name in PATH.findall(prose(page)):
        assert (ROOT / name).exists(), name


def test_git_ignores_what_the_pages_write():
    ignored = [line.strip('/') for line in (ROOT / '.gitignore').read_text().splitlines()]
    options = 'out|show-dir|dump-maps|coco|frames|fix|work-dir'
    for page in PAGES:
        for block in blocks_of(page):
            for path in re.findall(rf'--(?:{options}) ([\w./-]+)', block.text):
                first = path.partition('/')[0]
                known = any(fnmatch(first, pattern) for pattern in ignored)
                assert known or first == 'docs', f'{page.name}: {path} is not in .gitignore'


def test_pictures_are_shown_somewhere():
    pages = (*PAGES, *(ROOT / 'configs').glob('*/README.md'))
    shown = {(page.parent / link).resolve() for page in pages for link in LINK.findall(prose(page))}
    assert {path for path in DOCS.rglob('*') if path.suffix in ('.png', '.jpg', '.gif')} <= shown


def test_the_zoo_says_what_the_index_says():
    """Both ways: every config of the metafile, and nothing else."""
    lines = (DOCS / 'reference/model_zoo.md').read_text().splitlines()
    rows = [[cell.strip(' `') for cell in line[1:-1].split('|')] for line in lines if '|' in line]
    listed = [row for row in rows if row[0].startswith('configs/')]
    files = yaml.safe_load((ROOT / 'model-index.yml').read_text())['Import']
    models = [m for file in files for m in yaml.safe_load((ROOT / file).read_text())['Models']]
    expected = [
        [
            model['Config'],
            model['Metadata']['Training Data'],
            f'{model["Metadata"]["Parameters"]:,}',
            model.get('Weights', ''),
        ]
        for model in models
    ]
    # Only the first table has a column of weights.
    assert sorted([*row, ''][:4] for row in listed) == sorted(expected)
    measured = {
        model['Config']: result['Metrics']
        for model in models
        for result in model.get('Results', [])
    }
    header = next(row for row in rows if 'cIoU' in row)
    numbers = {
        row[0]: {name: float(cell) for name, cell in zip(header[4:], row[4:], strict=True)}
        for row in listed
        if any(row[4:])
    }
    assert numbers == measured


def test_the_site_needs_no_network_and_its_packages_are_pinned():
    assert SITE['theme']['font'] is False
    assert not SITE.keys() & {'extra_javascript', 'extra_css'}
    lines = (ROOT / 'requirements/docs.txt').read_text().splitlines()
    assert all(re.fullmatch(r'[\w.-]+==[\w.]+', line) for line in lines if line[0] != '#')


def test_roles_of_docstrings_become_links(tmp_path):
    spec = importlib.util.spec_from_file_location('docs_hooks', DOCS / 'hooks.py')
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    html = hooks.on_page_content('see :func:<code>f</code>, :mod:<code>g</code>: <code>f</code>')
    (tmp_path / 'api').mkdir()
    (tmp_path / 'api/a.html').write_text('<h2 id="mmssl.a.f">')
    (tmp_path / 'index.html').write_text(html)
    hooks.on_post_build(SimpleNamespace(site_dir=tmp_path))
    assert (tmp_path / 'index.html').read_text() == (
        'see <a href="api/a.html#mmssl.a.f"><code>f</code></a>, <code>g</code>: <code>f</code>'
    )


def test_the_page_of_transforms_has_the_keys_of_all_of_them():
    rows = re.findall(
        r'^\| `mmssl\.(\w+)` \|(.+)\|$',
        (DOCS / 'reference/transforms.md').read_text(),
        re.MULTILINE,
    )
    ours = {n: c for n, c in TRANSFORMS.module_dict.items() if c.__module__.startswith('mmssl.')}
    assert {name for name, _ in rows} == ours.keys()
    for name, cells in rows:
        said = {*re.findall(r'\w+', ours[name].__doc__), 'or', 'and'}
        assert set(re.findall(r'\w+', cells)) <= said, name
