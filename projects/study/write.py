"""The study's page: verdicts, tables and plots."""

import os
from pathlib import Path

from matplotlib.figure import Figure

from mmssl.localization import ATTENTION_MODES
from mmssl.media.files import write_text

from ..experiments import Cell, compare, difference
from ..experiments.jobs import MOMENTS
from ..experiments.pages import save_figure, table
from .plan import BOXES, HEADS, LOCALIZERS, Scale
from .results import Results

#: Metrics of a map, and their names in the tables.
METRICS = {
    'pointing': 'pointing',
    'ciou_adaptive': 'adaptive cIoU@0.5',
    'auc_adaptive': 'adaptive AUC',
    'ciou': 'cIoU@0.5, 50 % rule',
}
#: The metric of the verdicts.
MAIN = 'ciou_adaptive'
#: The attention of the verdicts: the package's default.
DEFAULT_MODE = 'class'
MINUTES = 'minutes on one core'


def write_study(folder: str | os.PathLike, scale: Scale, page: str | os.PathLike) -> None:
    """Write the page, and its plots to ``images/`` next to it.

    Args:
        folder: The study's folder, all jobs done.
        scale: Size of the study.
        page: Markdown file.
    """
    results, page = Results(folder, scale), Path(page)
    images = page.parent / 'images'
    parts = [
        _introduction(scale),
        '## Claims\n\n' + _claims(results),
        '## (a) Heads and attention modes\n\n' + _heads(results),
        '## Moments and boxes\n\n' + _moments(results),
        '## (b) The second localizer: which moments\n\n'
        + _localizers(results, MOMENTS)
        + '\n\n![Second localizer](images/study-localizers.png)',
        '## (c) The second localizer: which boxes\n\n' + _localizers(results, ('selected', *BOXES)),
        '## (d) How it grows\n\n' + _growth(results) + '\n\n![Growth](images/study-growth.png)',
    ]
    _plot_localizers(results, images / 'study-localizers.png')
    _plot_growth(results, images / 'study-growth.png')
    write_text(page, '\n\n'.join(parts) + '\n')


def _introduction(scale):
    return f"""# Do the claims hold? A study on SoundingShapes

For people who ask which of the paper's claims hold: a verdict on each, and the tables behind it.

```bash
make study
```

This command repeats the study. It renders a collection of its own (seed
{scale.data_seed}). Nothing was ever chosen on its test split of {scale.test} clips. Every model
is trained for a fixed number of epochs, and its last checkpoint is tested. Every number is the
mean ± standard deviation over {scale.seeds} seeds of training. A claim is *held* if the worst
seed of one side beats the best seed of the other, *not held* if it is the other way round, and
*undecided* otherwise. The verdicts use the adaptive cIoU@0.5: as many pixels are predicted as
the true box has. The last column is the difference of both sides, seed by seed: models of one
seed share their starting point. [Findings](findings.md) has the lessons learned on the
way."""


def _claims(results):
    largest, smallest = results.scale.clips[-1], results.scale.clips[0]

    def accuracy(head, name='av'):
        return results.accuracy(head, largest, name)

    def maps(head, mode=DEFAULT_MODE, clips=largest):
        return results.localization(head, clips, mode, MAIN)

    def localizer(kind, metric=MAIN):
        return results.localizer(kind, metric)

    disc = localizer('selected', f'centre_disc/{MAIN}')
    moments = results.moments()
    claims = [
        ('Individual layers classify better than a shared one (Table 3)',
         accuracy('individual'), accuracy('shared')),
        ('A shared layer classifies better than a joint one (Table 3)',
         accuracy('shared'), accuracy('joint')),
        ('Sound tells more than pictures (Table 3)',
         accuracy('individual', 'audio'), accuracy('individual', 'visual')),
        ('A classification model localizes: its maps beat a centre disc',
         maps('individual'), disc),
        ('Individual layers localize better than a shared one', maps('individual'), maps('shared')),
        ('Individual layers localize better than a joint one', maps('individual'), maps('joint')),
        ('With individual layers, class space aligns what raw features do not',
         maps('individual'), maps('individual', 'cosine')),
        ('Selected moments lie in the event more often than mid-frames',
         moments['top_1'], moments['mid_frame']),
        ('The second localizer learns more from selected moments than from mid-frames',
         localizer('selected'), localizer('mid-frame')),
        ('... more from the ten best than from mid-frames',
         localizer('ten-best'), localizer('mid-frame')),
        ('... more from the ten best than from random moments',
         localizer('ten-best'), localizer('random')),
        ('... more from true events than from mid-frames',
         localizer('event'), localizer('mid-frame')),
        ('... more from true events than from selected moments',
         localizer('event'), localizer('selected')),
        ('Pseudo boxes beat none', localizer('pseudo-100'), localizer('selected')),
        ('Pseudo boxes on 10 % of clips beat none',
         localizer('pseudo-10'), localizer('selected')),
        ('Pseudo boxes on all clips beat those on 10 %',
         localizer('pseudo-100'), localizer('pseudo-10')),
        ('True boxes beat pseudo boxes', localizer('true-boxes'), localizer('pseudo-100')),
        (f'{largest} clips localize better than {smallest}',
         maps('individual'), maps('individual', clips=smallest)),
    ]  # fmt: skip
    rows = [(text, f'**{compare(a, b)}**', a, b, difference(a, b)) for text, a, b in claims]
    return table(['claim', 'verdict', 'the one', 'the other', 'difference'], rows)


def _heads(results):
    clips = results.scale.clips[-1]
    accuracies = [
        (head, *(results.accuracy(head, clips, name) for name in ('av', 'audio', 'visual')))
        for head in HEADS
    ]
    maps = [
        (head, mode, *(results.localization(head, clips, mode, metric) for metric in METRICS))
        for head in HEADS
        for mode in ATTENTION_MODES
    ]
    return (
        f'Test accuracy of the heads, {clips} training clips:\n\n'
        + table(['layers', 'AV-head', 'A-head', 'V-head'], accuracies)
        + '\n\nQuality of their maps; each attention mode uses one step of sound and picture:\n\n'
        + table(['layers', 'attention', *METRICS.values()], maps)
    )


def _moments(results):
    found = results.moments()
    names = {
        'top_1': 'best moment inside the event',
        'top_10': 'mean precision of the ten best',
        'mid_frame': 'mid-frame inside the event',
        'mean_iou': 'mean IoU of the pseudo box',
        'iou_50': 'pseudo boxes with IoU >= 0.5',
        'centre_mean_iou': 'mean IoU of a centred box',
    }
    return (
        'Results of the classification model (individual layers) on the training clips:\n\n'
        + table(['', 'share'], [(text, found[name]) for name, text in names.items()])
    )


def _localizers(results, kinds):
    rows = [
        (
            _DESCRIPTIONS[kind],
            *(results.localizer(kind, metric) for metric in METRICS),
            _minutes(results.seconds(f'localizer-{kind}')),
        )
        for kind in kinds
    ]
    disc = [results.localizer('selected', f'centre_disc/{metric}') for metric in METRICS]
    rows.append(('*centre disc*', *(f'{cell.mean:.3f}' for cell in disc), None))
    return table(['trained on', *METRICS.values(), MINUTES], rows)


_DESCRIPTIONS = {
    'mid-frame': 'mid-frames, no boxes',
    'random': 'random moments, drawn again every epoch, no boxes',
    'selected': 'selected moments, no boxes',
    'ten-best': 'one of the ten best moments, drawn again every epoch, no boxes',
    'event': 'moments of the true events, no boxes',
    'pseudo-10': 'selected moments, pseudo boxes on 10 %',
    'pseudo-50': 'selected moments, pseudo boxes on 50 %',
    'pseudo-100': 'selected moments, pseudo boxes on all',
    'true-boxes': 'selected moments, true boxes',
}


def _growth(results):
    rows = [
        (
            clips,
            *(results.accuracy('individual', clips, name) for name in ('av', 'visual')),
            *(results.localization('individual', clips, DEFAULT_MODE, m) for m in METRICS),
            _minutes(results.seconds(f'individual-{clips}')),
        )
        for clips in results.scale.clips
    ]
    head = ['training clips', 'AV-head', 'V-head', *METRICS.values(), MINUTES]
    return table(head, rows)


def _minutes(cell: Cell | None):
    return None if cell is None else f'{cell.mean / 60:.1f}'


def _plot_localizers(results, path):
    figure = Figure(figsize=(9, 3.6), layout='constrained')
    axis = figure.subplots()
    for row, kind in enumerate(LOCALIZERS[::-1]):
        cell = results.localizer(kind, MAIN)
        axis.plot(cell.values, [row] * len(cell.values), 'o', color='tab:blue', alpha=0.6)
        axis.plot([cell.mean], [row], '|', color='black', markersize=18)
    disc = results.localizer('selected', f'centre_disc/{MAIN}').mean
    axis.axvline(disc, color='grey', linestyle='--')
    axis.text(disc, len(LOCALIZERS) - 0.4, ' centre disc', fontsize=8, color='grey')
    axis.set_yticks(range(len(LOCALIZERS)), [_DESCRIPTIONS[kind] for kind in LOCALIZERS[::-1]])
    axis.set(xlabel='adaptive cIoU@0.5 on test clips; one dot per seed', xlim=(0, None))
    axis.grid(axis='x', alpha=0.3)
    save_figure(figure, path)


def _plot_growth(results, path):
    figure = Figure(figsize=(7, 3.4), layout='constrained')
    axis = figure.subplots()
    clips = results.scale.clips
    curves = {
        'adaptive cIoU@0.5': [
            results.localization('individual', n, DEFAULT_MODE, MAIN) for n in clips
        ],
        'pointing': [
            results.localization('individual', n, DEFAULT_MODE, 'pointing') for n in clips
        ],
        'V-head accuracy': [results.accuracy('individual', n, 'visual') for n in clips],
    }
    for name, cells in curves.items():
        spread = [cell.spread for cell in cells]
        axis.errorbar(
            clips, [cell.mean for cell in cells], spread, marker='o', capsize=3, label=name
        )
    axis.set(xlabel='training clips', ylim=(0, 1), xscale='log')
    axis.set_xticks(clips, [str(n) for n in clips])
    axis.minorticks_off()
    axis.legend(fontsize=8)
    axis.grid(alpha=0.3)
    save_figure(figure, path)
