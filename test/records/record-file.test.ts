import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { nativeCrypto } from '../../src/index.ts';
import { buildRecord, type RecordBody, signedBytes, signerOf } from '../../src/records/record.ts';
import { encodeRecordFile, parseRecordFile } from '../../src/records/record-file.ts';
import { isInTotoType } from '../../src/records/record-type.ts';
import { isRevokeReason, REVOKE_REASONS } from '../../src/records/revoke.ts';
import { buildManifest, manifestSha256, nameProblem } from '../../src/records/skill-manifest.ts';

const crypto = nativeCrypto;
const AID = `E${'A'.repeat(43)}`;
const DEVICE = `E${'B'.repeat(43)}`;
const SAID = `E${'D'.repeat(43)}`;
const HEAD = { issuer: AID, sn: 3, logId: `E${'C'.repeat(43)}` };
const NAMES = ['audit', 'release', 'sign-commit', 'sign-statement', 'x9-y'];

const unicode = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((text) => text.trim() !== '');

/** Names that a manifest may have. */
const unicodeName = unicode(20).filter((name) => nameProblem(name) === undefined);
const reasons = Object.keys(REVOKE_REASONS).filter(isRevokeReason);
const SOURCE = { repository: 'https://example.org/s.git', commit: 'a'.repeat(40), path: '' };

const manifest = fc
  .record({ name: unicodeName, content: fc.uint8Array({ maxLength: 9 }) })
  .map(({ name, content }) =>
    buildManifest(crypto, name, [
      { path: 'SKILL.md', bytes: content, executable: false },
      { path: 'run', bytes: content, executable: true },
    ]),
  );

const bodies: fc.Arbitrary<RecordBody> = fc.oneof(
  fc.record({
    type: fc.constant('device-link' as const),
    device: fc.constant(DEVICE),
    name: unicode(64),
    capabilities: fc.subarray(NAMES),
  }),
  fc.record({
    type: fc.constant('device-revoke' as const),
    device: fc.constant(DEVICE),
    reason: fc.string({ unit: 'binary', maxLength: 128 }),
  }),
  fc.record({
    type: fc.constant('log-policy' as const),
    admission: fc.constantFrom('open' as const, 'closed' as const),
    writers: fc.subarray([AID, DEVICE]),
  }),
  fc.record({
    type: fc.constant('statement' as const),
    subjects: fc.array(
      fc.record({ name: unicode(20), sha256: fc.stringMatching(/^[0-9a-f]{64}$/) }),
      { minLength: 1, maxLength: 3 },
    ),
    controller: fc.constantFrom(undefined, AID),
  }),
  fc
    .record({
      manifest,
      version: fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z._+-]{0,20}$/),
      previous: fc.constantFrom(undefined, SAID),
      controller: fc.constantFrom(undefined, DEVICE),
      source: fc.constantFrom(undefined, SOURCE),
    })
    .map((fields) => ({
      type: 'release' as const,
      ...fields,
      sha256: manifestSha256(crypto, fields.manifest),
    })),
  fc
    .record({
      name: unicodeName,
      kind: fc.constantFrom('release' as const, 'manifest' as const, 'name' as const),
      reason: fc.constantFrom(...reasons),
      note: fc.string({ unit: 'binary', maxLength: 128 }),
      replacement: fc.constantFrom(undefined, SAID),
      controller: fc.constantFrom(undefined, DEVICE),
    })
    .map(({ name, kind, ...fields }) => ({
      type: 'revoke' as const,
      ...fields,
      target: kind === 'name' ? { kind, publisher: AID, name } : { kind, said: SAID },
      subject: { name, sha256: '0'.repeat(64) },
    })),
  fc.record({
    type: fc.constant('repository-policy' as const),
    sha256: fc.constant('0'.repeat(64)),
    previous: fc.constantFrom(undefined, '1'.repeat(64)),
  }),
);

const indices = fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 4 });

/** A record of some type with as many signatures as its type has. */
const files = fc.tuple(bodies, indices).map(([body, places]) => {
  const record = buildRecord(crypto, HEAD, body);
  const signers = signerOf(record) === undefined ? [] : places.toSorted((a, b) => a - b);
  const signatures = signers.map((index) => ({ index, raw: new Uint8Array(64).fill(index) }));
  return { type: body.type, signed: { record, signatures } };
});

function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return error.reason;
    throw error;
  }
}

describe('encodeRecordFile() and parseRecordFile()', () => {
  it('undo each other', () => {
    fc.assert(
      fc.property(files, ({ type, signed }) => {
        expect(parseRecordFile(crypto, type, encodeRecordFile(signed))).toEqual(signed);
      }),
    );
  });

  it('have one spelling: what was changed is refused, or is another record or signature', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ type, signed }, at, by) => {
        const bytes = encodeRecordFile(signed).slice();
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ by;
        try {
          expect(parseRecordFile(crypto, type, bytes)).not.toEqual(signed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' });
        }
      }),
    );
  });

  it('take a record for its own type only', () => {
    fc.assert(
      fc.property(files, files, ({ type }, other) => {
        fc.pre(type !== other.type);
        expect(
          reasonOf(() => parseRecordFile(crypto, type, encodeRecordFile(other.signed))),
        ).toMatch(/^(?:record-type|field|statement-type)$/);
      }),
    );
  });
});

describe('buildRecord()', () => {
  it('digests the unsigned content: the payload of a statement, else the record without its SAID', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const { said, bytes } = buildRecord(crypto, HEAD, body);
        const digested = isInTotoType(body.type)
          ? bytes
          : utf8((fromUtf8(bytes) ?? '').replace(`"d":"${said}"`, `"d":"${'#'.repeat(44)}"`));
        expect(digestText(crypto, digested)).toBe(said);
      }),
    );
  });
});

describe('signedBytes()', () => {
  it('begin like no event, commit or withdrawal, and not alike for two types', () => {
    fc.assert(
      fc.property(files, ({ type, signed: { record } }) => {
        fc.pre(signerOf(record) !== undefined);
        const start = isInTotoType(type) ? 'DSSEv1 ' : '{"capabilities":';
        expect(fromUtf8(signedBytes(record))?.startsWith(start)).toBe(true);
      }),
    );
  });
});

describe('parseRecordFile()', () => {
  const link = buildRecord(crypto, HEAD, {
    type: 'device-link',
    device: DEVICE,
    name: 'laptop',
    capabilities: [],
  });
  const revoke = buildRecord(crypto, HEAD, { type: 'device-revoke', device: DEVICE, reason: '' });
  const signature = { index: 1, raw: new Uint8Array(64) };

  it.each([
    ['two signatures of one index', link, [signature, signature]],
    ['signatures out of order', link, [signature, { ...signature, index: 0 }]],
    ['signatures where nobody signs', revoke, [signature]],
  ])('refuses %s', (_, record, signatures) => {
    const bytes = encodeRecordFile({ record, signatures });
    expect(reasonOf(() => parseRecordFile(crypto, record.body.type, bytes))).toBe(
      'record-signatures',
    );
  });

  it.each([
    ['capabilities', ['release', 'audit'], 'laptop'],
    ['capabilities', ['audit', 'audit'], 'laptop'],
    ['capabilities', ['Audit'], 'laptop'],
    ['capabilities', ['a'.repeat(65)], 'laptop'],
    ['device-name', [], ' '],
    ['device-name', [], 'x'.repeat(65)],
  ])(
    'refuses a device link (%s) with capabilities %j and name %j',
    (reason, capabilities, name) => {
      const body = { type: 'device-link', device: DEVICE, name, capabilities } as const;
      const record = buildRecord(crypto, HEAD, body);
      const bytes = encodeRecordFile({ record, signatures: [signature] });
      expect(reasonOf(() => parseRecordFile(crypto, 'device-link', bytes))).toBe(reason);
    },
  );

  it('refuses a statement whose key ids name somebody else than its issuer', () => {
    const subjects = [{ name: 'build.tgz', sha256: '0'.repeat(64) }];
    const body = { type: 'statement', subjects, controller: undefined } as const;
    const record = buildRecord(crypto, HEAD, body);
    const text = fromUtf8(encodeRecordFile({ record, signatures: [signature] })) ?? '';
    const bytes = utf8(text.replace(`${AID}#1`, `${DEVICE}#1`));
    expect(reasonOf(() => parseRecordFile(crypto, 'statement', bytes))).toBe('record-form');
  });

  it('refuses a revocation whose reason is longer than 256 characters', () => {
    const body = { type: 'device-revoke', device: DEVICE, reason: 'x'.repeat(257) } as const;
    const record = buildRecord(crypto, HEAD, body);
    const bytes = encodeRecordFile({ record, signatures: [] });
    expect(reasonOf(() => parseRecordFile(crypto, 'device-revoke', bytes))).toBe(
      'revocation-reason',
    );
  });
});
