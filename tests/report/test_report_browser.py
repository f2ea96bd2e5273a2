"""The report page in a real browser: sorting, filtering, playing, keys, addresses."""

import json
import re
import shutil

import cv2
import numpy as np
import pytest

from mmssl.report.page import write_page

from .. import browser

#: Samples of the large page.
MANY = 5000
#: Seconds after which a wait fails.
PATIENCE = 300


@pytest.fixture
def page(driver, report):
    """The page of the faulty maps, fresh, and what runs JavaScript on it."""
    page = Page(driver)
    page.open(report.page)
    yield page
    assert page.errors() == []


class Page:
    """What a person does on a page, and sees there."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, folder, address=''):
        # A change of the part behind # alone would not load the page again.
        self.driver.get('about:blank')
        self.driver.get((folder / 'index.html').as_uri() + address)
        self.run("byId('gallery').scrollIntoView(); gallery.render()")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        """Wait until JavaScript gives something true, and return it."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE, 0.05).until(
            lambda _: self.run(f'return {condition}')
        )

    def press(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def choose(self, control, value):
        self.run(
            'const c = byId(arguments[0]); c.value = arguments[1];'
            "c.dispatchEvent(new Event('input', {bubbles: true}))",
            control,
            value,
        )

    def names(self):
        """Identifiers on the cards, in their order on the screen."""
        return self.run(
            "return [...document.querySelectorAll('.card')].map((card) =>"
            "[parseFloat(card.style.top), parseFloat(card.style.left), card.querySelector('.name')"
            '.textContent]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((card) => card[2])'
        )

    def shown(self):
        """Identifier of the open sample, or None."""
        return self.run("return viewer.dialog.open ? byId('viewer-name').textContent : null")

    def wait_shown(self, name):
        """Wait until a sample is open, or none; the page follows its address with a delay."""
        now = "(viewer.dialog.open ? byId('viewer-name').textContent : null)"
        self.wait(f'{now} === {json.dumps(name)}')

    def wait_focused(self, name):
        """Wait until the card with a name has the focus."""
        now = "document.activeElement.querySelector('.name')?.textContent"
        self.wait(f'{now} === {json.dumps(name)}')

    def address(self):
        """The page's address; the driver's ``current_url`` may lag behind it."""
        return self.run('return location.href')

    def focused(self):
        """What has the focus: a card's name, or an element's id."""
        return self.run(
            "const e = document.activeElement;return e.querySelector('.name')?.textContent ?? e.id"
        )

    def errors(self):
        return [entry for entry in self.driver.get_log('browser') if entry['level'] == 'SEVERE']


def test_without_chromium_tests_are_skipped_and_fail_in_ci(monkeypatch):
    monkeypatch.setattr(shutil, 'which', lambda name: None)
    monkeypatch.delenv('CI', raising=False)
    with pytest.raises(pytest.skip.Exception, match='apt-get install chromium chromium-driver'):
        browser.needed()
    monkeypatch.setenv('CI', '1')
    with pytest.raises(pytest.fail.Exception, match='chromium and chromedriver not found'):
        browser.needed()


def scored(report, key, descending=False):
    samples = [sample for sample in report.data['samples'] if sample[key] is not None]
    samples.sort(key=lambda sample: sample[key], reverse=descending)
    rest = [sample for sample in report.data['samples'] if sample[key] is None]
    return [sample['id'] for sample in samples + rest]


def test_samples_are_sorted(page, report):
    assert page.names() == scored(report, 'adaptive')
    page.choose('order', 'best')
    assert page.names() == scored(report, 'adaptive', descending=True)
    page.choose('score', 'ciou')
    assert page.names() == scored(report, 'ciou', descending=True)
    page.choose('order', 'name')
    assert page.names() == sorted(report.roles.values())
    page.choose('order', 'class')
    labels = {sample['id']: sample['label'] for sample in report.data['samples']}
    found = page.names()
    assert [labels[name] for name in found] == sorted(labels.values())


def test_samples_are_filtered(page, report):
    page.choose('kind', 'found')
    found = {report.roles['found'], report.roles['found, in another form']}
    assert set(page.names()) == found
    assert page.run("return byId('shown').textContent") == '2 of 8 samples'
    page.choose('kind', '')
    sample = report.data['samples'][0]
    page.choose('class', sample['label'])
    same = {s['id'] for s in report.data['samples'] if s['label'] == sample['label']}
    assert set(page.names()) == same
    page.choose('class', '')
    page.choose('filter', sample['label'].upper())
    assert set(page.names()) == same
    page.choose('filter', sample['id'])
    assert page.names() == [sample['id']]
    page.choose('filter', 'nobody')
    assert page.names() == []


def test_tables_and_charts_show_the_data(page, report):
    cells = page.run(
        "return [...document.querySelectorAll('#metrics tbody tr')].map((row) =>"
        '[...row.children].map((cell) => cell.textContent))'
    )
    for row, metric in zip(cells, report.data['metrics'], strict=True):
        assert row[0] == metric['name']
        assert row[1] == f'{100 * metric["value"]:.2f}'
        assert row[2] == f'{100 * metric["low"]:.2f} \u2013 {100 * metric["high"]:.2f}'
        assert row[6] == f'{100 * metric["ceiling"]:.2f}'
    heights = page.run(
        "return [...document.querySelectorAll('#charts .pair:first-child .bar')]"
        ".map((bar) => Number(bar.getAttribute('height')))"
    )
    counts = report.data['charts'][0]['histogram']
    assert len(heights) == len(counts) == 20
    assert np.array(heights) / max(heights) == pytest.approx(np.array(counts) / max(counts))
    assert 'of 8 samples evaluated' in page.run("return byId('summary').textContent")
    problems = page.run("return byId('problems').textContent")
    for name, _, reason in report.data['problems']:
        assert name in problems
        assert reason in problems


def test_the_table_of_classes_sorts_and_filters(page, report):
    def column(number):
        return page.run(
            "return [...document.querySelectorAll('#classes tbody tr')]"
            '.map((row) => row.children[arguments[0]].textContent)',
            number,
        )

    def click(number):
        page.run("document.querySelectorAll('#classes thead button')[arguments[0]].click()", number)

    means = [row['mean'] for row in report.data['classes']]
    assert column(0) == sorted(column(0))
    click(2)
    assert column(2) == [f'{mean:.3f}' for mean in sorted(means, reverse=True)]
    click(2)
    assert column(2) == [f'{mean:.3f}' for mean in sorted(means)]
    sort = "return document.querySelectorAll('#classes th')[2].getAttribute('aria-sort')"
    assert page.run(sort) == 'ascending'
    label = column(0)[0]
    page.run("document.querySelector('#classes tbody button').click()")
    labels = {sample['id']: sample['label'] for sample in report.data['samples']}
    assert {labels[name] for name in page.names()} == {label}


#: Without this, a clip pauses at its end, and a key would play it again.
ENDLESS = "byId('viewer-video').loop = true"


@pytest.mark.parametrize('role', ['found', 'found, in another form'])
def test_a_clip_plays_with_sound(page, report, role):
    """Copied as it is, and rewritten from MPEG-4 and MP3."""
    page.open(report.page, f'#sample={report.roles[role]}')
    page.wait("byId('viewer-video').readyState >= 2")
    page.run(ENDLESS)
    assert page.run("return byId('viewer-video').duration") == pytest.approx(3, abs=0.1)
    assert page.run("return byId('viewer-video').videoWidth") > 0
    page.press(' ')
    page.wait("byId('viewer-video').currentTime > 0.2")
    page.wait("byId('viewer-video').webkitAudioDecodedByteCount > 0")
    assert not page.run("const v = byId('viewer-video'); return v.muted || v.paused")
    page.wait("Number(document.querySelector('.cursor').getAttribute('x1')) > 0.2")
    page.press(' ')
    assert page.run("return byId('viewer-video').paused")


def test_space_plays_once_whatever_has_the_focus(page, report):
    """The clip's own controls also listen to it."""
    page.open(report.page, f'#sample={report.roles["found"]}')
    page.wait("byId('viewer-video').readyState >= 2")
    page.run(ENDLESS)
    page.run("byId('viewer-video').focus()")
    page.press(' ')
    page.wait("!byId('viewer-video').paused && byId('viewer-video').currentTime > 0")
    page.press('j')
    assert page.shown() != report.roles['found']


def test_keys(page, report):
    from selenium.webdriver.common.keys import Keys

    names = page.names()
    page.press('j')
    assert page.focused() == names[0]
    page.press('j', Keys.ARROW_RIGHT)
    assert page.focused() == names[2]
    page.press('k')
    assert page.focused() == names[1]
    columns = page.run('return gallery.columns')
    page.press(Keys.ARROW_DOWN)
    assert page.focused() == names[min(1 + columns, len(names) - 1)]
    page.press(Keys.ARROW_UP)
    outline = 'return getComputedStyle(document.activeElement).outlineStyle'
    assert page.run(outline) == 'solid'
    here = page.focused()
    page.press(Keys.ENTER)
    page.wait_shown(here)
    for key, step in (('j', 1), (Keys.ARROW_RIGHT, 1), ('k', -1), (Keys.ARROW_LEFT, -1)):
        before = names.index(page.shown())
        page.press(key)
        assert page.shown() == names[before + step]
    assert page.run("return byId('viewer-place').textContent").endswith('of 8')
    page.press(Keys.ESCAPE)
    page.wait_shown(None)
    page.wait_focused(here)
    # A dialog tells that it is closed after it is.
    page.wait('!location.hash')
    page.press('/')
    assert page.focused() == 'filter'
    page.press(*'test-000001')
    assert page.names() == ['test-000001_000000']
    # In a field the keys are letters.
    page.press('j')
    assert page.run("return byId('filter').value") == 'test-000001j'


def test_the_last_has_no_next(page, report):
    names = page.names()
    page.open(report.page, f'#sample={names[-1]}')
    page.press('j')
    assert page.shown() == names[-1]


def test_space_on_a_card_opens_and_plays(page, report):
    page.choose('filter', report.roles['found'])
    page.press('/')
    page.run("document.querySelector('.card a').focus()")
    page.press(' ')
    assert page.shown() == report.roles['found']
    page.wait("byId('viewer-video').currentTime > 0.1")


def test_an_address_opens_its_sample(page, report):
    name = report.roles['too small']
    page.open(report.page, f'#sample={name}')
    assert page.shown() == name
    page.driver.refresh()
    assert page.shown() == name
    facts = page.run("return byId('viewer-facts').textContent")
    assert 'too small' in facts
    for stage in ('viewer-frame', 'viewer-overlay'):
        page.wait(f"document.querySelector('#{stage} img').naturalWidth > 0")
        (box,) = next(s['boxes'] for s in report.data['samples'] if s['id'] == name)
        corner = page.run(
            'const r = document.querySelector(`#${arguments[0]} .box`).getBoundingClientRect();'
            'const p = document.querySelector(`#${arguments[0]} .picture`).getBoundingClientRect();'
            'return [(r.left - p.left) / p.width, (r.top - p.top) / p.height]',
            stage,
        )
        assert corner == pytest.approx(box[:2], abs=0.02)
    page.run("byId('viewer-next').click()")
    after = page.names()[page.names().index(name) + 1]
    assert page.address().endswith(f'#sample={after}')
    page.open(report.page, '#sample=nobody')
    assert page.shown() is None
    assert 'no sample nobody' in page.run("return byId('shown').textContent")


def test_a_sample_without_a_clip_says_why(page, report):
    page.open(report.page, f'#sample={report.roles["elsewhere"]}')
    assert 'no file of this name' in page.run("return byId('viewer-problem').textContent")
    assert page.run("return byId('viewer-clip-figure').hidden")
    page.wait("document.querySelector('#viewer-overlay img').naturalWidth > 0")
    page.press(' ')
    assert page.shown() == report.roles['elsewhere']


def test_dark_and_narrow(page):
    def background():
        return page.run('return getComputedStyle(document.body).backgroundColor')

    def prefer(scheme):
        feature = {'name': 'prefers-color-scheme', 'value': scheme}
        page.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [feature]})
        if scheme:
            page.wait(f"matchMedia('(prefers-color-scheme: {scheme})').matches")

    prefer('light')
    assert background() == 'rgb(255, 255, 255)'
    prefer('dark')
    assert background() == 'rgb(20, 23, 27)'
    wide = page.run('return innerWidth')
    metrics = {'width': 390, 'height': 800, 'deviceScaleFactor': 1, 'mobile': False}
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', metrics)
    # The page lays out the cards in the frame after the window gets its width.
    page.wait(
        'innerWidth === 390 && [...gallery.cards.values()].every((card) =>'
        'parseFloat(card.style.left) === 0 && card.offsetWidth <= gallery.list.clientWidth)'
    )
    assert page.run('return gallery.columns') == 1
    assert page.run('return document.documentElement.scrollWidth <= innerWidth')
    page.driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    prefer('')
    page.wait(f'innerWidth === {wide}')


def test_names_are_text_and_never_markup(page, report, tmp_path):
    """Whatever an identifier holds, its files are found and it opens by its address."""
    name = 'a/<img src=x onerror="window.broken = 1"> & 100% #1'
    data = report.data
    sample = next(s for s in data['samples'] if s['id'] == report.roles['found'])
    stem = 'samples/a%252F100%2525'
    (tmp_path / 'samples').mkdir()
    for ending in ('.frame.jpg', '.overlay.jpg'):
        source = report.page / f'samples/{report.roles["found"]}{ending}'
        shutil.copy(source, tmp_path / f'samples/a%2F100%25{ending}')
    data['samples'] = [{**sample, 'id': name, 'stem': stem, 'clip': False, 'sound': False}]
    write_page(tmp_path, data)
    page.open(tmp_path)
    assert page.names() == [name]
    page.press('j', '\ue007')
    page.wait_shown(name)
    page.wait("document.querySelector('#viewer-overlay img').naturalWidth > 0")
    page.driver.refresh()
    assert page.shown() == name
    assert page.run('return window.broken') is None


@pytest.fixture(scope='module')
def many(report, tmp_path_factory):
    """A page of 5,000 samples, each with a picture of its own name."""
    folder = tmp_path_factory.mktemp('many')
    (folder / 'samples').mkdir()
    picture = folder / 'picture.jpg'
    cv2.imwrite(str(picture), np.full((24, 32, 3), 90, np.uint8))
    data = report.data
    template = next(s for s in data['samples'] if s['kind'] == 'found')
    scores = np.random.default_rng(0).permutation(MANY) / MANY
    data['samples'] = []
    for i, score in enumerate(scores.round(4).tolist()):
        stem = f'samples/{i:05d}'
        (folder / f'{stem}.overlay.jpg').symlink_to(picture)
        own = dict(id=f'clip{i:05d}', stem=stem, adaptive=score, label=f'class {i % 220:03d}')
        data['samples'].append({**template, **own, 'size': [32, 24]})
    write_page(folder, data)
    return folder


@pytest.fixture
def two(driver, report_of_two):
    """The page of two methods, fresh."""
    page = Page(driver)
    page.open(report_of_two.page)
    yield page
    assert page.errors() == []


def differences(report):
    """How much better the first method is, by identifier; ``None`` without both scores."""
    pairs = {s['id']: (s['adaptive'], s['other']['adaptive']) for s in report.data['samples']}
    return {name: None if None in pair else pair[0] - pair[1] for name, pair in pairs.items()}


def test_samples_of_two_methods_begin_with_the_greatest_differences(two, report_of_two):
    gains = differences(report_of_two)
    known = [name for name, value in gains.items() if value is not None]
    found = two.names()
    assert set(found[: len(known)]) == set(known)
    sizes = [abs(gains[name]) for name in found[: len(known)]]
    assert sizes == sorted(sizes, reverse=True)
    assert set(found[:2]) == {report_of_two.roles[role] for role in ('found', 'elsewhere')}
    for order, role in (('first', 'found'), ('second', 'elsewhere'), ('unlike', None)):
        two.choose('order', order)
        names = two.names()
        if role:
            assert names[0] == report_of_two.roles[role]
    alike = {s['id']: s['correlation'] for s in report_of_two.data['samples']}
    shown = [alike[name] for name in names if alike[name] is not None]
    assert shown == sorted(shown)
    assert {alike[name] for name in names[len(shown) :]} == {None}


def test_cards_and_an_open_sample_show_both_maps(two, report_of_two):
    name = two.names()[0]
    endings = two.run(
        "return [...document.querySelector('.card').querySelectorAll('img')].map((i) => i.src)"
    )
    assert [source.rsplit('.', 2)[1] for source in endings] == ['overlay', 'other']
    two.run('location.hash = addressOf(arguments[0])', name)
    two.wait_shown(name)
    assert two.run("return byId('viewer-other-figure').hidden") is False
    captions = two.run(
        "return [byId('viewer-overlay-name').textContent, byId('viewer-other-name').textContent]"
    )
    assert captions == ['maps: ', 'theirs: ']
    facts = two.run("return byId('viewer-facts').textContent")
    assert 'maps: kind' in facts
    assert 'theirs: kind' in facts
    missing = report_of_two.roles['too small']
    two.run('location.hash = addressOf(arguments[0])', missing)
    two.wait_shown(missing)
    assert two.run("return byId('viewer-other-figure').hidden") is True


def test_tables_of_two_methods_have_both_numbers(two, report_of_two):
    heads = two.run(
        "return [...byId('metrics').querySelectorAll('th[scope=col]')].map(h => h.textContent)"
    )
    assert heads[1:5] == ['maps', '95 % interval', 'theirs', '95 % interval']
    kinds = two.run("return byId('kinds').textContent")
    assert re.search(r'\(\d+ / \d+\)', kinds)
    two.choose('kind', 'found')
    either = {
        s['id'] for s in report_of_two.data['samples'] if 'found' in (s['kind'], s['other']['kind'])
    }
    assert set(two.names()) == either


def test_a_page_of_one_method_has_nothing_of_a_second(page):
    orders = page.run("return [...byId('order').options].map((o) => o.value)")
    assert orders == ['worst', 'best', 'name', 'class']
    assert page.run("return document.querySelectorAll('.card .both').length") == 0


def test_five_thousand_samples(page, many):
    """Only cards near the window are in the document, only their pictures are loaded."""
    page.open(many)
    page.run(
        'window.loaded = new Set();'
        "addEventListener('load', (e) => { if (e.target.matches?.('img'))"
        'loaded.add(e.target.src); }, true)'
    )

    def at(share):
        """Scroll to a share of the page; the cards that are seen, when their pictures are there."""
        page.run(
            'scrollTo(0, arguments[0] * (document.documentElement.scrollHeight - innerHeight))',
            share,
        )
        page.wait(
            "(() => { const seen = [...document.querySelectorAll('.card')].filter((card) => {"
            'const { top, bottom } = card.getBoundingClientRect();'
            'return bottom > 0 && top < innerHeight; });'
            "return seen.length && seen.every((card) => card.querySelector('img').naturalWidth);"
            '})()'
        )
        return page.run("return document.querySelectorAll('.card').length")

    places = (0.2, 0.9, 0.5, 1, 0.3)
    cards = [at(share) for share in places]
    rows = page.run('return (innerHeight / gallery.measure().rowHeight + 6) * gallery.columns')
    assert max(cards) <= rows < 100
    assert page.run('return loaded.size') <= len(places) * rows
    assert page.run("return document.querySelectorAll('*').length") < 3000
    at(1)
    last = page.names()[-1]
    scores = {s['id']: s['adaptive'] for s in page.run('return REPORT.samples')}
    assert scores[last] == max(scores.values())
    page.choose('filter', 'class 007')
    assert (
        page.run("return byId('shown').textContent")
        == f'{len(range(7, MANY, 220))} of 5000 samples'
    )
    page.choose('filter', '')
    # Keys reach cards that were not in the document.
    page.run('gallery.focus(4000)')
    page.press('j')
    assert page.run('return gallery.current') == 4001
    assert page.focused() == sorted(scores, key=lambda name: scores[name])[4001]


@pytest.fixture
def wrong(page, report, tmp_path):
    """The page of clips without boxes, two of which are classified wrongly; the two, in order."""
    names = [report.roles[role] for role in ('found', 'too large')]
    rows = [
        dict(id=name, wrong=3 - place, of=3, label='disk', predicted='ring', score=0.9 - place / 9)
        for place, name in enumerate(names)
    ]
    write_page(tmp_path, {**report.data, 'metrics': [], 'charts': [], 'wrong': rows})
    (tmp_path / 'samples').symlink_to(report.page / 'samples')
    page.open(tmp_path)
    return names


def test_what_is_classified_wrongly_stands_first_and_is_linked(page, wrong):
    assert page.names()[:2] == wrong
    page.choose('order', 'worst')
    assert page.names()[:2] != wrong
    hidden = "return ['metrics', 'charts', 'wrong'].map((name) => byId(`${name}-section`).hidden)"
    assert page.run(hidden) == [True, True, False]
    cells = page.run(
        "return [...document.querySelectorAll('#wrong tbody tr')].map((row) =>"
        '[...row.children].map((cell) => cell.textContent))'
    )
    assert cells[0] == [wrong[0], 'disk', 'ring', '0.900', '3 of 3']
    page.run("document.querySelectorAll('#wrong a')[1].click()")
    page.wait_shown(wrong[1])
    assert 'ring (score 0.789), wrong 2 of 3 times' in page.run(
        "return byId('viewer-facts').textContent"
    )


def test_a_page_without_that_list_has_no_such_table(page):
    hidden = "return ['metrics', 'charts', 'wrong'].map((name) => byId(`${name}-section`).hidden)"
    assert page.run(hidden) == [False, False, True]
