// Makes elements and formats numbers. All text is inserted as text, never as HTML.
'use strict';

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children; `false` and `null` leave an attribute out. */
function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
function shape(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

/** A score with three decimals; a dash if there is none. */
function score(value) {
  return value === null || value === undefined ? '–' : value.toFixed(3);
}

function percent(value) {
  return value === null || value === undefined ? '' : (100 * value).toFixed(2);
}

/** Pairs of a name and a text as the contents of a <dl>. */
function describe(list, pairs) {
  list.replaceChildren(...pairs.map(([name, text]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, String(text)))));
}

/** A sample's file; its stem is already quoted. */
function fileOf(sample, ending) {
  return sample.stem + ending;
}
