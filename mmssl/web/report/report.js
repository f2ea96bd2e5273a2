// Builds the page from REPORT (data.js): tables, charts, gallery and viewer.
'use strict';

const gallery = new Gallery(byId('cards'));
const viewer = new Viewer(byId('viewer'), () => gallery.samples, leaveViewer);
const sampleOf = new Map(REPORT.samples.map((sample) => [sample.id, sample]));

function drawPage() {
  const { settings, coverage } = REPORT;
  document.title = REPORT.title;
  byId('title').textContent = REPORT.title;
  byId('summary').textContent = `${coverage.evaluated} of ${coverage.expected} samples evaluated; `
    + `form ${settings.form}, protocol ${settings.protocol}, preset ${settings.preset}`
    + (settings.threshold === null ? '' : `, threshold ${settings.threshold}`);
  drawMetrics(byId('metrics'), REPORT.metrics);
  describe(byId('coverage'), REPORT.names
    ? [coverage, REPORT['other coverage']].flatMap((counts, i) =>
      Object.entries(counts).map(([name, n]) => [`${REPORT.names[i]}: ${name}`, n]))
    : Object.entries(coverage));
  drawCharts(byId('charts'), REPORT.charts);
  // Without annotations, maps have no scores.
  byId('metrics-section').hidden = !REPORT.metrics.length;
  byId('charts-section').hidden = !REPORT.charts.length;
  byId('wrong-section').hidden = !wrongOf.size;
  drawWrong(byId('wrong'), [...wrongOf.values()]);
  byId('classes-section').hidden = !REPORT.classes.length;
  drawClasses(byId('classes'), REPORT.classes, (label) => {
    byId('class').value = label;
    choose();
    gallery.focus(0);
  });
  byId('problems-section').hidden = !REPORT.problems.length;
  drawProblems(byId('problems'), REPORT.problems);
  describe(byId('kinds'), REPORT.kinds.map((kind) => [kind.name, `${kind.meaning} (${countOf(kind)})`]));
}

/** Number of samples of a kind; for two methods, both numbers. */
function countOf(kind) {
  return REPORT.names ? `${kind.n} / ${kind.other?.n ?? 0}` : String(kind.n);
}

function fillControls() {
  const options = (pairs) => pairs.map(([value, text]) => element('option', { value }, text));
  const labels = [...new Set(REPORT.samples.map((sample) => sample.label ?? ''))].filter(Boolean).sort();
  byId('class').append(...options([['', 'all'], ...labels.map((label) => [label, label])]));
  byId('kind').append(...options([
    ['', 'all'], ...REPORT.kinds.map((kind) => [kind.name, `${kind.name} (${countOf(kind)})`])]));
  byId('score').append(...options(Object.entries(SCORES)));
  byId('order').append(...options(Object.entries(ORDERS)));
  byId('controls').addEventListener('input', choose);
  byId('controls').addEventListener('submit', (event) => event.preventDefault());
}

/** Show the samples that match the controls. */
function choose() {
  const scored = byId('score').value;
  const samples = chosenSamples(REPORT.samples, {
    text: byId('filter').value, label: byId('class').value, kind: byId('kind').value,
    scored, order: byId('order').value,
  });
  gallery.show(samples, scored);
  byId('shown').textContent = `${samples.length} of ${REPORT.samples.length} samples`;
}

/** Open the sample that the address names, or close the viewer. */
function followAddress() {
  const id = idOfAddress();
  const sample = sampleOf.get(id);
  if (sample) viewer.show(sample);
  else if (viewer.dialog.open) viewer.dialog.close();
  if (id !== null && !sample) byId('shown').textContent = `There is no sample ${id}.`;
}

function leaveViewer(sample) {
  if (idOfAddress() !== null) history.replaceState(null, '', location.pathname + location.search);
  const place = gallery.samples.indexOf(sample);
  if (place >= 0) gallery.focus(place);
}

const STEPS = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 };

/** Whether an element of a form handles the key itself. */
function isTyping(event) {
  const target = event.target;
  if (target.matches('input[type=checkbox], button, summary')) return event.key === ' ';
  return target.matches('input, select, textarea');
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (event.key === '/') {
    if (viewer.dialog.open) viewer.dialog.close();
    byId('filter').focus();
    byId('filter').select();
  } else if (!(viewer.dialog.open ? viewerKey(event) : galleryKey(event))) {
    return;
  }
  // The clip's own controls must not receive the key, too.
  event.preventDefault();
  event.stopPropagation();
}

function viewerKey(event) {
  const step = STEPS[event.key] ?? { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) viewer.step(step);
  else if (event.key === ' ') viewer.togglePlay();
  else return false;
  return true;
}

function galleryKey(event) {
  const inside = gallery.list.contains(document.activeElement);
  const rows = { ArrowDown: gallery.columns, ArrowUp: -gallery.columns };
  // Outside the cards, these keys scroll the page.
  const step = STEPS[event.key] ?? (inside ? rows[event.key] : null);
  if (step) {
    gallery.move(step);
  } else if (event.key === ' ' && inside) {
    const sample = gallery.samples[gallery.current];
    // Unlike a new location.hash, this does not trigger an event that shows the sample again.
    history.pushState(null, '', addressOf(sample.id));
    viewer.show(sample);
    viewer.togglePlay();
  } else {
    return false;
  }
  return true;
}

drawPage();
fillControls();
choose();
followAddress();
addEventListener('hashchange', followAddress);
addEventListener('keydown', onKey, { capture: true });
