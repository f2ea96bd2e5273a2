// A histogram and a success curve, drawn as SVG from the data.
'use strict';

const CHART = { width: 440, height: 230, left: 50, right: 10, top: 10, bottom: 36 };

function xAt(share) {
  return CHART.left + share * (CHART.width - CHART.left - CHART.right);
}

function yAt(share) {
  return CHART.height - CHART.bottom - share * (CHART.height - CHART.top - CHART.bottom);
}

/** Axes from 0 to 1 and from 0 to `highest`, with space for marks. */
function axes(label, xTitle, yTitle, highest) {
  const svg = shape('svg', { viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: 'img', 'aria-label': label });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    svg.append(
      shape('line', { class: 'grid', x1: xAt(0), x2: xAt(1), y1: yAt(share), y2: yAt(share) }),
      shape('text', { x: xAt(0) - 6, y: yAt(share) + 4, 'text-anchor': 'end' }, written(share * highest)),
      shape('text', { x: xAt(share), y: yAt(0) + 15, 'text-anchor': 'middle' }, String(share)));
  }
  svg.append(
    shape('text', { x: xAt(0.5), y: CHART.height - 4, 'text-anchor': 'middle' }, xTitle),
    shape('text', { transform: `translate(12 ${yAt(0.5)}) rotate(-90)`, 'text-anchor': 'middle' }, yTitle));
  return svg;
}

function written(value) {
  return String(Number(value.toFixed(2)));
}

/** The smallest of 1, 2, 5, 10, 20, 50 and so on that is not below a number. */
function roundStep(least) {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  return power * [1, 2, 5, 10].find((step) => step * power >= least);
}

/** Bars of equal width; the style sheet marks the bars of successes. */
function histogram(chart) {
  const counts = chart.histogram;
  const highest = 4 * roundStep(Math.max(...counts, 1) / 4);
  const label = `Histogram of ${chart.title}, ${chart.n} samples: ${counts.join(', ')}`;
  const svg = axes(label, chart.title, 'samples', highest);
  counts.forEach((count, i) => {
    const from = i / counts.length;
    const to = (i + 1) / counts.length;
    svg.append(shape('rect', {
      class: from >= 0.5 ? 'bar success' : 'bar', x: xAt(from) + 1, width: xAt(to) - xAt(from) - 2,
      y: yAt(count / highest), height: yAt(0) - yAt(count / highest),
    }, shape('title', {}, `${from.toFixed(2)} to ${to.toFixed(2)}: ${count} samples`)));
  });
  return svg;
}

/** Share of samples at or above each threshold, for the maps and for a disc in the centre. */
function successCurve(chart) {
  const half = chart.success[chart.thresholds.indexOf(0.5)];
  const label = `Share of samples with ${chart.title} of at least t: ${score(half)} at t = 0.5`;
  const svg = axes(label, `t (${chart.title})`, 'share ≥ t', 1);
  const points = (values) => values.map((y, i) => `${xAt(chart.thresholds[i])},${yAt(y)}`).join(' ');
  if (chart['centre disc']) {
    svg.append(
      shape('polyline', { class: 'curve prior', points: points(chart['centre disc']) }),
      shape('text', { class: 'prior', x: xAt(1), y: yAt(0.86), 'text-anchor': 'end' }, '- - centre disc'));
  }
  svg.append(
    shape('polyline', { class: 'curve', points: points(chart.success) }),
    shape('text', { class: 'own', x: xAt(1), y: yAt(0.95), 'text-anchor': 'end' }, '— maps'),
    shape('circle', { class: 'mark', cx: xAt(0.5), cy: yAt(half), r: 4 },
      shape('title', {}, `${score(half)} at 0.5`)));
  return svg;
}

function drawCharts(place, charts) {
  place.replaceChildren(...charts.map((chart) =>
    element('div', { class: 'pair' }, histogram(chart), successCurve(chart))));
}
