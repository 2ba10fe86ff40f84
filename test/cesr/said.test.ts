import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { digestText, matchesDigest } from '../../src/cesr/digest.ts';
import { dummy, saidOf, type Span } from '../../src/cesr/said.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { isLeftOut, leftOutSerializations } from '../vectors/left-out.ts';
import { hex, vectorText } from './vectors.ts';

interface SaidRow {
  readonly label: string;
  readonly code: string;
  readonly serialized: string;
  readonly said: string;
}

interface SerializationRow {
  readonly kind: string;
  readonly ilk: string;
  readonly raw_b64: string;
  readonly size: number;
  readonly said: string;
}

const vectors: {
  readonly digests: readonly {
    readonly code: string;
    readonly input_hex: string;
    readonly qb64: string;
  }[];
  readonly saids: readonly SaidRow[];
  readonly next_key_digests: readonly {
    readonly public_qb64: string;
    readonly code: string;
    readonly next_digest: string;
  }[];
  readonly serializations: readonly SerializationRow[];
  readonly receipt: readonly { readonly raw: string }[];
} = JSON.parse(vectorText('said'));

/** Where a text stands in a serialisation, as often as it does. */
function spansOf(bytes: Uint8Array, text: string): readonly Span[] {
  const all = Buffer.from(bytes);
  const spans: Span[] = [];
  for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1))
    spans.push({ start: at, length: text.length });
  return spans;
}

const implementations = [nativeCrypto, portableCrypto];

describe.each(implementations)('recorded digests by $name crypto', (crypto) => {
  it.each(vectors.digests)('$code of $input_hex', ({ code, input_hex, qb64 }) => {
    expect(digestText(crypto, hex(input_hex), code)).toBe(qb64);
    expect(matchesDigest(crypto, hex(input_hex), qb64)).toBe(true);
  });

  it.each(vectors.next_key_digests)(
    '$code of the text of a key',
    ({ public_qb64, code, next_digest }) => {
      expect(digestText(crypto, utf8(public_qb64), code)).toBe(next_digest);
    },
  );

  it.each(vectors.saids)('$said in $label', ({ label, code, serialized, said }) => {
    const bytes = utf8(serialized);
    const spans = spansOf(bytes, said);
    expect(spans).toHaveLength(1);
    expect(serialized).toContain(`"${label}":"${said}"`);
    expect(saidOf(crypto, bytes, spans, code)).toBe(said);
  });

  it.each(vectors.serializations.filter(({ kind }) => !isLeftOut(leftOutSerializations, kind)))(
    '$ilk in $kind',
    ({ ilk, raw_b64, size, said }) => {
      const bytes = new Uint8Array(Buffer.from(raw_b64, 'base64'));
      const spans = spansOf(bytes, said);
      expect(bytes).toHaveLength(size);
      expect(spans).toHaveLength(ilk === 'icp' ? 2 : 1);
      expect(saidOf(crypto, bytes, spans)).toBe(said);
    },
  );
});

describe('recorded serialisations', () => {
  it('hold every kind that is left out, and JSON', () => {
    const kinds = new Set(vectors.serializations.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['JSON', ...leftOutSerializations.map(({ name }) => name)]));
  });

  it.each(vectors.receipt)('$raw carries the SAID of the event, not its own', ({ raw }) => {
    const said = raw.slice(40, 40 + 44);
    const span = { start: 40, length: 44 };
    expect(raw.indexOf(`"d":"${said}"`)).toBe(35);
    expect(saidOf(portableCrypto, utf8(raw), [span])).not.toBe(said);
  });
});

describe('matchesDigest()', () => {
  it('is false for another value, another code and what is no digest', () => {
    const data = utf8('abc');
    const digest = digestText(portableCrypto, data);
    const others = [
      '',
      'E',
      '0',
      digest.slice(0, -1),
      `${digest}A`,
      `F${digest.slice(1)}`,
      `D${digest.slice(1)}`,
    ];
    expect(others.map((other) => matchesDigest(portableCrypto, data, other))).toEqual(
      others.map(() => false),
    );
    expect(matchesDigest(portableCrypto, utf8('abd'), digest)).toBe(false);
    expect(matchesDigest(portableCrypto, data, digest)).toBe(true);
  });
});

describe('saidOf()', () => {
  const bytes = utf8(`{"d":"${dummy('E')}","x":1}`);
  const span = { start: 6, length: 44 };

  it('is the digest with the spans blanked, whatever stands there, and leaves the bytes alone', () => {
    const filled = utf8(`{"d":"${'x'.repeat(44)}","x":1}`);
    const copy = new Uint8Array(filled);
    expect(saidOf(portableCrypto, filled, [span])).toBe(digestText(portableCrypto, bytes));
    expect(filled).toEqual(copy);
  });

  it.each([
    { start: 6, length: 43 },
    { start: 6, length: 88 },
    { start: -1, length: 44 },
    { start: 6.5, length: 44 },
    { start: bytes.length - 43, length: 44 },
  ])('refuses the span %j', (bad) => {
    expect(() => saidOf(portableCrypto, bytes, [span, bad])).toThrow(
      expect.objectContaining({ reason: 'said-span' }),
    );
  });

  it('and dummy() refuse codes that are none of a digest', () => {
    expect(dummy('0G')).toBe('#'.repeat(88));
    for (const code of ['D', '', '4B', 'x']) {
      expect(() => dummy(code)).toThrow('is not the code of a digest');
      expect(() => saidOf(portableCrypto, bytes, [], code)).toThrow('is not the code of a digest');
      expect(() => digestText(portableCrypto, bytes, code)).toThrow('is not the code of a digest');
    }
  });
});
