import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

type Charts = Readonly<Record<string, string>>;
const imported = async (name: string): Promise<unknown> =>
  import(pathToFileURL(path.resolve(import.meta.dirname, '../bench', name)).href);
const { bars } = (await imported('chart.mjs')) as { bars: (chart: unknown) => string };
const { charts } = (await imported('charts.mjs')) as { charts: (measured: unknown) => Charts };

const contestants = (first: number) =>
  ['gitkel (native)', 'bare crypto.verify', 'signify-ts', 'gitkel (portable)'].map((name, n) => ({
    name,
    perCpuSecond: first + n,
  }));

const measured = {
  machine: { cpu: 'Some Processor', cores: 2, node: '20.20.2', openssl: '3.0.19' },
  verification: [
    { log: '1-of-1', signatures: 1, contestants: contestants(6_751.6) },
    { log: '2-of-3', signatures: 2, contestants: contestants(3_504) },
  ],
  startUp: [
    { name: 'node -e 0', milliseconds: 125.4 },
    { name: 'gitkel --version', milliseconds: 290 },
  ],
  remembered: [
    { name: 'audit of 1000 batches', milliseconds: 888 },
    { name: 'audit of 10000 batches', milliseconds: 7_777 },
    { name: 'audit of 100 more', milliseconds: 431 },
    { name: 'gitkel --version', milliseconds: 291 },
    { name: 'identity show', milliseconds: 333 },
  ],
  store: {
    audit: { batches: 10_000, gitkel: 2_000, singleThread: 4_000, bare: 1_250, gitLog: 20 },
    append: {
      batches: 20_000,
      tenths: [1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09, 1.1],
      wideTenths: [2.01, 2.02, 2.03, 2.04, 2.05, 2.06, 2.07, 2.08, 2.09, 2.11],
    },
  },
};

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const plain = (content: string): string =>
  content.replaceAll(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? 'an unknown entity');

/** Takes a chart apart, exactly: the text of each `text` element. Throws where it is not well-formed. */
function textsOf(svg: string): readonly string[] {
  const found: string[] = [];
  const open: string[] = [];
  const piece = /<(\w+)((?: [\w:-]+="[^"<]*")*)>|<\/(\w+)>|([^<>]+)/y;
  while (piece.lastIndex < svg.length) {
    const at = piece.lastIndex;
    const [whole, begun, attributes = '', ended, content = ''] = piece.exec(svg) ?? [];
    if (whole === undefined) throw new Error(`not XML: ${svg.slice(at, at + 80)}`);
    if (/&(?!(?:amp|lt|gt|quot);)/.test(whole)) throw new Error(`a bare ampersand: ${whole}`);
    const names = Array.from(attributes.matchAll(/ ([\w:-]+)=/g), ([, name]) => name);
    if (new Set(names).size !== names.length) throw new Error(`an attribute twice: ${whole}`);
    if (begun !== undefined) open.push(begun);
    else if (ended !== undefined && open.pop() !== ended) throw new Error(`not open: ${whole}`);
    else if (open.at(-1) === 'text') found.push(plain(content));
    else if (content.trim() !== '') throw new Error(`text outside of an element: ${content}`);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`);
  return found;
}

/** The texts of one chart, which has to be there. */
function texts(all: Charts, name: string): readonly string[] {
  const svg = all[name];
  if (svg === undefined) throw new Error(`no ${name}`);
  return textsOf(svg);
}

/** How well a colour stands out from another, by the formula of WCAG 2.2. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('charts of the benchmarks', () => {
  const all = charts(measured);

  it('charts() draws one chart for each thing measured', () => {
    expect(Object.keys(all)).toEqual([
      'verification.svg',
      'start-up.svg',
      'remembered.svg',
      'audit.svg',
      'append.svg',
    ]);
    const { store: _, ...rest } = measured;
    expect(Object.keys(charts(rest))).toEqual(Object.keys(all).slice(0, 3));
  });

  it('charts() gives well-formed XML with numbers everywhere, 720 wide', () => {
    for (const svg of Object.values(all)) {
      expect(textsOf(svg).at(-1)).toBe(
        'Some Processor, 2 cores, Node 20.20.2 (OpenSSL 3.0.19); npm run bench',
      );
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 720 \d+" /);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('charts() writes every value beside its bar or point', () => {
    expect(texts(all, 'verification.svg')).toEqual(
      expect.arrayContaining([
        '1-of-1: 1 signature per event',
        'gitkel (native)',
        '6,752',
        'bare crypto.verify',
        '6,753',
        '6,754',
        '6,755',
        '2-of-3: 2 signatures per event',
        '3,504',
        '3,505',
        'signify-ts',
        '3,506',
        'gitkel (portable)',
        '3,507',
      ]),
    );
    expect(texts(all, 'start-up.svg')).toEqual(expect.arrayContaining(['125', '290']));
    expect(texts(all, 'remembered.svg')).toEqual(
      expect.arrayContaining(['audit of 100 more', '431', '291', '333']),
    );
    expect(texts(all, 'remembered.svg')).not.toContain('7,777');
    expect(texts(all, 'audit.svg')).toEqual(
      expect.arrayContaining(['8,000', '5,000', '2,500', 'git log --format=%G?', '50']),
    );
    const { tenths, wideTenths } = measured.store.append;
    expect(texts(all, 'append.svg')).toEqual(
      expect.arrayContaining([...[...tenths, ...wideTenths].map(String), '1,000', '19,000']),
    );
  });

  it('charts() draws bars as long as their values', () => {
    const widths = Array.from((all['audit.svg'] ?? '').matchAll(/<rect [^>]*width="([^"]+)"/g));
    const [bare = 0, gitkel = 0, one = 0, stock = 0] = widths.map(([, width]) => Number(width));
    expect(gitkel / bare).toBeCloseTo(5 / 8, 2);
    expect(one / bare).toBeCloseTo(2.5 / 8, 2);
    expect(stock / bare).toBeCloseTo(0.05 / 8, 2);
  });

  it('charts() escapes texts and replaces what XML cannot hold', () => {
    const cpu = '</text><script>"&\'\u0000\uD800]]>';
    const drawn = charts({ ...measured, machine: { ...measured.machine, cpu } });
    for (const svg of Object.values(drawn)) {
      expect(textsOf(svg).at(-1)).toMatch(/^<\/text><script>"&'\uFFFD\uFFFD\]\]>, 2 cores/);
      expect(svg).not.toContain('<script');
    }
    const [first, ...others] = measured.startUp;
    const hostile = { ...first, name: 'a "<b>" & c' };
    const named = charts({ ...measured, startUp: [hostile, ...others] });
    expect(texts(named, 'start-up.svg')).toContain('a "<b>" & c');
    const title = '" onload="<&>';
    const titled = textsOf(bars({ title, unit: title, source: title, groups: [] }));
    expect(titled.filter((each) => each === title)).toHaveLength(3);
  });

  it('charts() leaves out what could not be measured, and bears zeros', () => {
    const { audit } = measured.store;
    const store = { ...measured.store, audit: { ...audit, gitLog: undefined } };
    const drawn = charts({ ...measured, store });
    expect(texts(drawn, 'audit.svg')).not.toContain('git log --format=%G?');
    expect(texts(drawn, 'audit.svg')).toContain('8,000');
    const idle = [{ name: 'nothing', milliseconds: 0 }];
    for (const startUp of [idle, []])
      expect(charts({ ...measured, startUp })['start-up.svg']).not.toMatch(/NaN|Infinity/);
  });

  it('charts() uses colours that stand out from white and from black', () => {
    const colours = new Set(
      Object.values(all)
        .join('')
        .match(/#[0-9a-f]{6}/g),
    );
    expect(colours.size).toBeGreaterThan(2);
    for (const colour of colours)
      for (const background of ['#ffffff', '#0d1117'])
        expect(contrast(colour, background), colour).toBeGreaterThan(3);
  });
});
