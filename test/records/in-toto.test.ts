/** Our in-toto statements as other implementations read and write them: DSSE and package URLs by libraries that others keep. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { bundleFromJSON, envelopeFromJSON, envelopeToJSON } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { PackageURL } from 'packageurl-js';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json } from '../../src/base/canonical-json.ts';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import { encodeManifest } from '../../src/index.ts';
import { readRecord } from '../../src/log/stored-records.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import { encodeRecordFile, parseRecordFile } from '../../src/records/record-file.ts';
import { isInTotoType, RECORD_TYPES, type RecordType } from '../../src/records/record-type.ts';
import { purlOf } from '../../src/records/release.ts';
import { buildManifest } from '../../src/records/skill-manifest.ts';
import { newRelease } from '../../src/skills/new-release.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { fullRunRecord } from '../support/run-records.ts';
import { exemption, fullAudit, fullImport, fullVouch } from '../support/skill-statements.ts';

const TYPE_URI = { type: 'string', pattern: '^(?:https://|urn:)' } as const;
/** The rules of in-toto's Statement v1 and ResourceDescriptor, of their specification's text. */
const statementSchema = {
  type: 'object',
  required: ['_type', 'subject', 'predicateType'],
  properties: {
    _type: { const: 'https://in-toto.io/Statement/v1' },
    subject: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['digest'],
        properties: {
          name: { type: 'string' },
          digest: {
            type: 'object',
            minProperties: 1,
            additionalProperties: { type: 'string', pattern: '^[0-9a-f]+$' },
          },
        },
      },
    },
    predicateType: TYPE_URI,
    predicate: { type: 'object' },
  },
} as const;

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

let memory: MemoryLog;
/** A record of each in-toto type, of a 2-of-3 board, by its type. */
const made = new Map<RecordType, UnsignedRecord>();
const TYPES = RECORD_TYPES.filter((type) => isInTotoType(type));
const NAME = 'notes';
const SAID = `E${'A'.repeat(43)}`;

beforeAll(async () => {
  memory = new MemoryLog();
  const aid = await memory.member('board', 3, '2');
  const { crypto } = memory;
  const manifest = buildManifest(crypto, NAME, [
    { path: 'SKILL.md', bytes: utf8('# é\n'), executable: false },
    { path: 'run.sh', bytes: utf8('#!/bin/sh\n'), executable: true },
  ]);
  const seal = async (body: RecordBody): Promise<void> => {
    const batch = await memory.write([{ kind: 'seal', aid, bodies: [body] }], ...names('board', 2));
    for (const record of batch.records) made.set(body.type, record);
  };
  const sha256 = '0'.repeat(64);
  await seal({ type: 'statement', subjects: [{ name: 'a', sha256 }], controller: undefined });
  const source = { repository: 'https://example.org/s.git', commit: 'a'.repeat(40), path: NAME };
  const choices = { manifest, version: '1.0.0+x', issuer: aid, controller: undefined, source };
  const release = newRelease(crypto, memory.log.contents.records, choices);
  await seal(release);
  await seal({
    type: 'revoke',
    target: { kind: 'manifest', said: manifest.said },
    subject: { name: NAME, sha256: release.sha256 },
    reason: 'vulnerable',
    note: 'naïve "quotes"',
    replacement: manifest.said,
    controller: undefined,
  });
  await seal({ type: 'repository-policy', sha256, previous: '1'.repeat(64) });
  const about = { manifest: manifest.said, subject: { name: NAME, sha256: release.sha256 } };
  await seal(fullAudit(about));
  await seal(fullVouch(SAID));
  await seal(fullImport(about));
  await seal(exemption(about));
  await seal(fullRunRecord());
});

function recordOf(type: RecordType): UnsignedRecord {
  const record = made.get(type);
  if (record === undefined) throw new Error(`a ${type} was made`);
  return record;
}

/** The file of a record, as JSON that anybody reads. */
function envelopeOf(type: RecordType): Envelope {
  const bytes = memory.log.readRecordFile(type, recordOf(type).said);
  return JSON.parse(fromUtf8(bytes ?? new Uint8Array()) ?? '') as Envelope;
}

/** The Ed25519 key that a key id of ours names, as `node:crypto` has it. */
function keyOf(keyid: string): KeyObject {
  const [aid = '', index] = keyid.split('#');
  const key = memory.stateOf(aid).publicKeys[Number(index)] ?? '';
  const x = Buffer.from(decodePrimitive(key).raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** Verifies an envelope with each signature by itself, as sigstore's bundles have one. */
function verifyElsewhere(envelope: Envelope): void {
  for (const signature of envelope.signatures) {
    const bundle = bundleFromJSON({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: signature.keyid }, tlogEntries: [] },
      dsseEnvelope: { ...envelope, signatures: [signature] },
    });
    const trust = {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
      publicKey: (hint: string) => ({ publicKey: keyOf(hint), validFor: () => true }),
    };
    new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 }).verify(
      toSignedEntity(bundle),
    );
  }
}

describe('records as in-toto statements', () => {
  test.each(TYPES)(
    "another implementation verifies the envelope of a %s, and refuses another one's",
    (type) => {
      const envelope = envelopeOf(type);
      expect(envelope.signatures).toHaveLength(2);
      verifyElsewhere(envelope);
      const other = envelopeOf(type === 'statement' ? 'release' : 'statement');
      expect(() => verifyElsewhere({ ...envelope, payload: other.payload })).toThrow(/signature/);
      expect(() => verifyElsewhere({ ...envelope, payloadType: 'text/plain' })).toThrow(
        /signature/,
      );
    },
  );

  test.each(TYPES)(
    'the envelope of a %s that another implementation writes is ours',
    async (type) => {
      const record = recordOf(type);
      const payloadType = 'application/vnd.in-toto+json';
      const payload = Buffer.from(record.bytes);
      const signed = dsse.preAuthEncoding(payloadType, payload);
      const signatures = await Promise.all(
        names('board', 2).map(async (name, index) => ({
          keyid: `${record.issuer}#${index}`,
          sig: Buffer.from(await memory.signer(name).sign(signed)),
        })),
      );
      const written = envelopeToJSON({ payload, payloadType, signatures });
      const bytes = canonicalBytes(JSON.parse(JSON.stringify(written)) as Json);
      expect(parseRecordFile(memory.crypto, type, bytes)).toEqual(
        readRecord(memory.log, type, record.said),
      );
      const read = envelopeFromJSON(
        JSON.parse(fromUtf8(encodeRecordFile(readRecord(memory.log, type, record.said))) ?? ''),
      );
      expect(read.payload.equals(payload)).toBe(true);
    },
  );

  test.each(TYPES)('the payload of a %s keeps the rules of a statement', (type) => {
    const payload: unknown = JSON.parse(fromUtf8(recordOf(type).bytes) ?? '');
    const check = new Ajv2020({ strict: true, allErrors: true }).compile(statementSchema);
    expect(check(payload), JSON.stringify(check.errors)).toBe(true);
  });

  test("a release is one by in-toto's predicate: its purl, and the digest of a file that sha256sum checks", () => {
    const { body, bytes } = recordOf('release');
    const payload = JSON.parse(fromUtf8(bytes) ?? '') as {
      readonly predicateType: string;
      readonly predicate: { readonly purl: string };
      readonly subject: readonly {
        readonly name: string;
        readonly digest: { readonly sha256: string };
      }[];
    };
    expect(payload.predicateType).toBe('https://in-toto.io/attestation/release/v0.1');
    expect(PackageURL.fromString(payload.predicate.purl)).toMatchObject({
      type: 'generic',
      name: NAME,
      version: '1.0.0+x',
    });
    const manifest = body.type === 'release' ? encodeManifest(body.manifest) : new Uint8Array();
    const sha256 = Buffer.from(memory.crypto.digest('sha2-256', manifest)).toString('hex');
    expect(payload.subject).toEqual([{ name: NAME, digest: { sha256 } }]);
  });
});

test.each([
  ['notes', '1.0.0'],
  ['a-b', '1.0.0+build.5'],
  ["it's (a) *note*!", '1'],
  ['naïve/ä?#@%', 'v2'],
])('purlOf() of %j and %j is what another implementation reads and writes', (name, version) => {
  const purl = purlOf(name, version);
  expect(PackageURL.fromString(purl)).toMatchObject({ type: 'generic', name, version });
});
