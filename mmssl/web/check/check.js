// Builds the page of a check from CHECK: totals, and the clips with faults.
'use strict';

/** Largest number of rows in the document. */
const ROWS = 100;

const IN_TRAINING = {
  'missing': 'no such file: skipped',
  'unreadable': 'cannot be decoded, or only in part: usually skipped',
  'no video': 'skipped',
  'no sound': 'skipped',
  'truncated': 'ends before the length in its header: the rest is read',
  'time stamps broken': 'missing, equal or far apart: read with these time stamps',
  'too short': 'skipped',
  'lengths differ': 'picture and sound begin or end at different times: the shared part is read',
  'silent': 'read',
  'frozen picture': 'read',
  'fine': 'read',
};

const REPAIRS = {
  damaged_sound_packets: `damaged packets of the sound (of ${CHECK.repairs.sound_packets.total})`,
  filled_seconds: 'silence in gaps of the sound, s',
  cut_seconds: 'overlapping sound left out, s',
  time_restarts: 'restarts of the time stamps of a sound',
  format_changes: 'changes of rate or channels (nothing is lost)',
  unstamped_packets: 'packets without a time stamp',
  packets_without_picture: 'packets without a picture',
  corrupt_pictures: 'corrupt pictures',
};

/** A table of many rows; only one page of them is in the document. */
class Pages {
  constructor(table, columns) {
    [this.columns, this.rows, this.first] = [columns, [], 0];
    this.heads = columns.map((column) => head(column, (descending) => this.sort(column, descending)));
    this.body = element('tbody');
    table.append(element('thead', {}, element('tr', {}, ...this.heads)), this.body);
    byId('previous').addEventListener('click', () => this.turn(-ROWS));
    byId('next').addEventListener('click', () => this.turn(ROWS));
  }

  show(rows) {
    this.rows = this.order ? sortedBy(rows, ...this.order) : rows;
    this.first = 0;
    this.draw();
  }

  sort(column, descending) {
    this.heads.forEach((other) => other.removeAttribute('aria-sort'));
    this.heads[this.columns.indexOf(column)].setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    this.order = [column.value, descending];
    this.show(this.rows);
  }

  turn(step) {
    this.first += step;
    this.draw();
    byId('clips').scrollIntoView();
  }

  draw() {
    const end = Math.min(this.first + ROWS, this.rows.length);
    this.body.replaceChildren(...this.rows.slice(this.first, end).map((row) => line(this.columns, row)));
    byId('previous').disabled = !this.first;
    byId('next').disabled = end === this.rows.length;
    byId('pages').hidden = this.rows.length <= ROWS;
    const part = this.rows.length > ROWS ? `${this.first + 1} to ${end} of ` : '';
    byId('shown').textContent = `${part}${this.rows.length} clips`;
  }
}

const text = (title, place) => ({ title, cell: (row) => row[place], value: (row) => row[place] });
const pages = new Pages(byId('rows'), [
  text('clip', 0), text('verdict', 1), text('reason', 2), text('repaired when read', 3),
  ...(CHECK.fixed ? [{ title: 'fixed', cell: (row) => row[4] || row[5], value: (row) => row[4] || row[5] }] : []),
]);

function drawTotals() {
  document.title = `Check of ${CHECK.folder}`;
  byId('title').textContent = document.title;
  byId('summary').textContent = `${CHECK.clips} clips, ${CHECK.clean} in the clean list, `
    + `${CHECK.repaired} repaired whenever they are read`;
  drawVerdicts();
  const repairs = Object.entries(CHECK.repairs).filter(([name, { total }]) => total && REPAIRS[name]);
  byId('no-repairs').hidden = repairs.length > 0;
  byId('repairs').hidden = !repairs.length;
  fillTable(byId('repairs'), [
    { title: 'repair', cell: ([name]) => REPAIRS[name] },
    { title: 'total', number: true, cell: ([, { total }]) => String(total) },
    { title: 'in clips', number: true, cell: ([, { clips }]) => String(clips) },
  ], repairs);
  byId('fixed-section').hidden = !CHECK.fixed;
  if (CHECK.fixed) {
    describe(byId('fixed'), [['repaired copies', CHECK.fixed.copies],
      ['links to accepted clips', CHECK.fixed.links], ['left out', CHECK.fixed.left_out]]);
  }
}

function drawVerdicts() {
  const share = (count) => count / CHECK.clips;
  const bar = ([name, count]) => element('span', { class: 'share', 'data-verdict': name },
    element('span', { style: `width: ${100 * share(count)}%` }));
  const button = ([name]) => {
    const made = element('button', { type: 'button', title: 'Show these clips' }, name);
    made.addEventListener('click', () => {
      byId('verdict').value = name;
      choose();
      byId('clips').scrollIntoView();
    });
    return made;
  };
  fillTable(byId('verdicts'), [
    { title: 'verdict', cell: button },
    { title: 'clips', number: true, cell: ([, count]) => String(count) },
    { title: 'share', number: true, cell: ([, count]) => `${percent(share(count))} %` },
    { title: '', cell: bar },
    { title: 'in training', cell: ([name]) => IN_TRAINING[name] },
  ], Object.entries(CHECK.verdicts));
}

/** Show the clips that match the controls. */
function choose() {
  const [verdict, wanted] = [byId('verdict').value, byId('filter').value.toLowerCase()];
  pages.show(CHECK.rows.filter((row) => (!verdict || row[1] === verdict)
    && (!wanted || row.some((cell) => cell.toLowerCase().includes(wanted)))));
}

drawTotals();
byId('verdict').append(...['', ...new Set(CHECK.rows.map((row) => row[1]))].map((verdict) =>
  element('option', { value: verdict }, verdict || 'all')));
byId('controls').addEventListener('input', choose);
byId('controls').addEventListener('submit', (event) => event.preventDefault());
choose();
