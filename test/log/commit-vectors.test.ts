/** The worked bytes of a log: computed again from the seeds, by other means, and by stock git. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { withFile } from '../../src/git/growing-tree.ts';
import { objectId } from '../../src/git/object.ts';
import { nativeCrypto } from '../../src/index.ts';
import { finishCommit, planCommit } from '../../src/log/append.ts';
import { Contents } from '../../src/log/contents.ts';
import { devicesAt, standingOf } from '../../src/log/devices.ts';
import { fold } from '../../src/log/fold.ts';
import { identityFacts } from '../../src/log/identity-facts.ts';
import { Remembered, valueBytes } from '../../src/log/remembered.ts';
import {
  approvedPolicies,
  newestRelease,
  releasesByName,
  releaseStanding,
} from '../../src/log/releases.ts';
import { nothingReplayed } from '../../src/log/replay.ts';
import { RECORD_TYPES } from '../../src/records/record-type.ts';
import { runGit, runProgram } from '../support/binary.ts';
import { type CommitVectors, commitVectors, type VectorBatch } from '../support/commit-vectors.ts';
import { hasGit } from '../support/stock-git.ts';

const FILE = path.resolve(import.meta.dirname, '../vectors/commit.json');
const stored = JSON.parse(readFileSync(FILE, 'utf8')) as CommitVectors;
const { batches, keys } = stored;

test('commit.json is what the seeds come to', async () => {
  expect(await commitVectors()).toEqual(stored);
});

test('commit.json tells of every kind of file that a log may hold, but for a registry with backers', () => {
  expect(batches.map(({ number }) => number)).toEqual([...batches.keys()]);
  const paths = batches.flatMap(({ files }) => files.map((file) => file.path));
  for (const part of [
    'gitkel.json',
    '-icp-',
    '-ixn-',
    '-rot-',
    '-dip-',
    '-drt-',
    '-rct-',
    '-vcp-',
    '-iss-',
    'acdc/',
    'records/evidence/',
    ...RECORD_TYPES.map((type) => `records/${type}/`),
  ]) {
    expect(
      paths.some((one) => one.includes(part)),
      part,
    ).toBe(true);
  }
});

/** Makes the log again from files, seeds and dates alone, up to a batch: the commits, and what the log then holds. */
function rebuild(end = batches.length): {
  readonly commits: readonly string[];
  readonly contents: Contents;
} {
  let { contents, tree, tip } = nothingReplayed();
  const commits = batches.slice(0, end).map(({ number, files: texts, committer, seconds }) => {
    const files = texts.map(({ path: file, text }) => ({ path: file, bytes: utf8(text) }));
    const folded = fold(nativeCrypto, contents, files);
    if (!folded.ok) throw new Error(`batch ${number}: ${folded.reason}: ${folded.detail}`);
    const { draft } = folded;
    const { publicKey } = committer;
    const plan = { replayed: { contents, tree, tip }, files, draft, committer, publicKey, seconds };
    const unsigned = planCommit(nativeCrypto, plan);
    const seed = keys.find((key) => key.publicKey === publicKey)?.seed ?? '';
    const signature = sign(null, unsigned.signedData, keyPair(seed).privateKey);
    const { oid, objects } = finishCommit(nativeCrypto, unsigned, signature);
    for (const { path: file, bytes } of files)
      tree = withFile(tree, file, objectId(nativeCrypto, 'blob', bytes));
    tip = oid;
    const payloadDigest = digestText(nativeCrypto, unsigned.payload);
    contents.apply(draft, { commit: oid, payloadDigest, claimedSeconds: seconds });
    return fromUtf8(objects.at(-1)?.bytes ?? new Uint8Array()) ?? '';
  });
  return { commits, contents };
}

test('commit.json is rebuilt from its files, byte for byte', () => {
  expect(rebuild().commits).toEqual(batches.map(({ commit }) => commit));
});

test('commit.json has a statement that counts, and one after the revocation that does not', () => {
  const { contents } = rebuild();
  const statements = contents.records.statementsOf(contents.aids[2] ?? '');
  expect(statements.map((entry) => [entry.position, standingOf(contents, entry).counts])).toEqual([
    [4, true],
    [8, false],
  ]);
});

test('no file of commit.json can be changed, cut or left out, and nothing throws', () => {
  const states = batches.map(({ number }) => (number < 10 ? undefined : rebuild(number).contents));
  let unchanged = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: batches.length - 1 }),
      fc.nat(),
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.constantFrom('flip', 'cut', 'drop', 'twice'),
      (number, pick, at, byte, how) => {
        const texts = batches[number]?.files ?? [];
        const files = texts.map(({ path: file, text }) => ({ path: file, bytes: utf8(text) }));
        const index = pick % files.length;
        const file = files[index];
        const contents = states[number];
        if (file === undefined || contents === undefined) throw new Error('no such batch');
        const { bytes } = file;
        const changed =
          how === 'cut'
            ? bytes.subarray(0, at % bytes.length)
            : bytes.with(at % bytes.length, byte);
        const isSame = how === 'flip' && bytes[at % bytes.length] === byte;
        const all =
          how === 'twice'
            ? [...files, file]
            : how === 'drop'
              ? files.toSpliced(index, 1)
              : files.with(index, { ...file, bytes: changed });
        const result = fold(nativeCrypto, contents, all);
        // A batch may be smaller: of what does not hang together, something can be left out.
        if (how !== 'drop') expect(result.ok).toBe(isSame);
        expect(fold(nativeCrypto, contents, files).ok).toBe(true);
        unchanged++;
      },
    ),
    { numRuns: 80 },
  );
  expect(unchanged).toBe(80);
});

/** Contents that go on from what those remember. */
function remembered(contents: Contents): Contents {
  const values = new Map(
    Array.from(contents.changes(), ([key, value]) => [key, valueBytes(value)]),
  );
  return new Contents(new Remembered({ mark: 0, read: (key) => values.get(key) ?? 'absent' }));
}

test('commit.json tells what became of what was superseded, who is marked, and what was issued and released', () => {
  const { contents } = rebuild();
  const [founder = '', team = '', device = '', delegate = ''] = contents.aids;
  for (const one of [contents, remembered(contents)]) {
    expect(identityFacts(one, team)).toMatchObject({
      approval: null,
      superseded: [
        { sn: 5, position: 10, by: { sn: 5, position: 11 }, records: [{ status: 'lifted' }] },
      ],
      marks: [{ sn: 1, position: 16, status: 'late' }],
    });
    expect(identityFacts(one, delegate)).toMatchObject({
      approval: { delegator: founder, stands: true },
      superseded: [],
    });
    expect(identityFacts(one, founder).registries).toMatchObject([
      { status: 'set up', credentials: [{ status: 'issued', position: 15 }] },
    ]);
    expect(devicesAt(one, team, 16).map(({ standing }) => standing)).toEqual([
      'revoked',
      'linked',
      'linked',
    ]);
    expect(one.proofs.positionOf(team, 'controller 1')).toBe(14);
    expect(one.kel(team)?.files).toBe(9);
    const [release] = releasesByName(one, team, 'notes');
    expect(release).toMatchObject({ controller: team, issuer: device, position: 17 });
    expect(releaseStanding(one, release?.said ?? '')).toMatchObject({
      counts: true,
      reason: 'device',
      revocation: { reason: 'mistaken', position: 18 },
    });
    expect(approvedPolicies(one, [founder])).toMatchObject([{ position: 19 }]);
    expect(newestRelease(one.records, team, 'notes')).toEqual(release);
    expect(one.kel(delegate)?.anchorAt(1)?.delegator).toBe(founder);
    expect(one.registries.isIssued(device)).toBe(false);
    const { registries } = identityFacts(one, founder);
    expect(one.registries.bodyPosition(registries[0]?.credentials[0]?.credential ?? '')).toBe(15);
    const approval = one.kel(delegate)?.anchorAt(0);
    expect(
      one.anchors.find(founder, { aid: delegate, sn: 0, said: one.kel(delegate)?.saidAt(0) ?? '' }),
    ).toEqual(approval);
  }
});

function gitId(type: string, bytes: Uint8Array): string {
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}

/** RFC 8410: what stands before the seed of a private key, and before a raw public key. */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

function keyPair(seed: string): {
  readonly privateKey: ReturnType<typeof createPrivateKey>;
  readonly raw: Buffer;
} {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PRIVATE_HEAD, Buffer.from(seed, 'hex')]),
    format: 'der',
    type: 'pkcs8',
  });
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, raw: der.subarray(PUBLIC_HEAD.length) };
}

/** SSHSIG signed data, written out: magic, then four strings with their lengths. */
function signedDataOf(payload: string): string {
  const string = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const parts = [
    Buffer.from('git'),
    Buffer.alloc(0),
    Buffer.from('sha512'),
    createHash('sha512').update(payload).digest(),
  ];
  return Buffer.concat([Buffer.from('SSHSIG'), ...parts.map(string)]).toString('hex');
}

describe.each(batches)('commit.json, batch $number', (batch: VectorBatch) => {
  test('has the ids that SHA-1 gives to its files and its commit', () => {
    for (const { text, blob, size } of batch.files) {
      expect(gitId('blob', Buffer.from(text))).toBe(blob);
      expect(Buffer.byteLength(text)).toBe(size);
    }
    expect(gitId('commit', Buffer.from(batch.commit))).toBe(batch.commitId);
  });

  test("is the signature of the committer's key over the payload", () => {
    const pair = keys
      .map(({ seed, publicKey }) => ({ publicKey, ...keyPair(seed) }))
      .find(({ publicKey }) => publicKey === batch.committer.publicKey);
    if (pair === undefined) throw new Error('the committer has one of the keys');
    expect(pair.publicKey).toBe(
      `D${Buffer.concat([Buffer.alloc(1), pair.raw])
        .toString('base64url')
        .slice(1)}`,
    );
    expect(signedDataOf(batch.payload)).toBe(batch.signedData);
    expect(sign(null, Buffer.from(batch.signedData, 'hex'), pair.privateKey).toString('hex')).toBe(
      batch.signature,
    );
    expect(
      verify(
        null,
        Buffer.from(batch.signedData, 'hex'),
        pair.privateKey,
        Buffer.from(batch.signature, 'hex'),
      ),
    ).toBe(true);
    expect(
      Buffer.from(batch.armor.split('\n').slice(1, -2).join(''), 'base64').toString('hex'),
    ).toContain(batch.signature);
  });

  test('is its payload with the armored signature in it', () => {
    const header = `gpgsig ${batch.armor.trimEnd().replaceAll('\n', '\n ')}\n`;
    expect(batch.commit.replace(header, '')).toBe(batch.payload);
    expect(batch.payload.endsWith(`\n\n${batch.message}`)).toBe(true);
    const before = batches[batch.number - 1];
    expect(batch.parent).toBe(before?.commitId ?? null);
    expect(batch.message).toContain(`\nprior ${before?.payloadDigest ?? stored.logId}\n`);
  });
});

describe.skipIf(!hasGit)('commit.json and stock git', () => {
  let dir = '';
  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'gitkel-vectors-'));
    await runGit(dir, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  async function store(type: string, content: string): Promise<string> {
    const { stdout, exitCode } = await runProgram(
      'git',
      ['hash-object', '-w', '-t', type, '--stdin'],
      { cwd: dir, input: content },
    );
    expect(exitCode).toBe(0);
    return stdout.trim();
  }

  test('git makes the same blobs, trees and commits of the texts, and says Good to every commit', async () => {
    for (const { files, tree, trees, commit, commitId } of batches) {
      for (const { path: file, text, blob } of files) {
        expect(await store('blob', text)).toBe(blob);
        await runGit(dir, ['update-index', '--add', '--cacheinfo', `100644,${blob},${file}`]);
      }
      expect(await runGit(dir, ['write-tree'])).toBe(tree);
      for (const { path: directory, id } of trees)
        expect(await runGit(dir, ['rev-parse', `${tree}:${directory}`])).toBe(id);
      expect(await store('commit', commit)).toBe(commitId);
    }
    await runGit(dir, ['update-ref', 'refs/heads/main', batches.at(-1)?.commitId ?? '']);
    expect(await runGit(dir, ['fsck', '--strict', '--no-dangling'])).toBe('');
    const signers = path.join(dir, 'signers');
    writeFileSync(signers, stored.allowedSigners);
    for (const { commitId, committer } of batches) {
      const { exitCode, stderr } = await runProgram(
        'git',
        ['-c', `gpg.ssh.allowedSignersFile=${signers}`, 'verify-commit', commitId],
        { cwd: dir },
      );
      expect(stderr).toContain(`Good "git" signature for ${committer.aid} with ED25519 key`);
      expect(exitCode).toBe(0);
    }
  });
});
