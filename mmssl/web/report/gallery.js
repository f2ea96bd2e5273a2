// The cards of all samples. Only cards near the window are in the document, so that thousands
// of samples scroll as smoothly as ten.
'use strict';

// Whether the page shows two methods: a card then holds two pictures.
const IS_PAIR = Boolean(REPORT.names);
const CARD = { least: IS_PAIR ? 340 : 190, gap: 12, caption: 74, height: IS_PAIR ? 0.4 : 0.75 };
// Number of rows beyond each edge of the window that are in the document.
const MARGIN_ROWS = 2;

// Wrongly classified samples by identifier, most often wrong first.
const wrongOf = new Map((REPORT.wrong ?? []).map((row, place) => [row.id, { ...row, place }]));

const ORDERS = {
  ...(wrongOf.size && { wrong: 'most often classified wrongly' }),
  ...(IS_PAIR && {
    apart: 'scores differ most',
    unlike: 'maps differ most',
    first: `${REPORT.names[0]} better`,
    second: `${REPORT.names[1]} better`,
  }),
  worst: 'worst first',
  best: 'best first',
  name: 'name',
  class: 'class, then worst first',
};
const SCORES = { adaptive: 'cIoU, adaptive rule', ciou: 'cIoU of the preset' };

/** Score of the first of two methods minus that of the second; null if a score is missing. */
function gain(sample, scored) {
  const [first, second] = [sample[scored], sample.other[scored]];
  return first === null || second === null ? null : first - second;
}

function size(number) {
  return number === null ? null : Math.abs(number);
}

// Orders of the samples of two methods. Among equal scores, less similar maps come first.
const DIFFERENCES = {
  apart: (samples, scored) => sortedBy(
    DIFFERENCES.unlike(samples), (sample) => size(gain(sample, scored)), true),
  unlike: (samples) => sortedBy(samples, (sample) => sample.correlation, false),
  first: (samples, scored) => sortedBy(samples, (sample) => gain(sample, scored), true),
  second: (samples, scored) => sortedBy(samples, (sample) => gain(sample, scored), false),
};

/** Samples that pass all filters, in the chosen order. */
function chosenSamples(samples, { text, label, kind, scored, order }) {
  const wanted = text.trim().toLowerCase();
  const passing = samples.filter((sample) =>
    (!label || sample.label === label)
    && (!kind || sample.kind === kind || sample.other?.kind === kind)
    && (!wanted || `${sample.id} ${sample.label ?? ''}`.toLowerCase().includes(wanted)));
  if (order in DIFFERENCES) return DIFFERENCES[order](passing, scored);
  if (order === 'wrong') return sortedBy(passing, (sample) => wrongOf.get(sample.id)?.place ?? null, false);
  if (order === 'name') return sortedBy(passing, (sample) => sample.id, false);
  const byScore = sortedBy(passing, (sample) => sample[scored], order === 'best');
  return order === 'class' ? sortedBy(byScore, (sample) => sample.label, false) : byScore;
}

class Gallery {
  /** `list` is the element of the cards. */
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
    const cardHeight = Math.round(cardWidth * CARD.height) + CARD.caption;
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
      // A card with the focus stays, because its removal would lose the focus.
      const used = (place >= from && place < to) || card.contains(document.activeElement);
      if (!used) { card.remove(); this.cards.delete(place); }
    }
    for (let place = from; place < to; place += 1) {
      if (!this.cards.has(place)) this.add(place);
    }
    // One stop for the Tab key: the current card, or the first card in the document.
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
    // The order in the document equals the order of the samples after any scrolling.
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

  /** Number of columns in a row. */
  get columns() {
    return this.measure().columns;
  }
}

const OVERLAYS = ['.overlay.jpg', '.other.jpg'];

/** The same sample with the result of the second method. */
function otherOf(sample) {
  return { ...sample, ...sample.other };
}

function cardOf(sample, scored, place, count) {
  const shown = sample.other ? [sample, otherOf(sample)] : [sample];
  const pictures = shown.map((one, i) => stageOf(one, element('img', {
    src: fileOf(one, one.overlay ? OVERLAYS[i] : '.frame.jpg'), alt: '',
    loading: 'lazy', decoding: 'async', width: one.size[0], height: one.size[1],
  })));
  const verdict = (one) => element('span', { class: 'verdict' },
    element('span', { class: 'kind', 'data-kind': one.kind }, one.kind), ` ${score(one[scored])}`);
  const link = element('a', { href: addressOf(sample.id), tabindex: -1 },
    ...(sample.other ? [element('span', { class: 'both' }, ...pictures)] : pictures),
    element('span', { class: 'name' }, sample.id),
    element('span', { class: 'class' }, sample.label ?? ''),
    element('span', { class: 'score' }, ...(sample.other ? shown.map(verdict) : [
      element('span', { class: 'kind', 'data-kind': sample.kind }, sample.kind), score(sample[scored])])));
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
