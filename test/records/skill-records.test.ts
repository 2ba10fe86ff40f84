/** Releases, revocations and approvals of policies that no parser takes, each for its own reason. */
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../../src/base/canonical-json.ts';
import { nativeCrypto } from '../../src/index.ts';
import { buildRecord, parseRecord, type RecordBody } from '../../src/records/record.ts';
import { isReleaseVersion } from '../../src/records/release.ts';
import { buildManifest, manifestSha256 } from '../../src/records/skill-manifest.ts';
import { reasonOf } from '../support/thrown.ts';

const crypto = nativeCrypto;
const AID = `E${'A'.repeat(43)}`;
const SAID = `E${'B'.repeat(43)}`;
const HEAD = { issuer: AID, sn: 3, logId: `E${'C'.repeat(43)}` };
const manifest = buildManifest(crypto, 'pdf', [
  { path: 'SKILL.md', bytes: utf8('x'), executable: false },
  { path: 'run.sh', bytes: utf8('y'), executable: true },
]);
const sha256 = manifestSha256(crypto, manifest);
const COMMIT = 'a'.repeat(40);

const release = {
  type: 'release',
  manifest,
  sha256,
  version: '1.0.0',
  previous: SAID,
  controller: SAID,
  source: { repository: 'https://example.org/s.git', commit: COMMIT, path: 'skills/pdf' },
} as const;
const revoke = {
  type: 'revoke',
  target: { kind: 'name', publisher: AID, name: 'pdf' },
  subject: { name: 'pdf', sha256 },
  reason: 'vulnerable',
  note: 'why',
  replacement: SAID,
  controller: SAID,
} as const;
const policy = { type: 'repository-policy', sha256, previous: '1'.repeat(64) } as const;

type Fields = { [key: string]: Json };

/** Reads the payload of a record after a change of its JSON, which is canonical again. */
async function reasonAfter(body: RecordBody, change: (payload: Fields) => void): Promise<string> {
  const { bytes } = buildRecord(crypto, HEAD, body);
  const payload = structuredClone(parseCanonical(bytes, bytes.length, 'a payload')) as Fields;
  change(payload);
  return reasonOf(() => parseRecord(crypto, body.type, canonicalBytes(payload)));
}

const at = (value: Json | undefined, ...keys: readonly string[]): Fields =>
  keys.reduce((fields, key) => fields[key] as Fields, value as Fields);
const own = (payload: Fields): Fields => at(payload, 'predicate', 'gitkel');
const predicate = (payload: Fields): Fields => at(payload, 'predicate');

test.each([release, revoke, policy])('a $type is read back as it was built', (body) => {
  const record = buildRecord(crypto, HEAD, body);
  expect(parseRecord(crypto, body.type, record.bytes)).toEqual(record);
});

describe('a release', () => {
  test.each<readonly [string, string, (payload: Fields) => void]>([
    ['statement-type', 'another predicate', (p) => (p['predicateType'] = 'urn:gitkel:revoke:1')],
    [
      'statement-type',
      'another version of statements',
      (p) => (p['_type'] = 'https://in-toto.io/Statement/v0.1'),
    ],
    ['statement-type', 'another type inside', (p) => (own(p)['type'] = 'revoke')],
    [
      'release-purl',
      'the purl of another version',
      (p) => (predicate(p)['purl'] = 'pkg:generic/pdf@1'),
    ],
    [
      'release-purl',
      'a purl of another spelling',
      (p) => (predicate(p)['purl'] = 'pkg:generic/PDF@1.0.0'),
    ],
    ['release-purl', 'another version than its purl', (p) => (own(p)['version'] = '1.0.1')],
    ['release-version', 'a version of other characters', (p) => (own(p)['version'] = '1 0')],
    ['release-version', 'a version that is too long', (p) => (own(p)['version'] = '1'.repeat(65))],
    [
      'release-subject',
      'a subject of another name',
      (p) => (at(p, 'subject', '0')['name'] = 'csv'),
    ],
    [
      'release-subject',
      'a subject of another digest',
      (p) => (at(p, 'subject', '0', 'digest')['sha256'] = '0'.repeat(64)),
    ],
    [
      'subject-digest',
      'a digest in capitals',
      (p) => (at(p, 'subject', '0', 'digest')['sha256'] = sha256.toUpperCase()),
    ],
    [
      'subjects',
      'two subjects',
      (p) => (p['subject'] = [at(p, 'subject', '0'), at(p, 'subject', '0')]),
    ],
    ['subjects', 'no subject', (p) => (p['subject'] = [])],
    [
      'manifest-said',
      'a file of another digest',
      (p) => (at(own(p), 'manifest', 'f', '0')['h'] = '0'.repeat(64)),
    ],
    [
      'manifest-said',
      'a file that may be executed',
      (p) => (at(own(p), 'manifest', 'f', '0')['x'] = 1),
    ],
    [
      'manifest-said',
      'a file less',
      (p) => (at(own(p), 'manifest')['f'] = [at(own(p), 'manifest', 'f', '0')]),
    ],
    ['manifest-form', 'another h1', (p) => (at(own(p), 'manifest')['h1'] = 'h1:AAAA')],
    [
      'path-dots',
      'a path that leaves the skill',
      (p) => (at(own(p), 'manifest', 'f', '0')['p'] = '../x'),
    ],
    ['field', 'a field more in the predicate', (p) => (predicate(p)['packageId'] = 'x')],
    ['field', 'a field more of ours', (p) => (own(p)['yanked'] = false)],
    ['field', 'no manifest', (p) => delete own(p)['manifest']],
    ['said', 'a previous release that is no SAID', (p) => (own(p)['previous'] = 'one')],
    ['controller', 'its issuer as its controller', (p) => (own(p)['controller'] = AID)],
    [
      'release-source',
      'a commit that is cut short',
      (p) => (at(own(p), 'source')['commit'] = 'abc'),
    ],
    [
      'release-source',
      'a source above the repository',
      (p) => (at(own(p), 'source')['path'] = '../x'),
    ],
    [
      'release-source',
      'a repository with a line break',
      (p) => (at(own(p), 'source')['repository'] = 'a\nb'),
    ],
  ])('is refused (%s) with %s', async (reason, _, change) => {
    expect(await reasonAfter(release, change)).toBe(reason);
  });

  test('of a manifest that names a file twice is refused', async () => {
    expect(
      await reasonAfter(release, (p) => {
        const file = at(own(p), 'manifest', 'f', '0');
        at(own(p), 'manifest')['f'] = [file, file];
      }),
    ).toBe('manifest-order');
  });
});

describe('a revocation', () => {
  test.each<readonly [string, string, (payload: Fields) => void]>([
    ['revoke-reason', 'an unknown reason', (p) => (predicate(p)['reason'] = 'ugly')],
    [
      'revoke-reason',
      'a reason that every object has',
      (p) => (predicate(p)['reason'] = 'constructor'),
    ],
    ['revoke-note', 'a note that is too long', (p) => (predicate(p)['note'] = 'x'.repeat(257))],
    [
      'revoke-target',
      'a target of an unknown kind',
      (p) => (at(predicate(p), 'target')['kind'] = 'file'),
    ],
    [
      'revoke-target',
      'the name of another subject',
      (p) => (at(predicate(p), 'target')['name'] = 'csv'),
    ],
    ['field', 'a SAID beside the name', (p) => (at(predicate(p), 'target')['said'] = SAID)],
    [
      'field',
      'a target without a publisher',
      (p) => delete at(predicate(p), 'target')['publisher'],
    ],
    ['said', 'a replacement that is no SAID', (p) => (predicate(p)['replacement'] = 'other')],
    [
      'said',
      'a target that is no SAID',
      (p) => (predicate(p)['target'] = { kind: 'release', said: 'x' }),
    ],
    ['controller', 'its issuer as its controller', (p) => (predicate(p)['controller'] = AID)],
    ['subjects', 'no subject', (p) => (p['subject'] = [])],
    [
      'revoke-target',
      'a name that no skill can have',
      (p) => {
        at(p, 'subject', '0')['name'] = 'x'.repeat(257);
        predicate(p)['target'] = { kind: 'manifest', said: SAID };
      },
    ],
  ])('is refused (%s) with %s', async (reason, _, change) => {
    expect(await reasonAfter(revoke, change)).toBe(reason);
  });
});

describe('the approval of a repository policy', () => {
  test.each<readonly [string, string, (payload: Fields) => void]>([
    ['subjects', 'another file', (p) => (at(p, 'subject', '0')['name'] = 'policy.yaml')],
    ['policy-unchanged', 'itself as what it replaces', (p) => (predicate(p)['previous'] = sha256)],
    [
      'subject-digest',
      'a previous one that is no SHA-256',
      (p) => (predicate(p)['previous'] = 'none'),
    ],
    ['field', 'a controller', (p) => (predicate(p)['controller'] = SAID)],
  ])('is refused (%s) with %s', async (reason, _, change) => {
    expect(await reasonAfter(policy, change)).toBe(reason);
  });
});

test('isReleaseVersion() takes versions of every usual kind, and nothing that steers a terminal or a path', () => {
  for (const version of ['1', '1.0.0', '2026-11-21', '1.0.0-rc.1+build.5', 'v2_final'])
    expect(isReleaseVersion(version), version).toBe(true);
  for (const version of ['', '-1', '.1', '1/2', '1 2', '1\n', 'é', '1@2', '\u202e1'])
    expect(isReleaseVersion(version), version).toBe(false);
});

test('the payload of a release is text that people read in any tool', () => {
  const text = fromUtf8(buildRecord(crypto, HEAD, release).bytes) ?? '';
  expect(text).toContain('"predicateType":"https://in-toto.io/attestation/release/v0.1"');
  expect(text).toContain('"purl":"pkg:generic/pdf@1.0.0"');
});
