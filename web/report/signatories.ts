import type { ReportKey } from '../../src/report/report-identity.ts';
import type { ReportEvent } from '../../src/report/report.ts';
import { h, s } from './dom.ts';
import { indexList, thresholdWords } from './words.ts';

type Part = ReportKey['part'];

/** Keys that a picture shows one by one. */
const KEYS_SHOWN = 24;

/** The sign of a key: filled where it signed, half filled where that came later, empty where it did not. */
export function keySign(part: Part, x: number, y: number, size: number): SVGGElement {
  const frame = s('rect', { x, y, width: size, height: size, rx: 2, class: `key ${part}` });
  switch (part) {
    case 'signed':
      return s('g', {}, frame);
    case 'late':
      return s(
        'g',
        {},
        frame,
        s('rect', { x, y: y + size / 2, width: size, height: size / 2, class: 'key-half' }),
      );
    case 'missing':
      return s(
        'g',
        {},
        frame,
        s('line', {
          x1: x + 3,
          x2: x + size - 3,
          y1: y + size / 2,
          y2: y + size / 2,
          class: 'key-none',
        }),
      );
  }
}

/** ` (weight 1/2)`, or nothing where keys are counted. */
export function weightWords(weight: string | null): string {
  return weight === null ? '' : ` (weight ${weight})`;
}

/** The keys that did not sign, by index, with their weights where they have any. */
export function missingWords(keys: readonly ReportKey[]): string {
  const missing = keys.flatMap(({ part, weight }, index) =>
    part === 'missing' ? [`${index}${weightWords(weight)}`] : [],
  );
  return missing.length === 0 ? '–' : missing.join(', ');
}

/** Which of the keys of an event signed, in words. */
export function partWords(parts: readonly Part[]): string {
  const of = (part: Part): readonly number[] =>
    parts.flatMap((one, index) => (one === part ? [index] : []));
  const late = of('late');
  return [
    `signed: ${indexList(of('signed'))}`,
    ...(late.length === 0 ? [] : [`later: ${indexList(late)}`]),
    `missing: ${indexList(of('missing'))}`,
  ].join('; ');
}

/** The parts of the keys of an event of a batch. */
export function partsOf({ keys, signed, late }: ReportEvent): readonly Part[] {
  return Array.from({ length: keys }, (_, index) =>
    signed.includes(index) ? 'signed' : late.includes(index) ? 'late' : 'missing',
  );
}

/** A row of keys, each with its part, and the same in words beside it. */
export function signatories(threshold: string, parts: readonly Part[]): HTMLElement {
  const shown = parts.slice(0, KEYS_SHOWN);
  const words = partWords(parts);
  return h(
    'span',
    { class: 'signatories' },
    s(
      'svg',
      {
        role: 'img',
        'aria-label': words,
        viewBox: `0 0 ${shown.length * 16} 14`,
        width: shown.length * 16,
        height: 14,
      },
      ...shown.map((part, index) => keySign(part, index * 16 + 1, 1, 12)),
    ),
    h('span', { class: 'quiet' }, thresholdWords(threshold, parts.length)),
  );
}
