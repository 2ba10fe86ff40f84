import { scaleLinear } from 'd3-scale';
import { symbol, symbolCircle, symbolDiamond2, symbolTimes, symbolTriangle } from 'd3-shape';
import type { ReportIdentity } from '../../src/report/report-identity.ts';
import { s } from './dom.ts';
import { EVENT_WORDS } from './words.ts';

const HEIGHT = 26;
const MIDDLE = 13;
/** Interactions that fall together are one tick, the taller the more there are. */
const BINS = 400;

/** Something that happened to an identifier, where, and by which sign it is drawn. */
export interface Happening {
  readonly position: number;
  readonly kind: 'inception' | 'rotation' | 'linked' | 'revoked' | 'evidence';
  readonly words: string;
}

/** What happened to an identifier beside interactions, in the order of positions. */
export function happenings(identity: ReportIdentity): readonly Happening[] {
  const established = identity.establishments.map(
    ({ type, sn, position, superseded }): Happening => ({
      position,
      kind: sn === 0 ? 'inception' : 'rotation',
      words: `${EVENT_WORDS[type] ?? type}, event ${sn}${superseded === null ? '' : ', superseded'}`,
    }),
  );
  const devices = identity.devices.flatMap(
    ({ name, linkedAt, revokedAt }): readonly Happening[] => [
      { position: linkedAt, kind: 'linked', words: `device “${name}” linked` },
      ...(revokedAt === null
        ? []
        : [{ position: revokedAt, kind: 'revoked' as const, words: `device “${name}” revoked` }]),
    ],
  );
  const marks = identity.marks.map(({ position, sn }): Happening => ({
    position,
    kind: 'evidence',
    words: `evidence of two events ${sn}`,
  }));
  return [...established, ...devices, ...marks].toSorted((a, b) => a.position - b.position);
}

const SIGNS = {
  inception: symbol(symbolCircle, 64)(),
  rotation: symbol(symbolDiamond2, 56)(),
  linked: symbol(symbolTriangle, 34)(),
  revoked: symbol(symbolTimes, 40)(),
  evidence: symbol(symbolTimes, 90)(),
} as const;

function binned(
  positions: readonly number[],
  x: (position: number) => number,
): ReadonlyMap<number, number> {
  const bins = new Map<number, number>();
  for (const position of positions) {
    const bin = Math.round((x(position) / 100) * BINS);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  return bins;
}

function percent(value: number): string {
  return `${Math.round(value * 100) / 100}%`;
}

/** A sign at a place of the line, in its own size however wide the line is. */
function happeningSign({ position, kind, words }: Happening, at: number): SVGSVGElement {
  const isBelow = kind === 'linked' || kind === 'revoked';
  const path = s(
    'path',
    { d: SIGNS[kind] ?? '', class: `happening ${kind}` },
    s('title', {}, `batch ${position}: ${words}`),
  );
  return s('svg', { x: percent(at), y: isBelow ? MIDDLE + 7 : MIDDLE, class: 'sign-place' }, path);
}

function across(from: number, to: number, kind: string): SVGLineElement {
  return s('line', {
    x1: percent(from),
    x2: percent(to),
    y1: MIDDLE,
    y2: MIDDLE,
    class: kind,
  });
}

/** The positions of the log above the timelines, which stand below each other on the same scale. */
export function timelineAxis(batches: number): SVGSVGElement {
  const last = Math.max(1, batches - 1);
  const x = scaleLinear([0, last], [1, 99]);
  const ticks = x.ticks(6).filter((at) => Number.isInteger(at) && at < last * 0.94);
  return s(
    'svg',
    { class: 'timeline-axis', width: '100%', height: 22, 'aria-hidden': 'true' },
    ...[...ticks, last].flatMap((at) => [
      s('line', { x1: percent(x(at)), x2: percent(x(at)), y1: 16, y2: 22, class: 'tick' }),
      s(
        'text',
        {
          x: percent(x(at)),
          y: 12,
          class: 'axis-text',
          'text-anchor': at === last ? 'end' : 'middle',
        },
        at === 0 ? 'batch 0' : at.toLocaleString('en'),
      ),
    ]),
  );
}

/** The life of one identifier along the positions of the log. @param batches how many the log has */
export function timeline(identity: ReportIdentity, batches: number): SVGSVGElement {
  const x = scaleLinear([0, Math.max(1, batches - 1)], [1, 99]);
  const marks = happenings(identity);
  const positions = [...marks.map(({ position }) => position), ...identity.interactions];
  const first = positions.reduce((least, one) => Math.min(least, one), batches);
  const last = positions.reduce((most, one) => Math.max(most, one), 0);
  const ticks = Array.from(binned(identity.interactions, x), ([bin, count]) => {
    const at = percent((bin / BINS) * 100);
    const half = Math.min(9, 3 + Math.log2(count + 1));
    return s('line', { x1: at, x2: at, y1: MIDDLE - half, y2: MIDDLE + half, class: 'tick' });
  });
  return s(
    'svg',
    {
      class: 'timeline',
      role: 'img',
      width: '100%',
      height: HEIGHT,
      'aria-label': timelineWords(identity, batches),
    },
    across(1, 99, 'axis'),
    across(x(first), x(last), 'life'),
    ...ticks,
    ...marks.map((mark) => happeningSign(mark, x(mark.position))),
  );
}

function timelineWords(identity: ReportIdentity, batches: number): string {
  const { establishments, interactions, devices, marks } = identity;
  const last = Math.max(0, ...interactions.slice(-1), ...establishments.map((one) => one.position));
  const revoked = devices.filter(({ standing }) => standing === 'revoked').length;
  return [
    `Timeline over batches 0 to ${batches - 1}: inception at batch ${establishments[0]?.position ?? '?'}`,
    `${Math.max(0, establishments.length - 1)} rotations`,
    `interactions in ${interactions.length} batches`,
    ...(devices.length === 0
      ? []
      : [`${devices.length} devices linked, ${revoked} of them revoked`]),
    ...(marks.length === 0 ? [] : [`${marks.length} proofs of duplicity`]),
    `last seen at batch ${last}`,
  ].join(', ');
}

function sign(kind: keyof typeof SIGNS): SVGSVGElement {
  return s(
    'svg',
    { viewBox: '-7 -7 14 14', width: 14, height: 14, 'aria-hidden': 'true' },
    s('path', { d: SIGNS[kind] ?? '', class: `happening ${kind}` }),
  );
}

/** What the signs of a timeline mean. */
export function timelineLegend(): readonly (readonly [SVGSVGElement, string])[] {
  const tick = s(
    'svg',
    { viewBox: '-7 -7 14 14', width: 14, height: 14, 'aria-hidden': 'true' },
    s('line', { x1: 0, x2: 0, y1: -5, y2: 5, class: 'tick' }),
  );
  return [
    [sign('inception'), 'inception'],
    [sign('rotation'), 'rotation'],
    [tick, 'interactions'],
    [sign('linked'), 'device linked'],
    [sign('revoked'), 'device revoked'],
    [sign('evidence'), 'proof of duplicity'],
  ];
}
