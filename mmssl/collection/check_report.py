"""The report of a check: a table, totals, a page, and the list of the good clips."""

import json
import os
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any

from ..media.diagnosis import Diagnosis, Verdict
from ..media.files import check_folder, without_name, write_rows, write_text
from ..media.repairs import Repairs
from .clip_files import ClipFiles
from .fixed_folder import FixedClip
from .parallel import Shard

_PAGES = resources.files('mmssl') / 'web'
#: The parts of the page in order: some of the report page, and its own.
_STYLES = ('report/report.css', 'check/check.css')
_SCRIPTS = ('report/elements.js', 'report/tables.js', 'check/check.js')
#: A text in every page of this kind.
_MARK, _HEAD = b'content="tools/data/check.py"', 1000

_MEASURED = [field.name for field in fields(Diagnosis) if field.name != 'repairs']
_REPAIRS = [field.name for field in fields(Repairs)]


def page_path(out: Path, shard: Shard) -> Path:
    """Path of the page.

    Raises:
        ValueError: If the path holds another page.
    """
    page = check_folder(out) / f'index{shard.suffix}.html'
    if page.exists() and _MARK not in page.read_bytes()[:_HEAD]:
        raise ValueError(f'{page} is a page of something else: choose another folder')
    return page


def report_paths(out: Path, shard: Shard) -> tuple[Path, Path, Path]:
    """Paths of the table, the totals and the list of good clips."""
    tail = shard.suffix
    return out / f'report{tail}.csv', out / f'summary{tail}.json', out / f'clean{tail}.txt'


def write_check_report(
    clips: list[ClipFiles],
    diagnoses: Mapping[str, dict],
    out: str | os.PathLike,
    shard: Shard,
    accept: tuple[Verdict, ...],
    fixed: Mapping[str, FixedClip] | None,
) -> Counter[str]:
    """Write ``report.csv``, ``summary.json``, ``clean.txt`` and ``index.html``.

    Args:
        clips: Clips in their order.
        diagnoses: By clip's name, as dictionaries.
        out: Folder to write to.
        shard: Part of the collection; it names the files.
        accept: Verdicts of clean clips.
        fixed: Outcome of each clip in the fixed folder, if one is written.

    Returns:
        Number of clips of each verdict.
    """
    out, report = Path(out), _Report(accept, fixed)
    for clip in clips:
        report.add(clip, diagnoses[clip.name])
    columns = ['clip', *_MEASURED, 'repairs', *_REPAIRS, 'fixed', 'not_fixed', 'file']
    table, totals, clean = report_paths(out, shard)
    write_rows(table, [columns, *report.rows])
    summary = report.summary()
    write_text(totals, json.dumps(summary, indent=1))
    write_rows(clean, ([name] for name in report.clean))
    data = {'folder': str(clips[0].video.parent) if clips else '', **summary}
    write_text(page_path(out, shard), _page({**data, 'rows': report.shown}))
    return Counter(summary['verdicts'])


class _Report:
    """Rows and totals, clip by clip."""

    def __init__(self, accept: tuple[Verdict, ...], fixed: Mapping[str, FixedClip] | None) -> None:
        self._accept, self._fixed = accept, fixed
        #: Rows of the table, rows of the page, and names of the good clips.
        self.rows: list[list] = []
        self.shown: list[list] = []
        self.clean: list[str] = []
        self._verdicts, self._touched = Counter[str](), Counter[str]()
        self._total, self._repaired = Repairs(), 0

    def add(self, clip: ClipFiles, record: Mapping[str, Any]) -> None:
        repairs, verdict = Repairs(**record['repairs']), record['verdict']
        words = '; '.join(repairs.words())
        fixed = self._fixed[clip.name] if self._fixed else FixedClip()
        measured = (_cell(record[name]) for name in _MEASURED)
        counts = asdict(repairs)
        numbers = map(_cell, counts.values())
        row = [clip.name, *measured, words, *numbers, fixed.copy, fixed.reason, clip.video]
        self.rows.append(row)
        if verdict != Verdict.FINE or words:
            reason = without_name(record['reason'], clip.video)
            self.shown.append([clip.name, verdict, reason, words, fixed.copy, fixed.reason])
        if verdict in self._accept:
            self.clean.append(clip.name)
        self._verdicts[verdict] += 1
        self._touched.update(name for name, count in counts.items() if count)
        self._total += repairs
        self._repaired += bool(words)

    def summary(self) -> dict[str, Any]:
        totals = asdict(self._total).items()
        return {
            'clips': len(self.rows),
            'clean': len(self.clean),
            'repaired': self._repaired,
            'verdicts': {str(v): self._verdicts[v] for v in Verdict if self._verdicts[v]},
            'repairs': {
                name: {'total': round(total, 3), 'clips': self._touched[name]}
                for name, total in totals
            },
            'fixed': _outcomes(self._fixed.values()) if self._fixed else None,
        }


def _outcomes(outcomes: Collection[FixedClip]) -> dict[str, int]:
    return {
        'copies': sum(bool(outcome.copy) for outcome in outcomes),
        'links': sum(outcome.linked for outcome in outcomes),
        'left_out': sum(not outcome.usable for outcome in outcomes),
    }


def _page(data: dict[str, Any]) -> str:
    """The page in one file. Nothing in its data can end a script: there is no < in it."""
    text = json.dumps(data, separators=(',', ':')).replace('<', r'\u003c')
    scripts = [f"'use strict';\nconst CHECK = {text};\n", *map(_part, _SCRIPTS)]
    page = _part('check/index.html')
    page = page.replace('<!-- styles -->', f'<style>\n{"".join(map(_part, _STYLES))}</style>')
    return page.replace(
        '<!-- scripts -->', '\n'.join(f'<script>\n{script}</script>' for script in scripts)
    )


def _part(name: str) -> str:
    return (_PAGES / name).read_text(encoding='utf-8')


def _cell(value: Any) -> Any:
    if value is None:
        return ''
    return f'{value:.4g}' if isinstance(value, float) else value
