"""The page of a check: what it holds, and what a person does on it in a real browser."""

import os
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from mmssl.collection.check import check_clips
from mmssl.collection.check_report import write_check_report
from mmssl.collection.clip_files import ClipFiles
from mmssl.collection.fixed_folder import FixedClip
from mmssl.collection.parallel import Shard
from mmssl.media.diagnosis import Diagnosis, Verdict
from mmssl.media.repairs import Repairs

#: Names that would break a page that takes them for HTML, or for UTF-8.
ODD = ('</script><script>document.title = "broken"</script>', '<!-- <b>', os.fsdecode(b'a\xff'))
#: Clips of the page: of each ten one is mute, one is fine and mended, the others are fine.
MANY = 3000


def a_clip(name):
    return ClipFiles(name, Path('/clips') / f'{name}.mp4')


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    """A page of thousands of clips, and of some with odd names."""
    out = tmp_path_factory.mktemp('page')
    mute = Diagnosis(Verdict.NO_SOUND, 'no audio stream')
    mended = Diagnosis(Verdict.FINE, repairs=Repairs(sound_packets=100, damaged_sound_packets=2))
    fine = Diagnosis(Verdict.FINE, repairs=Repairs(sound_packets=100))
    kinds = [mute, mended, *[fine] * 8]
    found = {f'{i:04d}': kinds[i % 10] for i in range(MANY)}
    found.update({name: Diagnosis(Verdict.UNREADABLE, f'/clips/{name}.mp4: bad') for name in ODD})
    clips = [a_clip(name) for name in found]
    records = {name: asdict(diagnosis) for name, diagnosis in found.items()}
    fixed = {name: FixedClip(linked=True) for name in found} | {
        '0001': FixedClip(copy='videos/0001.mp4')
    }
    write_check_report(clips, records, out, Shard(), (Verdict.FINE,), fixed)
    return out / 'index.html'


@pytest.fixture
def opened(driver, page):
    """What runs JavaScript on a fresh page; the page may not complain in the end."""
    driver.get('about:blank')
    driver.get(page.as_uri())
    yield driver.execute_script
    assert [entry for entry in driver.get_log('browser') if entry['level'] == 'SEVERE'] == []


def cells(run, table, column):
    return run(
        'return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].map((row) =>'
        # A byte that is not UTF-8 is half a character, which a driver cannot pass on.
        'row.children[arguments[1]].textContent.toWellFormed())',
        table,
        column,
    )


def choose(run, control, value):
    run(
        'const c = byId(arguments[0]); c.value = arguments[1];'
        "c.dispatchEvent(new Event('input', {bubbles: true}))",
        control,
        value,
    )


def test_the_page_shows_counts_and_shares(opened):
    assert cells(opened, 'verdicts', 0) == ['unreadable', 'no sound', 'fine']
    assert cells(opened, 'verdicts', 1) == ['3', '300', '2700']
    assert cells(opened, 'verdicts', 2) == ['0.10 %', '9.99 %', '89.91 %']
    widths = opened(
        "return [...document.querySelectorAll('.share')].map((bar) =>"
        'bar.firstChild.getBoundingClientRect().width / bar.getBoundingClientRect().width)'
    )
    # The smallest bar can still be seen.
    assert widths == pytest.approx([0.01, 300 / 3003, 2700 / 3003], abs=0.01)
    assert cells(opened, 'repairs', 0) == ['damaged packets of the sound (of 270000)']
    assert (cells(opened, 'repairs', 1), cells(opened, 'repairs', 2)) == (['600'], ['300'])
    assert 'repaired copies1links to accepted clips3002' in opened(
        "return byId('fixed').textContent"
    )


def test_clips_are_chosen_by_verdict_and_text(opened):
    shown = lambda: opened("return byId('shown').textContent")  # noqa: E731
    assert shown() == '1 to 100 of 603 clips'
    assert len(cells(opened, 'rows', 0)) == 100
    opened("byId('next').click()")
    assert shown() == '101 to 200 of 603 clips'
    choose(opened, 'verdict', 'no sound')
    assert shown() == '1 to 100 of 300 clips'
    assert set(cells(opened, 'rows', 1)) == {'no sound'}
    choose(opened, 'filter', '012')
    assert cells(opened, 'rows', 0) == ['0120']
    choose(opened, 'filter', '')
    opened("[...document.querySelectorAll('#verdicts button')][2].click()")
    assert shown() == '1 to 100 of 300 clips'
    assert cells(opened, 'rows', 0)[:2] == ['0001', '0011']
    assert cells(opened, 'rows', 3)[0] == '2 damaged packets of the sound are silent (of 100)'
    assert cells(opened, 'rows', 4)[0] == 'videos/0001.mp4'


def test_rows_are_sorted_over_all_pages(opened):
    opened("document.querySelector('#rows thead button').click()")
    opened("document.querySelector('#rows thead button').click()")
    assert cells(opened, 'rows', 0)[-1] < cells(opened, 'rows', 0)[0]
    choose(opened, 'verdict', 'no sound')
    assert cells(opened, 'rows', 0)[0] == '2990'


def test_names_are_text(opened):
    choose(opened, 'verdict', 'unreadable')
    assert cells(opened, 'rows', 0) == [ODD[0], ODD[1], 'a\ufffd']
    assert opened('return document.title') == 'Check of /clips'
    assert set(cells(opened, 'rows', 2)) == {'bad'}


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_a_narrow_window_needs_no_scrolling_to_the_side(driver, opened, scheme):
    narrow = {'width': 400, 'height': 800, 'deviceScaleFactor': 1, 'mobile': False}
    media = {'features': [{'name': 'prefers-color-scheme', 'value': scheme}]}
    driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', narrow)
    driver.execute_cdp_cmd('Emulation.setEmulatedMedia', media)
    assert opened('return document.documentElement.scrollWidth') <= 400
    back = opened('return getComputedStyle(document.body).backgroundColor')
    assert (int(re.search(r'\d+', back)[0]) > 128) == (scheme == 'light')
    driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})


def test_the_page_is_one_file_that_asks_for_nothing(page):
    text = page.read_text()
    assert set(re.findall(r'(?:https?:)?//[\w.]+\.\w+[^\s\'"]*', text)) <= {
        'http://www.w3.org/2000/svg'
    }
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)
    assert text.count('<script>') == text.count('</script>') == 4


def test_another_page_is_not_written_over(tmp_path):
    (tmp_path / 'index.html').write_text('mine')
    with pytest.raises(ValueError, match=r'index\.html is a page of something else'):
        check_clips([a_clip('a')], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['index.html']
