// The cards of all samples. Only those near the window are in the document, so that thousands
// of samples scroll as well as ten.
'use strict';

const CARD = { least: 190, gap: 12, caption: 74 };
// Rows beyond the window's edges that are kept ready.
const MARGIN_ROWS = 2;

const ORDERS = {
  worst: 'worst first',
  best: 'best first',
  name: 'name',
  class: 'class, then worst first',
};
const SCORES = { adaptive: 'cIoU, adaptive rule', ciou: 'cIoU of the preset' };

/** Samples that pass all filters, in the chosen order. */
function chosenSamples(samples, { text, label, kind, scored, order }) {
  const wanted = text.trim().toLowerCase();
  const passing = samples.filter((sample) =>
    (!label || sample.label === label)
    && (!kind || sample.kind === kind)
    && (!wanted || `${sample.id} ${sample.label ?? ''}`.toLowerCase().includes(wanted)));
  if (order === 'name') return sortedBy(passing, (sample) => sample.id, false);
  const byScore = sortedBy(passing, (sample) => sample[scored], order === 'best');
  return order === 'class' ? sortedBy(byScore, (sample) => sample.label, false) : byScore;
}

class Gallery {
  /** `list` holds the cards. */
  constructor(list) {
    this.list = list;
    this.samples = [];
    this.cards = new Map();
    this.current = 0;
    this.scored = 'adaptive';
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; this.render(); });
    };
    addEventListener('scroll', later, { passive: true });
    new ResizeObserver(later).observe(list);
    list.addEventListener('focusin', (event) => {
      const card = event.target.closest('.card');
      if (card) this.current = Number(card.dataset.place);
    });
  }

  /** Show other samples, or the same in another order. */
  show(samples, scored) {
    this.samples = samples;
    this.scored = scored;
    this.current = 0;
    this.cards.forEach((card) => card.remove());
    this.cards.clear();
    this.render();
  }

  measure() {
    const width = this.list.clientWidth;
    const columns = Math.max(1, Math.floor((width + CARD.gap) / (CARD.least + CARD.gap)));
    const cardWidth = (width - CARD.gap * (columns - 1)) / columns;
    const cardHeight = Math.round(cardWidth * 0.75) + CARD.caption;
    return { columns, cardWidth, cardHeight, rowHeight: cardHeight + CARD.gap };
  }

  render() {
    const grid = this.measure();
    const rows = Math.ceil(this.samples.length / grid.columns);
    this.list.style.height = `${rows * grid.rowHeight}px`;
    const above = -this.list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / grid.rowHeight) - MARGIN_ROWS);
    const last = Math.ceil((above + innerHeight) / grid.rowHeight) + MARGIN_ROWS;
    const from = first * grid.columns;
    const to = Math.min(this.samples.length, Math.max(0, last) * grid.columns);
    for (const [place, card] of this.cards) {
      // A card with the focus stays, or the focus would be lost.
      const used = (place >= from && place < to) || card.contains(document.activeElement);
      if (!used) { card.remove(); this.cards.delete(place); }
    }
    for (let place = from; place < to; place += 1) {
      if (!this.cards.has(place)) this.add(place);
    }
    // One stop for the tabulator: the current card, or the first that is there.
    const stop = this.cards.has(this.current) ? this.current : from;
    for (const [place, card] of this.cards) {
      card.style.width = `${grid.cardWidth}px`;
      card.style.height = `${grid.cardHeight}px`;
      card.style.left = `${(place % grid.columns) * (grid.cardWidth + CARD.gap)}px`;
      card.style.top = `${Math.floor(place / grid.columns) * grid.rowHeight}px`;
      card.firstChild.tabIndex = place === stop ? 0 : -1;
    }
  }

  add(place) {
    const card = cardOf(this.samples[place], this.scored, place, this.samples.length);
    this.cards.set(place, card);
    // The document's order is the samples' order, whichever way one scrolls.
    const next = [...this.list.children].find((other) => Number(other.dataset.place) > place);
    this.list.insertBefore(card, next ?? null);
  }

  /** Move the focus by a number of cards. */
  move(step) {
    if (!this.samples.length) return;
    const focused = this.list.contains(document.activeElement);
    const target = focused ? this.current + step : this.current;
    this.focus(Math.min(this.samples.length - 1, Math.max(0, target)));
  }

  /** Scroll to a card and give it the focus. */
  focus(place) {
    this.current = place;
    const grid = this.measure();
    const top = this.list.getBoundingClientRect().top + Math.floor(place / grid.columns) * grid.rowHeight;
    const bar = byId('controls').offsetHeight + CARD.gap;
    if (top < bar) scrollBy(0, top - bar);
    else if (top + grid.rowHeight > innerHeight) scrollBy(0, top + grid.rowHeight - innerHeight);
    this.render();
    this.cards.get(place)?.firstChild.focus({ preventScroll: true });
  }

  /** Columns that stand beside each other. */
  get columns() {
    return this.measure().columns;
  }
}

function cardOf(sample, scored, place, count) {
  const picture = element('img', {
    src: fileOf(sample, sample.overlay ? '.overlay.jpg' : '.frame.jpg'), alt: '',
    loading: 'lazy', decoding: 'async', width: sample.size[0], height: sample.size[1],
  });
  const link = element('a', { href: addressOf(sample.id), tabindex: -1 },
    stageOf(sample, picture),
    element('span', { class: 'name' }, sample.id),
    element('span', { class: 'class' }, sample.label ?? ''),
    element('span', { class: 'score' },
      element('span', { class: 'kind', 'data-kind': sample.kind }, sample.kind), score(sample[scored])));
  return element('div', {
    class: 'card', role: 'listitem', 'data-place': place, 'aria-posinset': place + 1, 'aria-setsize': count,
  }, link);
}

/** A picture under the true boxes and the peak of the map. */
function stageOf(sample, picture) {
  const [width, height] = sample.size;
  const marks = shape('svg', {
    class: 'marks', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true', preserveAspectRatio: 'xMidYMid meet',
  });
  for (const [x0, y0, x1, y1] of sample.boxes) {
    marks.append(shape('rect', {
      class: 'box', x: x0 * width, y: y0 * height, width: Math.max(0, x1 - x0) * width, height: Math.max(0, y1 - y0) * height,
    }));
  }
  if (sample.peak && sample.overlay) {
    const [x, y, arm] = [sample.peak[0] * width, sample.peak[1] * height, Math.max(width, height) / 40];
    marks.append(shape('path', { class: 'peak', d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}` }));
  }
  return element('span', { class: 'picture' }, picture, marks);
}
