import { scaleLinear, scalePoint } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import type { ReportEstablishment, ReportIdentity } from '../../src/report/report-identity.ts';
import { h, s } from './dom.ts';
import { keySign, partWords, weightWords } from './signatories.ts';
import { counted, EVENT_WORDS, thresholdWords } from './words.ts';

/** Establishments and keys that the picture shows; the table beside it has all. */
const COLUMNS = 24;
const ROWS = 16;
const CELL = 14;
const PITCH = 22;
const STEP = 74;
const LEFT = 60;
const CHART = 44;
const TOP = 24;

/** A count as a number; weights have none that could be drawn on the same scale. */
function countOf(threshold: string): number | undefined {
  return /^\d+$/.test(threshold) ? Number(threshold) : undefined;
}

function words(one: ReportEstablishment): string {
  const { sn, type, position, threshold, keys, nextThreshold, nextKeys, superseded } = one;
  const next =
    nextKeys === 0
      ? 'no next keys: abandoned'
      : `next ${thresholdWords(nextThreshold, nextKeys)}, hidden`;
  const gone = superseded === null ? '' : `; superseded at batch ${superseded.position}`;
  return `Event ${sn}, ${EVENT_WORDS[type] ?? type}, batch ${position}: ${thresholdWords(threshold, keys.length)} must sign; ${partWords(keys.map(({ part }) => part))}; ${next}${gone}`;
}

/** How many keys there are and how many must sign, as steps over the establishments. */
function thresholdChart(
  shown: readonly ReportEstablishment[],
  x: (index: number) => number,
): readonly SVGElement[] {
  const most = Math.max(1, ...shown.map(({ keys }) => keys.length));
  const y = scaleLinear([0, most], [TOP + CHART, TOP]);
  const end = { at: x(shown.length - 1) + STEP / 2 };
  const points = shown.map((one, index) => ({ at: x(index), one }));
  const last = points.at(-1);
  const all = last === undefined ? points : [...points, { ...end, one: last.one }];
  const keys = area<(typeof all)[number]>()
    .x(({ at }) => at)
    .y0(y(0))
    .y1(({ one }) => y(one.keys.length))
    .curve(curveStepAfter);
  const required = line<(typeof all)[number]>()
    .defined(({ one }) => countOf(one.threshold) !== undefined)
    .x(({ at }) => at)
    .y(({ one }) => y(countOf(one.threshold) ?? 0))
    .curve(curveStepAfter);
  return [
    s('path', { d: keys(all) ?? '', class: 'keys-area' }),
    s('path', { d: required(all) ?? '', class: 'required-line' }),
    s(
      'text',
      { x: LEFT - 14, y: TOP + 12, class: 'axis-text', 'text-anchor': 'end' },
      counted(most, 'key'),
    ),
    ...shown.map((one, index) =>
      s(
        'text',
        { x: x(index) + 2, y: TOP - 6, class: 'label-text' },
        thresholdWords(one.threshold, one.keys.length).slice(0, 11),
      ),
    ),
  ];
}

/** The keys of one establishment, and from each that was kept a line to where it stood before. */
function column(
  one: ReportEstablishment,
  before: ReportEstablishment | undefined,
  at: number,
  top: number,
): readonly SVGElement[] {
  const kept = one.keys.slice(0, ROWS).flatMap(({ key, isKept }, index) => {
    const from = isKept ? (before?.keys.findIndex((old) => old.key === key) ?? -1) : -1;
    if (from < 0 || from >= ROWS) return [];
    const [y1, y2] = [top + from * PITCH + CELL / 2, top + index * PITCH + CELL / 2];
    return [s('line', { x1: at - STEP + CELL / 2, x2: at - CELL / 2, y1, y2, class: 'kept' })];
  });
  const cells = one.keys.slice(0, ROWS).map(({ key, part, weight }, index) => {
    const sign = keySign(part, at - CELL / 2, top + index * PITCH, CELL);
    sign.append(s('title', {}, `key ${index}${weightWords(weight)}, ${part}: ${key}`));
    return sign;
  });
  return [...kept, ...cells];
}

/** A picture that tells, when one of its columns is pointed at or chosen by arrow keys, what stands there. */
function withReadout(
  picture: SVGSVGElement,
  columns: readonly SVGElement[],
  texts: readonly string[],
): readonly Node[] {
  const hint = 'Point at a column, or use the arrow keys, for its event in words.';
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' }, hint);
  let chosen = -1;
  const choose = (index: number): void => {
    columns[chosen]?.classList.remove('chosen');
    chosen = Math.max(0, Math.min(columns.length - 1, index));
    columns[chosen]?.classList.add('chosen');
    readout.textContent = texts[chosen] ?? hint;
  };
  for (const [index, one] of columns.entries())
    one.addEventListener('pointerenter', () => choose(index));
  picture.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowRight') choose(chosen + 1);
    if (key === 'ArrowLeft') choose(chosen < 0 ? columns.length - 1 : chosen - 1);
  });
  return [picture, readout];
}

/** The keys and thresholds of an identifier, establishment by establishment. */
export function keyHistory({ establishments }: ReportIdentity, name: string): HTMLElement {
  const shown = establishments.slice(-COLUMNS);
  const rows = Math.min(ROWS, Math.max(1, ...shown.map(({ keys }) => keys.length)));
  const width = LEFT + shown.length * STEP + 10;
  const scale = scalePoint<number>(
    shown.map((_, index) => index),
    [LEFT, LEFT + Math.max(0, shown.length - 1) * STEP],
  );
  const x = (index: number): number => scale(index) ?? LEFT;
  const top = TOP + CHART + 16;
  const height = top + rows * PITCH + 34;
  const columns = shown.map((one, index) =>
    s(
      'g',
      { class: one.superseded === null ? 'column' : 'column superseded' },
      s('rect', { x: x(index) - STEP / 2, y: 0, width: STEP, height, class: 'hit' }),
      ...column(one, shown[index - 1], x(index), top),
      s(
        'text',
        { x: x(index), y: height - 18, class: 'axis-text', 'text-anchor': 'middle' },
        `event ${one.sn}`,
      ),
      s(
        'text',
        { x: x(index), y: height - 4, class: 'axis-text', 'text-anchor': 'middle' },
        `batch ${one.position}`,
      ),
    ),
  );
  const label = `Key history of ${name}: ${shown.length} establishment events. ${shown.slice(-3).map(words).join('. ')}`;
  const picture = s(
    'svg',
    {
      class: 'key-history',
      role: 'img',
      tabindex: 0,
      'aria-label': label,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
    },
    ...thresholdChart(shown, x),
    ...Array.from({ length: rows }, (_, index) =>
      s(
        'text',
        {
          x: LEFT - 14,
          y: top + index * PITCH + CELL - 3,
          class: 'axis-text',
          'text-anchor': 'end',
        },
        `key ${index}`,
      ),
    ),
    ...columns,
  );
  const cut =
    establishments.length > shown.length
      ? ` The newest ${shown.length} of ${establishments.length}; the table has all.`
      : '';
  const caption = `Keys and thresholds by event: above, how many keys there are (area) and how many must sign (line); below, each key: filled signed, half later, empty missing. A line joins a key that was kept.${cut}`;
  return h(
    'figure',
    {},
    h('div', { class: 'scroll' }, ...withReadout(picture, columns, shown.map(words))),
    h('figcaption', {}, caption),
  );
}
