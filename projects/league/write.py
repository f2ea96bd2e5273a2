"""The league's page: tables and a figure of the finished results."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mmssl.localization import ATTENTION_MODES

from ..experiments import Cell, compare, difference
from ..experiments.pages import save_figure, table, write_between
from .choose import CRITERION
from .cost import cost_of
from .figure import draw_league
from .methods import METHODS, OURS, PICTURE_METHODS, RATES
from .plan import KINDS, LEVELS, MODE_CONTEXTS, MOMENTS_LEVEL
from .results import MAIN, Number, Results
from .scale import Scale

#: Numbers of the tests, and their names in the tables.
COLUMNS: dict[Number, str] = {
    ('vggss', 'pointing'): 'pointing',
    MAIN: 'adaptive cIoU@0.5',
    ('vggss', 'auc_adaptive'): 'adaptive AUC',
    ('vggss', 'ciou'): 'cIoU@0.5, 50 % rule',
    ('interactive', 'iiou_adaptive'): 'pairs: IIoU-adap',
    ('interactive', 'group_pointing'): 'pairs: both pointed at',
    ('negative-audio', 'f_auc'): 'negatives: F of AUCs',
    ('extended', 'ap'): 'extended AP',
}
NOT_RUN = 'Not run yet'
#: Ends of the intervals, as metrics name them.
ENDS = ('low', 'high')
_KINDS = {
    'random': 'random',
    'selected': 'single best',
    'ten-best': 'ten best',
    'event': 'true events',
    'pseudo-boxes': 'single best, pseudo boxes',
}


def write_league(folder: str | os.PathLike, scale: Scale, page: str | os.PathLike) -> None:
    """Write the finished results between the page's marks, and a figure to ``images/`` next to it.

    Args:
        folder: The league's folder; jobs may be missing.
        scale: Size of the league.
        page: Markdown file.
    """
    results, page = Results(folder, scale), Path(page)
    parts = [_size(scale), *_grid(results)]
    for level in LEVELS:
        parts += [f'## Level {level}', *_level(results, level)]
    parts += [
        f'## Moments and boxes, level {MOMENTS_LEVEL}',
        *_moments(results),
        '## Following the sound',
        _following(results),
        '## Cost',
        _cost(results, Path(__file__).parents[2]),
    ]
    figure = draw_league(results)
    if figure is not None:
        save_figure(figure, page.parent / 'images/league.png')
        parts.append('![Methods and levels; peaks after a change](images/league.png)')
    write_between(page, 'make league', '\n\n'.join(parts))


def _size(scale):
    return (
        f'A level has {scale.clips} training clips, {scale.val} validation clips and {scale.test} '
        f'test clips; {scale.pairs} interactive pairs and {scale.negatives} clips in which nothing '
        f'visible sounds. Methods are trained for {scale.epochs} epochs with each of '
        f'{scale.seeds} seeds, those of the grid for {scale.grid_epochs} epochs with one.'
    )


def _grid(results):
    yield '## The grid'
    rows = [
        (m.title, f'`{m.number}`', m.meaning, ', '.join(map(str, m.values)))
        for m in METHODS.values()
    ]
    rates = ', '.join(map(str, RATES))
    yield f'Learning rates of all methods: {rates}. The one number of each:'
    yield table(['method', 'setting', 'meaning', 'values'], rows)
    chosen = [
        (_title(name), *(_chosen(results, level, name) for level in LEVELS)) for name in METHODS
    ]
    yield f'Chosen by {COLUMNS[MAIN]} of the validation clips (learning rate; number; score):'
    yield _known(['method', *(f'level {level}' for level in LEVELS)], chosen)


def _chosen(results, level, name):
    rows = results.choice(level, name)
    if rows is None:
        return None
    best = next(row for row in rows if row['chosen'])
    values = [word.partition('=')[2] for word in best['settings']]
    return f'{"; ".join(values)}; {best[CRITERION]:.3f}'


def _level(results, level) -> Iterator[str]:
    def numbers(name):
        return (results.test(level, name, number) for number in COLUMNS)

    if all(results.test(level, name, MAIN) is None for name in METHODS):
        yield NOT_RUN + '.'
        return
    yield _known(['method', *COLUMNS.values()], [(_title(n), *numbers(n)) for n in METHODS])
    prior = results.test(level, 'ours', (MAIN[0], f'centre_disc/{MAIN[1]}'))
    if prior is not None:
        yield f'A disc in the centre has {prior.mean:.3f} in {COLUMNS[MAIN]}.'
    yield f'95 % intervals over clips of {COLUMNS[MAIN]}, one a seed:'
    rows = [(_title(name), _interval(results, level, name)) for name in METHODS]
    yield _known(['method', 'intervals'], rows)
    yield f'Is ours better, in {COLUMNS[MAIN]}?'
    ours = results.test(level, 'ours', MAIN)
    others = [(_title(n), *_verdict(ours, results.test(level, n, MAIN))) for n in PICTURE_METHODS]
    yield _known(['than', 'verdict', 'difference'], others)
    yield 'Attention modes of ours, with as many steps of sound and picture:'
    yield _modes(results, level)


def _interval(results, level, name):
    low, high = (results.test(level, name, (MAIN[0], f'{end}/{MAIN[1]}')) for end in ENDS)
    if low is None or high is None:
        return None
    return '; '.join(f'{a:.3f} - {b:.3f}' for a, b in zip(low.values, high.values))


def _verdict(better: Cell | None, worse: Cell | None) -> Sequence[str | None]:
    if better is None or worse is None:
        return None, None
    return f'**{compare(better, worse)}**', str(difference(better, worse))


def _modes(results, level):
    names = ('pointing', 'ciou_adaptive', 'auc_adaptive')
    rows = [
        (
            f'{_title(method)}, `{mode}`, {context}',
            *(results.mode(level, method, mode, context, name) for name in names),
        )
        for method in OURS
        for mode in ATTENTION_MODES
        for context in MODE_CONTEXTS
    ]
    return _known(['method, attention, steps', *names], rows)


def _moments(results) -> Iterator[str]:
    cells = {
        (name, kind): results.test(MOMENTS_LEVEL, name, MAIN, kind)
        for name in PICTURE_METHODS
        for kind in ('mid-frame', *KINDS)
    }
    if not any(cells.values()):
        yield NOT_RUN + '.'
        return
    yield f'{COLUMNS[MAIN]} of methods that are trained on other moments:'
    head = ['method', 'mid-frames', *(_KINDS[kind] for kind in KINDS)]
    rows = [
        (_title(name), *(cells[name, kind] for kind in ('mid-frame', *KINDS)))
        for name in PICTURE_METHODS
    ]
    yield _known(head, rows)
    yield 'Are they better than mid-frames, and which share of the gap to true events is that?'
    answers = []
    for name in PICTURE_METHODS:
        mid, event = cells[name, 'mid-frame'], cells[name, 'event']
        for kind in KINDS:
            cell = cells[name, kind]
            answer = *_verdict(cell, mid), gap_share(cell, mid, event)
            answers.append((f'{_title(name)}, {_KINDS[kind]}', *answer))
    yield _known(['method, trained on', 'verdict', 'difference', 'share of the gap'], answers)


def gap_share(cell: Cell | None, mid: Cell | None, event: Cell | None) -> str | None:
    """Mean gain over mid-frames as a share of the gain of true events, if they have a gain."""
    if cell is None or mid is None or event is None or event.mean <= mid.mean:
        return None
    return f'{(cell.mean - mid.mean) / (event.mean - mid.mean):.2f}'


def _following(results):
    rows = [
        (
            f'{_title(name)}, level {level}',
            _delay(results.follow(level, name, 'median_delay')),
            *(results.follow(level, name, number) for number in ('followed', 'inside')),
        )
        for level in LEVELS
        for name in METHODS
    ]
    head = ['method', 'median delay (s)', 'changes followed', 'steps on the sounding object']
    return _known(head, rows)


def _delay(cell: Cell | None) -> str | None:
    """Mean and spread; every seed's delay if one is infinite."""
    if cell is None or all(map(math.isfinite, cell.values)):
        return None if cell is None else str(cell)
    return '; '.join(f'{v:.1f}' if math.isfinite(v) else 'never' for v in cell.values)


def _cost(results, root):
    rows = []
    for name in METHODS:
        cost = cost_of(name, root)
        seconds, megabytes = (results.job(1, name, key) for key in ('seconds', 'megabytes'))
        rows.append(
            (
                _title(name),
                f'{cost.parameters:,}',
                f'{cost.macs / 1e6:.0f}',
                None if seconds is None else f'{seconds.mean / 60:.1f}',
                None if megabytes is None else f'{megabytes.mean:.0f}',
            )
        )
    return table(
        ['method', 'parameters', 'million MACs of a clip', 'minutes on one core', 'peak MB'], rows
    )


def _title(name: str) -> str:
    return METHODS[name].title


def _known(head: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A table of the rows with results, and the names of the rows without."""
    rows = [*rows]
    known = [row for row in rows if any(cell is not None for cell in row[1:])]
    missing = [row[0] for row in rows if row not in known]
    if not known:
        return NOT_RUN + '.'
    names = f'\n\n{NOT_RUN}: {"; ".join(missing)}.' if missing else ''
    return table(head, known) + names
