/** Bar and line charts as SVG: no background, and colours that can be read on white and on black alike. */

const WIDTH = 720;
const MARGIN = 24;
const ROW = 24;
const BAR = 15;
const CHARACTER = 7;
const TEXT = '#747c87';
export const COLOURS = { own: '#2f7fd8', other: '#c8690a', peer: '#868e99' };

const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (value) =>
  String(value)
    .replaceAll(NOT_XML, '\uFFFD')
    .replaceAll(/[&<>"]/g, (each) => ENTITIES[each]);

/** Three digits, or all of a whole number from a hundred on. */
export const shown = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

const rounded = (value) => (typeof value === 'number' ? Number(value.toFixed(1)) : value);

function element(name, attributes, content = '') {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(rounded(value))}"`,
  );
  return `<${name}${pairs.join('')}>${content}</${name}>`;
}

const text = (x, y, content, more = {}) => element('text', { x, y, ...more }, escaped(content));

const rule = (x1, y1, x2, y2) =>
  element('line', { x1, y1, x2, y2, stroke: TEXT, 'stroke-opacity': 0.3 });

function drawing({ title, source, height, parts }) {
  const head = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    role: 'img',
    'aria-label': title,
    'font-family': 'system-ui, sans-serif',
    'font-size': 13,
    fill: TEXT,
  };
  const all = [
    text(MARGIN, 28, title, { 'font-size': 17, 'font-weight': 600 }),
    ...parts,
    text(MARGIN, height - 12, source, { 'font-size': 11 }),
  ];
  return `${element('svg', head, `\n${all.join('\n')}\n`)}\n`;
}

/** Round numbers from 0 up to `most`, six at most. */
function ticks(most) {
  const power = 10 ** Math.floor(Math.log10(most / 5));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => most / each <= 5);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
}

/** The largest of these, or 1 where that leaves nothing to draw to. */
const largest = (values) => Math.max(0, ...values) || 1;

function bar({ name, value, isPeer }, y, { left, scale }) {
  const middle = y + ROW / 2 + 4;
  const length = value * scale;
  return [
    text(left - 8, middle, name, { 'text-anchor': 'end' }),
    element('rect', {
      x: left,
      y: y + (ROW - BAR) / 2,
      width: length,
      height: BAR,
      fill: isPeer ? COLOURS.peer : COLOURS.own,
    }),
    text(left + length + 6, middle, shown(value), { 'font-weight': 600 }),
  ];
}

/**
 * Horizontal bars, each with its value. `groups` have a `label` (or none) and `rows` of `name`, `value` and `isPeer`; `unit` is
 * what the axis says, `source` stands below. A row without a finite value is left out: it could not be measured.
 */
export function bars({ title, unit, source, groups }) {
  const measured = groups.map(({ label, rows }) => ({
    label,
    rows: rows.filter(({ value }) => Number.isFinite(value)),
  }));
  const rows = measured.flatMap((group) => group.rows);
  const most = largest(rows.map(({ value }) => value));
  const left = MARGIN + CHARACTER * Math.max(...rows.map(({ name }) => name.length), 8);
  const scale = (WIDTH - left - 80) / most;
  const parts = [];
  const top = 44;
  let y = top;
  for (const group of measured) {
    if (group.label !== undefined) {
      parts.push(text(left, y + 17, group.label, { 'font-style': 'italic' }));
      y += ROW;
    }
    for (const row of group.rows) {
      parts.push(...bar(row, y, { left, scale }));
      y += ROW;
    }
  }
  const axis = ticks(most).flatMap((tick) => {
    const x = left + tick * scale;
    const label = text(x, y + 18, shown(tick), { 'text-anchor': 'middle', 'font-size': 11 });
    return [rule(x, top, x, y + 4), label];
  });
  const caption = text(left, y + 36, unit, { 'font-size': 12 });
  return drawing({ title, source, height: y + 72, parts: [...axis, ...parts, caption] });
}

const PLOT = { left: 64, right: WIDTH - MARGIN, top: 84, bottom: 300 };

function line({ colour, values }, series, { x, y }) {
  const points = values.map((value, n) => `${rounded(x(n))},${rounded(y(value))}`).join(' ');
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 2 };
  const labels = values.flatMap((value, n) => {
    const isHighest = series.every((other) => !(other.values[n] > value));
    const at = y(value) + (isHighest ? -8 : 18);
    return [
      element('circle', { cx: x(n), cy: y(value), r: 3, fill: colour }),
      text(x(n), at, shown(value), { 'text-anchor': 'middle', 'font-size': 11, fill: colour }),
    ];
  });
  return [element('polyline', { points, ...stroke }), ...labels];
}

/**
 * Lines over parts of equal length of what has `length`: of each series (`name`, `colour`, `values`) one value per part, written
 * beside its point, in the middle of the part. `unit` and `along` are what the two axes say.
 */
export function lines({ title, unit, along, length, source, series }) {
  const { left, right, top, bottom } = PLOT;
  const most = largest(series.flatMap(({ values }) => values));
  const count = Math.max(...series.map(({ values }) => values.length));
  const x = (n) => left + ((n + 0.5) * (right - left)) / count;
  const y = (value) => bottom - (value * (bottom - top - 16)) / most;
  const small = { 'font-size': 11 };
  const upward = ticks(most).flatMap((tick) => [
    rule(left, y(tick), right, y(tick)),
    text(left - 8, y(tick) + 4, shown(tick), { 'text-anchor': 'end', ...small }),
  ]);
  const parts = Array.from({ length: count }, (_, n) =>
    text(x(n), bottom + 18, shown(((n + 0.5) * length) / count), {
      'text-anchor': 'middle',
      ...small,
    }),
  );
  const legend = series.map(({ name, colour }, n) =>
    text(MARGIN + n * 240, 54, `● ${name}`, { fill: colour }),
  );
  const captions = [
    text(MARGIN, 76, unit, { 'font-size': 12 }),
    text((left + right) / 2, bottom + 38, along, { 'text-anchor': 'middle', 'font-size': 12 }),
  ];
  const drawn = series.flatMap((each) => line(each, series, { x, y }));
  const all = [...upward, ...parts, ...legend, ...captions, ...drawn];
  return drawing({ title, source, height: bottom + 76, parts: all });
}
