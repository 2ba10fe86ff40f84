/**
 * Summaries of what was found of a skill, for others to read; signed by an identity of this home, and sealed in its KEL.
 * @module
 */
import { basename, dirname, resolve } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { formatTime } from '../batch/time.ts';
import { digestText } from '../cesr/digest.ts';
import { digestSeal } from '../keri/seal.ts';
import { isSatisfied } from '../keri/threshold.ts';
import { checkedSignature } from '../keys/checked-signature.ts';
import { type Objection } from '../install/install-verdict.ts';
import { judgeInstall } from '../install/judge-install.ts';
import { readLock } from '../install/skills-folder.ts';
import { entryOf, type InstalledSkill } from '../install/skills-lock.ts';
import type { Log } from '../log/log.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { readRecord } from '../log/stored-records.ts';
import {
  encodeEnvelope,
  type EnvelopeSignature,
  preAuthenticationEncoding,
} from '../records/dsse.ts';
import type { RecordType } from '../records/record-type.ts';
import type { RecordHead } from '../records/record-head.ts';
import { manifestSha256 } from '../records/skill-manifest.ts';
import { statementsBehind } from '../skills/judge-skill.ts';
import { digestSkill } from '../skills/skill-digest.ts';
import {
  publishersPolicy,
  recordUri,
  type SummarySource,
  summaryPayload,
  type VerificationSummary,
} from '../skills/verification-summary.ts';
import { type SkillVerdict, unusableVerdict } from '../skills/skill-verdict.ts';
import { BUILT_IN_CRITERIA } from '../trust/built-in-criteria.ts';
import { installPolicy, type Terms } from './install-terms.ts';
import { type Proposal, propose } from './propose.ts';
import type { Session } from './session.ts';
import type { DecidingLog } from './skill-log.ts';
import { directoryNameOf, readSkill } from './skill-source.ts';

/** What was found of a skill, and why it failed where it did. */
export interface Found {
  readonly summary: VerificationSummary;
  readonly objection: Objection | undefined;
}

function lockedAt(session: Session, source: string): InstalledSkill | undefined {
  const { host } = session;
  if (directoryNameOf(host, { source }) === undefined) return undefined;
  const dir = resolve(source);
  return entryOf(readLock({ host, dir: dirname(dir) }), basename(dir));
}

function sha256(session: Session, bytes: Uint8Array): string {
  return toHex(session.host.crypto.digest('sha2-256', bytes));
}

const INPUT_TYPES: readonly RecordType[] = [
  'release',
  'audit',
  'vouch',
  'import',
  'exemption',
  'revoke',
];

/** The records that counted: the release, and what others say of the files where that was asked for. */
function inputsOf(
  session: Session,
  log: Log,
  release: ReleaseEntry | undefined,
  verdict: SkillVerdict | undefined,
): readonly SummarySource[] {
  const statements = verdict === undefined ? [] : statementsBehind(verdict);
  const against = (verdict?.reasons ?? []).flatMap((one) => one.statements);
  const saids = [...(release === undefined ? [] : [release.said]), ...statements, ...against];
  return [...new Set(saids)].flatMap((said) => {
    // What counts may be of several types, and nothing but its file tells which.
    const type = INPUT_TYPES.find((one) => log.readRecordFile(one, said) !== undefined);
    if (type === undefined) return [];
    const { bytes } = readRecord(log, type, said).record;
    return [{ uri: recordUri(said), sha256: sha256(session, bytes) }];
  });
}

const BUILT_IN: ReadonlySet<string> = new Set(BUILT_IN_CRITERIA.map(({ name }) => name));

/** The criteria that were asked for, and are met: what one home calls a criterion of its own means nothing to others. */
function levelsOf({ assessments }: SkillVerdict): readonly string[] {
  const met = assessments.flatMap(({ view, facts }) =>
    (view.policy.requirements[facts.tier]?.criteria ?? []).map((said) => {
      const name = view.policy.criteria.get(said)?.name;
      return name !== undefined && BUILT_IN.has(name) ? name : said;
    }),
  );
  return [
    'GITKEL_VERIFIED',
    ...[...new Set(met)].toSorted().map((name) => `GITKEL_CRITERION_${name}`),
  ];
}

/** What is let in on conditions alone did not pass: a summary has no place for them, and its readers see to none. */
function conditional({ state, decision, detail, conditions }: SkillVerdict): Objection | undefined {
  if (decision === 'accept') return undefined;
  if (state === 'verified') throw new Error('what is let in on conditions is not verified');
  return {
    state,
    reason: 'conditions-not-kept',
    detail: `it is accepted on conditions alone (${conditions.join(', ')}): ${detail}`,
    hint: 'Have it released by a publisher who may; a summary has no place for conditions.',
  };
}

/**
 * Verifies a skill as `skill install` would, and puts down what came of it.
 * @throws GitkelError `malformed` for files that are no skill: of what has no manifest nothing can be said.
 */
export async function summaryOf(
  session: Session,
  deciding: DecidingLog,
  source: string,
  terms: Terms,
  place: RecordHead | undefined,
): Promise<Found> {
  const { crypto } = session.host;
  const digest = readSkill(session.host, { source }, (entries) => digestSkill(crypto, entries));
  if (digest.outcome === 'refused') {
    const { reason, detail, hint } = unusableVerdict(digest.problems);
    throw new GitkelError('malformed', `Cannot summarise ${quoted(source, 200)}: ${detail}`, {
      hint,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  const { manifest } = digest;
  const locked = lockedAt(session, source);
  // Whom the lock beside the files names is no word of whoever tells others: who wrote the files could write it.
  const policy = installPolicy(terms, deciding)(
    { type: 'directory', path: source },
    manifest.name,
    undefined,
  );
  const judged = judgeInstall(deciding, digest, {
    trust: policy.trust,
    locked,
    replacePublisher: false,
  });
  const isAllowed = judged.outcome === 'allowed';
  const verdict = isAllowed ? judged.verdict : judged.objection.verdict;
  const release = isAllowed ? judged.release : judged.objection.release;
  const objection = isAllowed ? conditional(judged.verdict) : judged.objection;
  const named = publishersPolicy(policy.trust.allowed);
  return {
    objection,
    summary: {
      name: manifest.name,
      manifest: manifest.said,
      manifestSha256: manifestSha256(crypto, manifest),
      place,
      timeVerified: formatTime(session.host.now()),
      policy:
        terms.policy === undefined
          ? { uri: named.uri, sha256: sha256(session, named.bytes) }
          : { uri: 'urn:gitkel:policy:repository', sha256: terms.policy.digest },
      inputs: inputsOf(session, await session.log(), release, verdict),
      result: objection === undefined ? 'PASSED' : 'FAILED',
      levels: objection === undefined && verdict !== undefined ? levelsOf(verdict) : ['FAILED'],
    },
  };
}

/** Where an identity will seal what it signs now: its next event. @throws GitkelError `not-found`. */
export function placeFor({ contents }: Log, aid: string): RecordHead {
  const kel = contents.kel(aid);
  const logId = contents.genesis?.logId;
  if (kel === undefined || logId === undefined)
    throw new GitkelError('not-found', `Cannot sign as ${aid}: this log does not have it`);
  return { issuer: aid, sn: kel.state.sn + 1, logId };
}

/** @throws GitkelError `refused`, reason `threshold`, where the keys of this home are too few. */
async function signed(
  session: Session,
  log: Log,
  aid: string,
  payload: Uint8Array,
): Promise<Uint8Array> {
  const state = log.contents.kel(aid)?.state;
  const keys = state?.publicKeys ?? [];
  const own = [...keys.keys()].filter((index) => session.hasKey(keys[index] ?? ''));
  if (state === undefined || !isSatisfied(state.threshold, own)) {
    throw new GitkelError(
      'refused',
      `Cannot sign as ${aid}: this home holds ${own.length} of its ${keys.length} keys, too few for its threshold`,
      {
        reason: 'threshold',
        hint: 'A summary is signed at once: use an identity whose threshold your keys satisfy.',
      },
    );
  }
  const message = preAuthenticationEncoding(payload);
  const signatures: EnvelopeSignature[] = [];
  for (const index of own) {
    const key = keys[index] ?? '';
    const signer = await session.findSigner(key);
    if (signer === undefined) continue;
    const raw = await checkedSignature(
      session.host.crypto,
      signer,
      key,
      message,
      'Cannot sign the summary',
    );
    signatures.push({ index, raw });
  }
  session.settleAbsent(
    isSatisfied(
      state.threshold,
      signatures.map(({ index }) => index),
    ),
  );
  return encodeEnvelope(payload, aid, signatures);
}

/** A signed summary, and what became of the event that seals it. */
export interface SignedSummary {
  readonly envelope: Uint8Array;
  readonly proposal: Proposal;
}

/**
 * Signs a summary, then seals its digest, so that it has a place among everything else in the log.
 * @throws GitkelError `refused`, reason `threshold`; `conflict` where another event took the place.
 */
export async function signSummary(
  session: Session,
  summary: VerificationSummary,
): Promise<SignedSummary> {
  const { place } = summary;
  if (place === undefined) throw new Error('a summary that is signed names its place');
  const aid = place.issuer;
  const payload = summaryPayload(summary);
  const envelope = await signed(session, await session.log(), aid, payload);
  const seal = digestSeal(digestText(session.host.crypto, payload));
  const proposal = await propose(session, [{ kind: 'anchor', aid, seals: [seal] }], {});
  const { contents } = await session.log();
  const isElsewhere =
    proposal.status === 'committed' && contents.kel(aid)?.saidAt(place.sn) !== proposal.said;
  if (proposal.status !== 'conflict' && !isElsewhere) return { envelope, proposal };
  throw new GitkelError(
    'conflict',
    `Cannot seal the summary: another event became event ${place.sn} of ${aid}`,
    { hint: 'Nothing was written out. Try again on the log as it is now.' },
  );
}
