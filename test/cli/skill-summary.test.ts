/** Verification summaries: made, signed and sealed by the binary, and read by what others keep. */
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import { nodeHost } from '../../src/host/node.ts';
import { skillFilesOf } from '../install/making.ts';
import { writeFiles } from '../skills/making.ts';
import { type Person, Place } from '../support/person.ts';

const source = {
  type: 'object',
  required: ['uri', 'digest'],
  properties: {
    uri: { type: 'string', pattern: '^urn:' },
    digest: {
      type: 'object',
      minProperties: 1,
      additionalProperties: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    },
  },
} as const;

/** The fields of SLSA's Verification Summary Attestation v1, of its specification's text. */
const schema = {
  type: 'object',
  required: ['_type', 'subject', 'predicateType', 'predicate'],
  properties: {
    _type: { const: 'https://in-toto.io/Statement/v1' },
    subject: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'digest'],
        properties: { name: { type: 'string' }, digest: source.properties.digest },
      },
    },
    predicateType: { const: 'https://slsa.dev/verification_summary/v1' },
    predicate: {
      type: 'object',
      required: [
        'verifier',
        'timeVerified',
        'resourceUri',
        'policy',
        'verificationResult',
        'verifiedLevels',
      ],
      properties: {
        verifier: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string', pattern: '^urn:' } },
        },
        timeVerified: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' },
        resourceUri: { type: 'string', pattern: '^urn:' },
        policy: source,
        inputAttestations: { type: 'array', items: source },
        verificationResult: { enum: ['PASSED', 'FAILED'] },
        // Words that begin with SLSA_ are SLSA's own.
        verifiedLevels: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', pattern: '^(?!SLSA_)' },
        },
        slsaVersion: { type: 'string', pattern: '^\\d+\\.\\d+$' },
      },
    },
  },
} as const;

interface Statement {
  readonly predicate: {
    readonly verifier: { readonly id: string };
    readonly verificationResult: string;
    readonly verifiedLevels: readonly string[];
    readonly inputAttestations: readonly { readonly uri: string }[];
  };
}

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

const isSummary = new Ajv2020({ strict: true, strictTypes: false }).compile<Statement>(schema);

let place: Place;
let alice: Person;
let skill: string;
let release: string;
let aid: string;

beforeAll(async () => {
  place = new Place();
  alice = (await place.newPerson('alice')).with(await place.newLog());
  ({ aid } = await alice.does('identity', 'create', 'team', '--key', 'alice'));
  skill = path.join(place.dir, 'notes');
  writeFiles(nodeHost(), skill, skillFilesOf('notes'));
  const released = await alice.does(
    'skill',
    'release',
    skill,
    '--as',
    'team',
    '--version',
    '1.0.0',
  );
  release = (released as unknown as { readonly release: string }).release;
});

afterAll(() => {
  place.remove();
});

function statementOf(text: string): Statement {
  const statement: unknown = JSON.parse(text);
  if (!isSummary(statement)) throw new Error(JSON.stringify(isSummary.errors));
  return statement;
}

function payloadOf(envelope: Envelope): Statement {
  return statementOf(Buffer.from(envelope.payload, 'base64').toString());
}

test('skill summary prints an unsigned statement for what passes and for what fails', async () => {
  const passed = statementOf(await alice.says('skill', 'summary', skill, '--publisher', 'team'));
  expect(passed.predicate).toMatchObject({
    verifier: { id: 'urn:gitkel:verifier' },
    verificationResult: 'PASSED',
    verifiedLevels: ['GITKEL_VERIFIED'],
    inputAttestations: [{ uri: `urn:gitkel:record:${release}` }],
  });
  const { ran } = await alice.run(['skill', 'summary', skill]);
  expect(ran.exitCode).toBe(1);
  expect(statementOf(ran.stdout).predicate).toMatchObject({
    verificationResult: 'FAILED',
    verifiedLevels: ['FAILED'],
  });
  expect(ran.stderr).toContain('publisher-not-allowed');
});

test('skill summary --as signs and seals; --check and sigstore verify it', async () => {
  const file = place.path('notes.vsa.json');
  const made = await alice.does(
    'skill',
    'summary',
    skill,
    '--publisher',
    'team',
    '--as',
    'team',
    '-o',
    file,
  );
  expect(made).toMatchObject({ result: 'PASSED', status: 'committed', aid });
  const envelope = JSON.parse(readFileSync(file, 'utf8')) as Envelope;
  expect(payloadOf(envelope).predicate.verifier.id).toBe(`urn:gitkel:aid:${aid}`);
  const held = await alice.ends(2, 'skill', 'summary', 'notes', '--check', file);
  expect(held.error.message).toContain('looks at no files');
  expect(await alice.does('skill', 'summary', '--check', file)).toMatchObject({
    result: 'PASSED',
    name: 'notes',
    aid,
    position: made.position,
  });

  const { publicKey } = await alice.does('key', 'show', 'alice');
  const [signature] = envelope.signatures;
  const bundle = bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: signature?.keyid }, tlogEntries: [] },
    dsseEnvelope: envelope,
  });
  const spki = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    decodePrimitive(publicKey).raw,
  ]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const material = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey: key, validFor: () => true }),
  };
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0 });
  expect(() => verifier.verify(toSignedEntity(bundle))).not.toThrow();
});

test('--check refuses what was changed, what is sealed nowhere, and what is not signed', async () => {
  const file = place.path('changed.vsa.json');
  await alice.run(['skill', 'summary', skill, '--as', 'team', '-o', file]);
  const envelope = JSON.parse(readFileSync(file, 'utf8')) as Envelope;
  const check = async (value: unknown): Promise<string | undefined> => {
    writeFileSync(file, `${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
    const { ran } = await alice.run(['skill', 'summary', '--check', file, '--json']);
    const { error } = JSON.parse(ran.stdout) as { error?: { reason?: string } };
    return error?.reason;
  };
  expect(await check(envelope)).toBeUndefined();
  const text = Buffer.from(envelope.payload, 'base64').toString();
  const repacked = (changed: string) => ({
    ...envelope,
    payload: Buffer.from(changed).toString('base64'),
  });
  const passed = text.replace('"FAILED"]', '"GITKEL_VERIFIED"]').replace('"FAILED"', '"PASSED"');
  expect(await check(repacked(passed))).toBe('not-sealed');
  expect(await check(repacked(text.replace(/"sn":\d+/, '"sn":0')))).toBe('not-sealed');
  expect(await check(repacked(` ${text}`))).toBe('not-canonical');
  expect(await check({ ...envelope, signatures: [] })).toBe('threshold');
  const [signature] = envelope.signatures;
  const other = { ...signature, sig: Buffer.alloc(64, 1).toString('base64') };
  expect(await check({ ...envelope, signatures: [other] })).toBe('bad-signature');
  expect(await check(JSON.stringify(envelope, null, 1))).toBe('not-canonical');
  const unsigned = (await alice.run(['skill', 'summary', skill])).ran.stdout;
  expect(await check(repacked(unsigned.trim()))).toBe('summary-unsigned');
  expect(await check('hello')).toBe('not-json');
});

test('--check believes nobody who is not expected', async () => {
  const file = place.path('own.vsa.json');
  await alice.does('skill', 'summary', skill, '--publisher', 'team', '--as', 'team', '-o', file);
  const reader = place.person('reader', alice.log);
  const check = ['skill', 'summary', '--check', file];
  expect(await reader.ends(1, ...check)).toMatchObject({
    result: 'PASSED',
    aid,
    isExpected: false,
  });
  const { ran } = await reader.run(check);
  expect(ran.stdout).toContain(`it is the word of ${aid}, who is not expected here`);
  expect(await reader.ends(0, ...check, '--by', aid)).toMatchObject({ isExpected: true });
  expect(await alice.ends(1, ...check, '--by', 'E'.padEnd(44, 'A'))).toMatchObject({
    isExpected: false,
  });
  expect(await reader.ends(2, 'skill', 'summary', skill, '--by', aid)).toMatchObject({
    error: { code: 'usage' },
  });
});

test('skill summary --as refuses where the own keys are too few', async () => {
  const bob = (await place.newPerson('bob')).with(alice.log);
  const cards = ['--key', 'alice', '--card', place.path('bob.card')];
  const { batch } = await alice.does('identity', 'create', 'board', ...cards, '--threshold', '2');
  await place.commit(alice, batch, bob);
  const refused = await alice.ends(1, 'skill', 'summary', skill, '--as', 'board');
  expect(refused.error).toMatchObject({ code: 'refused', reason: 'threshold' });
});

test('skill summary names the criteria that are asked for and met, and whose words counted', async () => {
  const carol = (await place.newPerson('carol')).with(alice.log);
  await carol.does('identity', 'create', 'carol', '--key', 'carol');
  const auditor = (await carol.does('identity', 'show', 'carol')).aid;
  await alice.does('trust', 'add', auditor, '--level', 'high');
  await alice.does('trust', 'require', 'all', '--criterion', 'safe-to-read');
  const summary = ['skill', 'summary', skill, '--publisher', 'team'];
  const before = statementOf((await alice.run(summary)).ran.stdout).predicate;
  expect(before).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'] });
  const audit = ['skill', 'audit', skill, '--as', 'carol', '--criterion', 'safe-to-read'];
  await carol.does(...audit, '--result', 'pass');
  const { predicate } = statementOf(await alice.says(...summary));
  expect(predicate.verifiedLevels).toEqual(['GITKEL_VERIFIED', 'GITKEL_CRITERION_safe-to-read']);
  expect(predicate.inputAttestations).toHaveLength(2);
  expect(predicate.inputAttestations[0]?.uri).toBe(`urn:gitkel:record:${release}`);
});

test('skill summary asks no lock beside the files who may release them, and names criteria of a home by their SAIDs', async () => {
  const text = place.path('house.txt');
  writeFileSync(text, 'It follows the rules of the house.');
  await alice.does('trust', 'criterion', 'house-rules', '--text', text);
  await alice.does('key', 'new', 'lab', '--no-passphrase');
  const lab = await alice.does('identity', 'create', 'lab', '--key', 'lab');
  await alice.does('trust', 'add', lab.aid, '--level', 'high');
  const asked = ['--criterion', 'house-rules', '--criterion', 'safe-to-run'];
  await alice.does('skill', 'audit', skill, '--as', 'lab', '--result', 'pass', ...asked);
  const digest = (await alice.does('skill', 'digest', skill)) as unknown as {
    readonly said: string;
  };
  const consent = ['--publisher', 'team', '--yes', '--expect', digest.said];
  await alice.does('skill', 'install', skill, ...consent);
  const installed = '.agents/skills/notes';
  await alice.does('skill', 'verify', installed);
  const { ran } = await alice.run(['skill', 'summary', installed]);
  expect([ran.exitCode, statementOf(ran.stdout).predicate.verificationResult]).toEqual([
    1,
    'FAILED',
  ]);
  await alice.does('trust', 'require', 'all', ...asked);
  const named = await alice.says('skill', 'summary', installed, '--publisher', 'team');
  expect(statementOf(named).predicate.verifiedLevels).toEqual([
    'GITKEL_VERIFIED',
    expect.stringMatching(/^GITKEL_CRITERION_E[\w-]{43}$/),
    'GITKEL_CRITERION_safe-to-run',
  ]);
});
