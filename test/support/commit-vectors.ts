/**
 * Worked bytes of a log, from seeds: every step from the unsigned events to the commit ids. `test/vectors/commit.json`
 * holds what this computes, for those who write a second implementation; `node scripts/commit-vectors.mjs` writes it.
 */
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { armor, sshSignedData } from '../../src/git/ssh-signature.ts';
import { parseCommit } from '../../src/git/commit.ts';
import { objectId } from '../../src/git/object.ts';
import { decodeTree } from '../../src/git/tree.ts';
import { allowedSigners } from '../../src/log/allowed-signers.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { batchReader } from '../../src/log/read-batch.ts';
import { tellBatch } from '../../src/log/story.ts';
import { digestSeal, type Log, nativeCrypto, nextDigest, type Operation } from '../../src/index.ts';
import type { Revoke } from '../../src/records/revoke.ts';
import { buildManifest } from '../../src/records/skill-manifest.ts';
import { newRelease } from '../../src/skills/new-release.ts';
import { SeededFiles } from './seeded-files.ts';
import { fullRunRecord } from './run-records.ts';
import { audit, exemption, fullAudit, fullImport, fullVouch } from './skill-statements.ts';
import { inception, keyAt, keysAt, rotation, seedAt, SeededLog } from './seeded-log.ts';

const crypto = nativeCrypto;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The date of batch 0; every batch is an hour later than the one before. */
const FIRST_SECONDS = 1_800_000_000;
const HOUR = 3_600;
const NONCE = Uint8Array.from({ length: 16 }, (_, index) => 16 * index + index);
const KEYS = 20;

interface VectorFile {
  readonly path: string;
  readonly size: number;
  /** BLAKE3-256 in CESR. */
  readonly digest: string;
  /** The id of the blob. */
  readonly blob: string;
  readonly text: string;
}

export interface VectorBatch {
  readonly number: number;
  /** What the batch is an example of. */
  readonly what: string;
  readonly seconds: number;
  /** The keys that sign its events and records. */
  readonly signers: readonly string[];
  readonly committer: {
    readonly aid: string;
    readonly establishment: number;
    readonly keyIndex: number;
    readonly publicKey: string;
  };
  readonly files: readonly VectorFile[];
  readonly message: string;
  readonly tree: string;
  /** The directories that the batch adds or changes, `""` the top; each with the id of its tree. */
  readonly trees: readonly { readonly path: string; readonly id: string }[];
  readonly parent: string | null;
  readonly payload: string;
  /** BLAKE3-256 of the payload in CESR: the `prior` of the next batch. */
  readonly payloadDigest: string;
  /** What the committer's key signs, hexadecimal. */
  readonly signedData: string;
  /** 64 bytes, hexadecimal. */
  readonly signature: string;
  readonly armor: string;
  readonly commit: string;
  readonly commitId: string;
}

export interface CommitVectors {
  readonly description: string;
  readonly keys: readonly {
    readonly seed: string;
    readonly publicKey: string;
    readonly nextDigest: string;
  }[];
  readonly nonce: string;
  readonly logId: string;
  readonly allowedSigners: string;
  readonly batches: readonly VectorBatch[];
}

interface Step {
  readonly what: string;
  /** What is staged, or files that are not. */
  readonly operations: readonly Operation[] | (() => Promise<readonly AddedFile[]>);
  /** Places in the list of keys. */
  readonly signers: readonly number[];
}

/** The directories below a tree, by path, with their ids. */
function directories(log: Log, oid: string, path = ''): ReadonlyMap<string, string> {
  const found = new Map([[path, oid]]);
  const object = log.store.read(oid);
  for (const entry of decodeTree(object?.bytes ?? new Uint8Array())) {
    if (entry.mode !== '40000') continue;
    for (const [below, id] of directories(
      log,
      entry.oid,
      path === '' ? entry.name : `${path}/${entry.name}`,
    ))
      found.set(below, id);
  }
  return found;
}

function vectorOf(
  log: Log,
  position: number,
  step: Step,
  before: ReadonlyMap<string, string>,
): VectorBatch {
  const batch = batchReader(log)(position);
  const { committerKey } = tellBatch(crypto, log.contents, batch);
  const bytes = log.store.read(batch.mark.commit)?.bytes ?? new Uint8Array();
  const parsed = parseCommit(bytes);
  if (!parsed.ok) throw new Error(parsed.detail);
  const { commit } = parsed;
  return {
    number: position,
    what: step.what,
    seconds: commit.seconds,
    signers: keysAt(...step.signers),
    committer: { ...batch.record.committer, publicKey: committerKey },
    files: batch.files.map((file, index) => ({
      path: file.path,
      size: file.bytes.length,
      digest: batch.record.files[index]?.digest ?? '',
      blob: objectId(crypto, 'blob', file.bytes),
      text: text(file.bytes),
    })),
    message: commit.message,
    tree: commit.tree,
    trees: [...directories(log, commit.tree)]
      .filter(([path, id]) => before.get(path) !== id)
      .map(([path, id]) => ({ path, id })),
    parent: commit.parent ?? null,
    payload: text(commit.payload),
    payloadDigest: batch.mark.payloadDigest,
    signedData: toHex(sshSignedData(crypto, commit.payload)),
    signature: toHex(commit.signature),
    armor: armor(commit.publicKey, commit.signature),
    commit: text(bytes),
    commitId: batch.mark.commit,
  };
}

/** The steps of the story; what is needed of earlier ones is looked up in the log. */
function* steps(seeded: SeededLog): Generator<Step> {
  yield {
    what: 'genesis: gitkel.json and the inception of the founder, one key',
    operations: [inception([0], [1], '1')],
    signers: [0],
  };
  const founder = seeded.aid(0);
  yield {
    what: 'an identity of three keys of which two sign, indices 0 and 2',
    operations: [inception([2, 3, 4], [5, 6, 7], '2')],
    signers: [2, 4],
  };
  const team = seeded.aid(1);
  yield {
    what: 'an identity with weights, for a device',
    operations: [inception([8, 9], [10, 11], '1/2,1/2')],
    signers: [8, 9],
  };
  const device = seeded.aid(2);
  const link = {
    type: 'device-link',
    device,
    name: 'ci "runner" \u202e\u{1f916}',
    capabilities: ['sign-statement'],
  } as const;
  yield {
    what: 'a device link: sealed by two of three, accepted by the device; its name is escaped in the subject',
    operations: [{ kind: 'seal', aid: team, bodies: [link] }],
    signers: [3, 4, 8, 9],
  };
  const subjects = [
    { name: 'build.tgz', sha256: toHex(crypto.digest('sha2-256', new Uint8Array())) },
  ];
  yield {
    what: 'an in-toto statement of the device in a DSSE envelope',
    operations: [
      { kind: 'seal', aid: device, bodies: [{ type: 'statement', subjects, controller: team }] },
    ],
    signers: [8, 9],
  };
  yield {
    what: 'a rotation that reveals two of three next keys and keeps the third in reserve, then an anchor of another identity, in one batch',
    operations: [
      rotation(team, [5, 6], [7, 2], '2', '1'),
      { kind: 'anchor', aid: founder, seals: [digestSeal(founder)] },
    ],
    signers: [0, 5, 6],
  };
  yield {
    what: 'a log policy of the founder: closed from the next batch on, but for the founder and one writer',
    operations: [
      {
        kind: 'seal',
        aid: founder,
        bodies: [{ type: 'log-policy', admission: 'closed', writers: [team] }],
      },
    ],
    signers: [0],
  };
  yield {
    what: 'the device is revoked, by the keys that the rotation revealed; the writer commits',
    operations: [
      {
        kind: 'seal',
        aid: team,
        bodies: [{ type: 'device-revoke', device, reason: 'rebuilt \u202e' }],
      },
    ],
    signers: [5, 6],
  };
  yield {
    what: 'a statement after the revocation: valid, and it does not count; the founder commits what the device may not',
    operations: [
      { kind: 'seal', aid: device, bodies: [{ type: 'statement', subjects, controller: team }] },
    ],
    signers: [0, 8, 9],
  };
  const again = {
    ...link,
    name: 'ci-runner',
    capabilities: ['release', 'sign-statement'],
  } as const;
  yield {
    what: 'two devices linked by one event, each with its acceptance: the revoked one again, and the founder',
    operations: [
      {
        kind: 'seal',
        aid: team,
        bodies: [again, { type: 'device-link', device: founder, name: 'desk', capabilities: [] }],
      },
    ],
    signers: [0, 5, 6, 8, 9],
  };
  yield {
    what: 'stolen keys revoke a device',
    operations: [
      { kind: 'seal', aid: team, bodies: [{ type: 'device-revoke', device, reason: '' }] },
    ],
    signers: [5, 6],
  };
  yield* unstagedSteps(seeded, team, founder);
  yield* skillSteps(seeded, team, device, founder);
  yield* trustSteps(seeded, team, device, founder);
}

/** What is folded as it stands: recovery, delegation, late proof, registry, evidence. */
function* unstagedSteps(seeded: SeededLog, team: string, founder: string): Generator<Step> {
  const files = new SeededFiles(seeded);
  const { contents } = seeded.log;
  const { sn } = contents.kel(team)?.state ?? { sn: 0 };
  const revocation = [...contents.records.positions.keys()].at(-1) ?? '';
  yield {
    what: 'a recovery: a rotation at the same place supersedes the event that revokes, and lifts what it sealed',
    operations: async () => files.recovery(team, sn, revocation, [7], [12]),
    signers: [7],
  };
  yield {
    what: 'a delegation: the approval of the delegator, and the delegated inception that names it',
    operations: async () => files.delegation(founder, [0], [13], [14]),
    signers: [0, 13],
  };
  const delegate = seeded.aid(3);
  yield {
    what: 'a delegated rotation with its approval',
    operations: async () => files.delegatedRotation(delegate, [0], [14], [15]),
    signers: [0, 14],
  };
  yield {
    what: 'a late proof: the key that had not signed the inception of the team signs it now',
    operations: async () => [await files.proof(team, 0, 3)],
    signers: [0, 3],
  };
  yield {
    what: 'a registry, a credential that is issued in it, and its body, anchored by one event',
    operations: async () => files.registry(founder, [0]),
    signers: [0],
  };
  yield {
    what: 'evidence that the team signed two events for the place after its inception, by keys that are rotated out: a late rival',
    operations: async () => [await files.evidence(team, 0, [2, 4])],
    signers: [0, 2, 4],
  };
}

/** A skill is released by a device, and revoked by its controller; the policy of a repository is approved. */
function* skillSteps(
  seeded: SeededLog,
  team: string,
  device: string,
  founder: string,
): Generator<Step> {
  const { contents } = seeded.log;
  const manifest = buildManifest(crypto, 'notes', [
    {
      path: 'SKILL.md',
      bytes: utf8('---\nname: notes\ndescription: Takes notes.\n---\n'),
      executable: false,
    },
    { path: 'scripts/run.sh', bytes: utf8('#!/bin/sh\n'), executable: true },
  ]);
  const source = { repository: 'https://example.org/s.git', commit: '0'.repeat(40), path: 'notes' };
  const choices = { manifest, version: '1.0.0', issuer: device, controller: team, source };
  const release = newRelease(crypto, contents.records, choices);
  yield {
    what: 'a release of a skill by the device, in the name of the team: it lists every file',
    operations: [{ kind: 'seal', aid: device, bodies: [release] }],
    signers: [0, 8, 9],
  };
  const said = contents.records.releases.all.at(-1)?.said ?? '';
  const revoke: Revoke = {
    type: 'revoke',
    target: { kind: 'release', said },
    subject: { name: manifest.name, sha256: release.sha256 },
    reason: 'mistaken',
    note: 'the wrong branch',
    replacement: undefined,
    controller: undefined,
  };
  yield {
    what: 'the team revokes that release',
    operations: [{ kind: 'seal', aid: team, bodies: [revoke] }],
    signers: [7],
  };
  const [sha256, previous] = ['a: 2\n', 'a: 1\n'].map((policy) =>
    toHex(crypto.digest('sha2-256', utf8(policy))),
  );
  yield {
    what: 'the founder approves a repository policy in the place of another one',
    operations: [
      {
        kind: 'seal',
        aid: founder,
        bodies: [{ type: 'repository-policy', sha256: sha256 ?? '', previous }],
      },
    ],
    signers: [0],
  };
}

/** What the founder and a device of the team say of that skill, and what is taken back. */
function* trustSteps(
  seeded: SeededLog,
  team: string,
  device: string,
  founder: string,
): Generator<Step> {
  const { records } = seeded.log.contents;
  const release = records.releases.all.at(-1);
  if (release === undefined) throw new Error('a skill was released');
  const { name, sha256 } = release;
  const about = { manifest: release.manifest, subject: { name, sha256 } };
  yield {
    what: 'the founder audits the skill, with findings, and vouches for the team',
    operations: [{ kind: 'seal', aid: founder, bodies: [fullAudit(about), fullVouch(team)] }],
    signers: [0],
  };
  yield {
    what: 'the founder answers for files of elsewhere, and exempts the skill',
    operations: [{ kind: 'seal', aid: founder, bodies: [fullImport(), exemption(about)] }],
    signers: [0],
  };
  yield {
    what: 'the founder seals what the logs of two runs say',
    operations: [{ kind: 'seal', aid: founder, bodies: [fullRunRecord()] }],
    signers: [0],
  };
  yield {
    what: 'an audit by the device in the name of the team: the device lacks the capability, and it does not count',
    operations: [{ kind: 'seal', aid: device, bodies: [audit(about, { controller: team })] }],
    signers: [0, 8, 9],
  };
  const [vouched] = records.trust.vouchesBy(founder);
  if (vouched === undefined) throw new Error('the founder has vouched');
  const back: Revoke = {
    type: 'revoke',
    target: { kind: 'statement', said: vouched.said },
    subject: vouched.subject,
    reason: 'withdrawn',
    note: '',
    replacement: undefined,
    controller: undefined,
  };
  yield {
    what: 'the founder takes the vouch back',
    operations: [{ kind: 'seal', aid: founder, bodies: [back] }],
    signers: [0],
  };
}

/** Computes all of it. */
export async function commitVectors(): Promise<CommitVectors> {
  const seeded = new SeededLog({ seconds: FIRST_SECONDS, nonce: NONCE });
  const { log } = seeded;
  const batches: VectorBatch[] = [];
  let before: ReadonlyMap<string, string> = new Map();
  for (const step of steps(seeded)) {
    const { operations, signers: places } = step;
    const position =
      typeof operations === 'function'
        ? await seeded.commitFiles(await operations(), places)
        : await seeded.commit(operations, places);
    const vector = vectorOf(log, position, step, before);
    before = directories(log, vector.tree);
    batches.push(vector);
    seeded.setClock(seeded.seconds + HOUR);
  }
  const logId = log.contents.genesis?.logId ?? '';
  const signers = allowedSigners(log.contents);
  seeded.close();
  return {
    description:
      'A log of 24 batches from seeds, byte for byte. Texts are UTF-8; docs/format.md says what each is. Ed25519 signatures are deterministic, so that all of it can be computed again.',
    keys: Array.from({ length: KEYS }, (_, place) => ({
      seed: toHex(seedAt(place)),
      publicKey: keyAt(place),
      nextDigest: nextDigest(crypto, keyAt(place)),
    })),
    nonce: toHex(NONCE),
    logId,
    allowedSigners: signers,
    batches,
  };
}
