import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { coldStart, type ColdStart } from '../../src/cesr/stream.ts';
import { formatVersion, parseVersion, sniffVersion, type Version } from '../../src/cesr/version.ts';
import { vectorText } from './vectors.ts';

interface BuiltRow {
  readonly protocol: Version['protocol'];
  readonly major: number;
  readonly minor: number;
  readonly kind: Version['kind'];
  readonly size: number;
  readonly text: string;
}

type ParsedRow = { readonly text: string } & (
  | { readonly accepted: false }
  | ({ readonly accepted: true } & BuiltRow)
);

const vectors: {
  readonly version_strings: readonly BuiltRow[];
  readonly version_string_parsing: readonly ParsedRow[];
  readonly cold_start_ranges: readonly {
    readonly from: number;
    readonly to: number;
    readonly kind: string;
  }[];
} = JSON.parse(vectorText('stream'));

function versionOf({ protocol, major, minor, kind, size }: BuiltRow): Version {
  return { protocol, version: { major, minor }, genus: undefined, kind, size };
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

describe('version strings', () => {
  it.each(vectors.version_strings)('$text', (row) => {
    expect(formatVersion(versionOf(row))).toBe(row.text);
    expect(parseVersion(row.text)).toEqual(versionOf(row));
  });

  it.each(vectors.version_string_parsing)(
    '"$text" is parsed only if the oracle does, and as it does',
    (row) => {
      const parsed = attempt(() => parseVersion(row.text));
      const recorded = row.accepted ? versionOf(row) : undefined;
      expect(parsed === undefined || recorded !== undefined).toBe(true);
      expect(parsed ?? recorded).toEqual(recorded);
    },
  );

  it('that are refused though the oracle takes them have characters that follow', () => {
    const stricter = vectors.version_string_parsing.filter(
      (row) => row.accepted && attempt(() => parseVersion(row.text)) === undefined,
    );
    expect(stricter.map(({ text }) => text)).toEqual(['KERI10JSON00012b_X']);
  });

  it('of version 2 may state the version of the tables', () => {
    const version = parseVersion('KERICAACAAJSONAAKp.');
    expect(version).toEqual({
      protocol: 'KERI',
      version: { major: 2, minor: 0 },
      genus: { major: 2, minor: 0 },
      kind: 'JSON',
      size: 681,
    });
    expect(formatVersion(version)).toBe('KERICAACAAJSONAAKp.');
  });

  it.each([
    'KERI10CESR00012b_',
    'KERIBAAJSONAAEr.',
    'KERICAAJSONAAEr',
    'KERICAA+AAJSONAAKp.',
    'KERI00JSON00012b_',
  ])('parseVersion() refuses %s', (text) => {
    expect(() => parseVersion(text)).toThrow(expect.objectContaining({ reason: 'version-string' }));
  });

  it('formatVersion() is undone by parseVersion()', () => {
    const number = fc.record({ major: fc.constant(2), minor: fc.nat(4095) });
    const second = fc.record({
      protocol: fc.constantFrom('KERI' as const, 'ACDC' as const),
      version: number,
      genus: fc.option(number, { nil: undefined }),
      kind: fc.constantFrom('JSON' as const, 'CBOR' as const, 'MGPK' as const, 'CESR' as const),
      size: fc.nat(0xffffff),
    });
    fc.assert(
      fc.property(second, (version) => {
        expect(parseVersion(formatVersion(version))).toEqual(version);
        const first = {
          ...version,
          version: { major: 1, minor: version.version.minor % 16 },
          genus: undefined,
        };
        fc.pre(version.kind !== 'CESR');
        expect(parseVersion(formatVersion(first))).toEqual(first);
      }),
    );
  });

  it('formatVersion() refuses what does not fit', () => {
    const version = parseVersion('KERI10JSON00012b_');
    expect(() => formatVersion({ ...version, size: 0x1000000 })).toThrow('does not fit');
    expect(() => formatVersion({ ...version, version: { major: 1, minor: 16 } })).toThrow(
      'does not fit',
    );
  });
});

describe('sniffVersion()', () => {
  it.each([
    ['{"v":"KERI10JSON00012b_","t":"icp"', 6, 23],
    ['12345678KERI10JSON00012b_', 8, 25],
    ['{"v":"KERICAAJSONAAEr.","t":"icp"', 6, 22],
    ['{"v":"KERICAACAAJSONAAKp.","t":"icp"', 6, 25],
    ['\u0007avqKERI10CBOR00ffff_', 4, 21],
  ])('finds the version string of %j', (text, start, end) => {
    const bytes = utf8(`xx${text}`);
    const found = sniffVersion(bytes, 2);
    expect(found).toEqual({
      version: parseVersion(text.slice(start, end)),
      start: start + 2,
      end: end + 2,
    });
  });

  it.each([
    '',
    '{}',
    '{"v": "    KERI10JSON00012b_"',
    '{"v":"KERI10JSON00012',
    '123456789KERI10JSON00012b_',
    '{"v":"KERI20JSON00012b_"',
  ])('refuses %j', (text) => {
    expect(() => sniffVersion(utf8(text), 0)).toThrow(
      expect.objectContaining({ reason: 'version-string' }),
    );
  });
});

describe('coldStart()', () => {
  const recorded: Readonly<Record<ColdStart, string>> = {
    annotated: 'ColdStartError',
    text: 'txt',
    operation: 'txt',
    json: 'msg',
    msgpack: 'msg',
    cbor: 'msg',
    binary: 'bny',
  };

  it.each(vectors.cold_start_ranges)('says $kind from $from to $to', ({ from, to, kind }) => {
    for (let byte = from; byte <= to; byte++) expect(recorded[coldStart(byte)]).toBe(kind);
  });

  it('covers every byte in the recorded ranges', () => {
    const bytes = vectors.cold_start_ranges.flatMap(({ from, to }) =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i),
    );
    expect(bytes).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it('knows the first bytes of what is in use', () => {
    expect([...utf8('-{')].map(coldStart)).toEqual(['text', 'json']);
    expect([0xf8, 0xa7, 0x87, 0xdc, 0x0a, 0x5f].map(coldStart)).toEqual([
      'binary',
      'cbor',
      'msgpack',
      'msgpack',
      'annotated',
      'operation',
    ]);
    expect(() => coldStart(256)).toThrow('256 is not a byte');
  });
});
