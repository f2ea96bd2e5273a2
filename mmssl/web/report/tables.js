// Tables whose columns sort after a click on their heads.
'use strict';

/**
 * Fill a table.
 *
 * Columns are `{title, cell(row), value(row)}`; a column without `value` does not sort. Rows
 * without a value come last in both directions.
 */
function fillTable(table, columns, rows) {
  const body = element('tbody');
  const heads = columns.map((column) => head(column, (descending) => {
    heads.forEach((other) => other.removeAttribute('aria-sort'));
    heads[columns.indexOf(column)].setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    body.replaceChildren(...sortedBy(rows, column.value, descending).map((row) => line(columns, row)));
  }));
  body.append(...rows.map((row) => line(columns, row)));
  table.replaceChildren(element('thead', {}, element('tr', {}, ...heads)), body);
}

function head(column, sort) {
  const cell = element('th', { scope: 'col', class: column.number ? 'number' : null });
  if (!column.value) {
    cell.append(column.title);
    return cell;
  }
  const button = element('button', { type: 'button' }, column.title);
  // The first click sorts numbers in descending order and names in ascending order.
  button.addEventListener('click', () => {
    const now = cell.getAttribute('aria-sort');
    sort(now ? now === 'ascending' : Boolean(column.number));
  });
  cell.append(button);
  return cell;
}

function line(columns, row) {
  return element('tr', {}, ...columns.map((column, i) =>
    element(i ? 'td' : 'th', { scope: i ? null : 'row', class: column.number ? 'number' : null }, column.cell(row))));
}

/** A sorted copy; rows with equal values keep their order. */
function sortedBy(rows, value, descending) {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (typeof x === 'string' ? x.localeCompare(y) : x - y);
  });
}

function drawMetrics(table, metrics) {
  const number = (title, key) => ({ title, number: true, cell: (row) => percent(row[key]) });
  const interval = (row) => (row.low === null ? '' : `${percent(row.low)} – ${percent(row.high)}`);
  const [first, second] = REPORT.names ?? ['value'];
  fillTable(table, [
    { title: 'metric, in %', cell: (row) => row.name },
    number(first, 'value'),
    { title: '95 % interval', number: true, cell: interval },
    ...(second ? [
      { title: second, number: true, cell: (row) => percent(row.other.value) },
      { title: '95 % interval', number: true, cell: (row) => interval(row.other) },
    ] : []),
    number('centre disc', 'centre_disc'),
    number('whole frame', 'whole_frame'),
    number('noise', 'uniform_noise'),
    number('ceiling', 'ceiling'),
  ], metrics);
}

/** One row for each class; a click on its name shows the samples of the class. */
function drawClasses(table, classes, choose) {
  const name = (row) => {
    const button = element('button', { type: 'button', title: 'Show these samples' }, row.name);
    button.addEventListener('click', () => choose(row.name));
    return button;
  };
  const prefix = REPORT.names ? `${REPORT.names[0]}: ` : '';
  const column = (title, key, cell = (row) => score(row[key])) =>
    ({ title, number: true, cell, value: (row) => row[key] });
  const other = (title, key) => ({
    title: `${REPORT.names[1]}: ${title}`, number: true,
    cell: (row) => score(row.other?.[key]), value: (row) => row.other?.[key] ?? null,
  });
  fillTable(table, [
    { title: 'class', cell: name, value: (row) => row.name },
    column('n', 'n', (row) => String(row.n)),
    column(`${prefix}mean cIoU`, 'mean'),
    column(`${prefix}share ≥ 0.5`, 'success'),
    column(`${prefix}mean cIoU, adaptive`, 'mean adaptive'),
    column(`${prefix}share ≥ 0.5, adaptive`, 'found'),
    ...(REPORT.names ? [
      other('mean cIoU', 'mean'),
      other('share ≥ 0.5', 'success'),
      other('mean cIoU, adaptive', 'mean adaptive'),
      other('share ≥ 0.5, adaptive', 'found'),
    ] : []),
  ], classes);
}

/** Wrongly classified clips, most often wrong first; their names are links. */
function drawWrong(table, rows) {
  const number = (title, key, cell) => ({ title, number: true, cell, value: (row) => row[key] });
  const text = (title, key) => ({ title, cell: (row) => row[key], value: (row) => row[key] });
  fillTable(table, [
    { title: 'sample', cell: (row) => element('a', { href: addressOf(row.id) }, row.id), value: (row) => row.id },
    text('class', 'label'),
    text('predicted', 'predicted'),
    number('its score', 'score', (row) => score(row.score)),
    number('times wrong', 'wrong', (row) => `${row.wrong} of ${row.of}`),
  ], rows);
}

function drawProblems(table, problems) {
  fillTable(table, [
    { title: 'sample', cell: ([id]) => element('a', { href: addressOf(id) }, id), value: ([id]) => id },
    { title: 'what', cell: ([, what]) => what, value: ([, what]) => what },
    { title: 'why', cell: ([, , why]) => why },
  ], problems);
}
