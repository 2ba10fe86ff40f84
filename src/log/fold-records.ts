import { quoted } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isInception, type KeyEvent } from '../keri/event.ts';
import type { KeyState } from '../keri/state.ts';
import { isSatisfied } from '../keri/threshold.ts';
import type { Lift } from '../records/lift.ts';
import { signedBytes, signerOf, type UnsignedRecord } from '../records/record.ts';
import type { SignedRecord } from '../records/record-file.ts';
import { readRecordSeal } from '../records/record-seal.ts';
import { isRecordType } from '../records/record-type.ts';
import type { Problem } from './problem.ts';
import type { RecordBook } from './record-book.ts';
import { policyProblem, releaseProblem, revokeProblem } from './release-rules.ts';
import { runProblem } from './run-rules.ts';
import { skillSubjectProblem, vouchProblem } from './trust-rules.ts';

/** What the rule of a record's type is checked against. */
export interface RuleGround {
  readonly founder: string;
  /** What is in force before the record, after those of its batch that stand before it. */
  readonly book: RecordBook;
}

/** What a record of a batch is checked against when it is folded. */
export interface RecordGround extends RuleGround {
  readonly crypto: Crypto;
  /** The key state of an AID after the events of the batch that stand before the record. */
  readonly stateOf: (aid: string) => KeyState | undefined;
}

/** Why the signatures of a record are not enough: each must hold, and together they must satisfy the threshold. */
export function recordSignatureProblem(
  crypto: Crypto,
  { record, signatures }: SignedRecord,
  state: KeyState | undefined,
): Problem | undefined {
  const signer = signerOf(record);
  if (signer === undefined) return undefined;
  if (state === undefined)
    return [
      'record-signer',
      `the ${record.body.type} needs signatures of ${quoted(signer)}, which is not in this log`,
    ];
  for (const { index, raw } of signatures) {
    const key = state.publicKeys[index];
    if (key === undefined || !crypto.verify(decodePrimitive(key).raw, signedBytes(record), raw)) {
      return [
        'record-signature',
        `the signature of key ${index} of ${signer} over the ${record.body.type} does not hold`,
      ];
    }
  }
  const isEnough = isSatisfied(
    state.threshold,
    signatures.map(({ index }) => index),
  );
  return isEnough
    ? undefined
    : [
        'record-unsigned',
        `the signatures of ${signer} over the ${record.body.type} do not satisfy its threshold`,
      ];
}

/** Only what stays in force although superseded events of the same issuer sealed it can be lifted, each once. */
function liftProblem(book: RecordBook, issuer: string, { records }: Lift): Problem | undefined {
  for (const said of records) {
    const disputed = book.disputed(said);
    if (disputed?.issuer !== issuer || !disputed.stays) {
      return [
        'lift-target',
        `${quoted(said)} is no revocation and no failed audit that superseded events of ${quoted(issuer)} sealed`,
      ];
    }
    if (book.liftOf(said) !== undefined) return ['lift-twice', `${said} is lifted already`];
  }
  return undefined;
}

/** The rule of a record's type, apart from its seal and its signatures. */
function recordRuleProblem(
  { founder, book }: RuleGround,
  { issuer, body }: UnsignedRecord,
): Problem | undefined {
  switch (body.type) {
    case 'device-link':
      if (body.device === issuer)
        return ['link-self', `${quoted(issuer)} cannot be its own device`];
      return book.linkInForce(issuer, body.device) !== undefined
        ? ['link-twice', `${body.device} is linked to ${issuer} already`]
        : undefined;
    case 'device-revoke':
      return book.linkInForce(issuer, body.device) !== undefined
        ? undefined
        : ['revoke-without-link', `${quoted(body.device)} is not linked to ${quoted(issuer)}`];
    case 'log-policy':
      return issuer === founder
        ? undefined
        : ['policy-issuer', `only the founder ${founder} sets the policy of the log`];
    case 'lift':
      return liftProblem(book, issuer, body);
    case 'release':
      return releaseProblem(book, issuer, body);
    case 'revoke':
      return revokeProblem(book, issuer, body);
    case 'repository-policy':
      return policyProblem(book, issuer, body);
    case 'audit':
    case 'import':
    case 'exemption':
      return skillSubjectProblem(book, body);
    case 'vouch':
      return vouchProblem(issuer, body);
    case 'run-record':
      return runProblem(book, issuer, body);
    case 'statement':
      return undefined;
  }
}

/** Later than everything: where a batch that is only planned will stand. */
const LATER = Number.MAX_SAFE_INTEGER;

/** The rules of the types of a batch's records, each on the ground of those before it. */
export function recordRulesProblem(
  { founder, book }: RuleGround,
  records: readonly UnsignedRecord[],
): Problem | undefined {
  const after = book.copy();
  for (const record of records) {
    const problem = recordRuleProblem({ founder, book: after }, record);
    if (problem !== undefined) return problem;
    after.add(record, LATER);
  }
  return undefined;
}

/** Everything that a record must be on its own ground, when it is folded. */
export function recordProblem(ground: RecordGround, signed: SignedRecord): Problem | undefined {
  const { record } = signed;
  if (ground.book.positionOf(record.said) !== undefined)
    return [
      'record-twice',
      `the record ${record.said} is in the log already; say it anew by an event with another number`,
    ];
  const signer = signerOf(record);
  return (
    recordRuleProblem(ground, record) ??
    recordSignatureProblem(
      ground.crypto,
      signed,
      signer === undefined ? undefined : ground.stateOf(signer),
    )
  );
}

interface Sealed {
  readonly event: KeyEvent;
  readonly type: string;
  readonly said: string;
}

/** The seals of a batch's events that name records of this log, or what is wrong with one. */
function sealsOf(
  events: readonly KeyEvent[],
  logId: string,
): { readonly sealed: readonly Sealed[] } | { readonly problem: Problem } {
  const sealed: Sealed[] = [];
  for (const event of events) {
    for (const seal of event.seals) {
      const read = readRecordSeal(seal);
      if (read === undefined) continue;
      if (read === 'malformed') {
        const problem = malformedSeal(event, seal, logId);
        if (problem !== undefined) return { problem };
        continue;
      }
      if (read.logId !== logId) continue;
      if (isInception(event))
        return {
          problem: [
            'seal-in-inception',
            `the inception of ${event.aid} cannot seal a record of its log`,
            event.said,
          ],
        };
      if (!isRecordType(read.type)) {
        return {
          problem: [
            'record-type',
            `event ${event.sn} of ${event.aid} seals a record of the unknown type ${quoted(read.type)}`,
            event.said,
          ],
        };
      }
      sealed.push({ event, type: read.type, said: read.said });
    }
  }
  return { sealed };
}

/** A seal with our label that is not of our form counts only when it names this log; others are another log's matter. */
function malformedSeal(event: KeyEvent, seal: unknown, logId: string): Problem | undefined {
  return JSON.stringify(seal).includes(logId)
    ? [
        'seal-form',
        `event ${event.sn} of ${event.aid} has a seal for this log that is not of its form`,
        event.said,
      ]
    : undefined;
}

/** @param own the seals that name the record */
function ownSealProblem(
  { said, body, issuer, sn, logId: named }: UnsignedRecord,
  own: readonly Sealed[],
  logId: string,
): Problem | undefined {
  const what = `the ${body.type} ${said}`;
  if (named !== logId) return ['record-log', `${what} names the log ${quoted(named)}`, said];
  const [seal] = own;
  if (seal === undefined)
    return ['record-unsealed', `${what} is sealed by no event of its batch`, said];
  if (own.length > 1) return ['record-sealed-twice', `${what} is sealed ${own.length} times`, said];
  if (seal.type === body.type && seal.event.aid === issuer && seal.event.sn === sn)
    return undefined;
  return [
    'record-issuer',
    `${what} names event ${sn} of ${quoted(issuer)}, it is sealed as a ${seal.type} by event ${seal.event.sn} of ${seal.event.aid}`,
    said,
  ];
}

/**
 * Each record is sealed exactly once, by its issuer's event at its sequence number, in the same batch; and each such
 * seal has its record. They stand in the order of their seals: of two that contradict each other the later one counts,
 * and which that is, the issuer says, not the committer.
 */
export function sealProblem(
  events: readonly KeyEvent[],
  records: readonly UnsignedRecord[],
  logId: string,
): Problem | undefined {
  const read = sealsOf(events, logId);
  if ('problem' in read) return read.problem;
  const { sealed } = read;
  const bySaid = new Map<string, Sealed[]>(records.map(({ said }) => [said, []]));
  for (const seal of sealed) bySaid.get(seal.said)?.push(seal);
  for (const record of records) {
    const problem = ownSealProblem(record, bySaid.get(record.said) ?? [], logId);
    if (problem !== undefined) return problem;
  }
  const open = sealed.find(({ said }) => !bySaid.has(said));
  if (open !== undefined) {
    return [
      'seal-without-record',
      `event ${open.event.sn} of ${open.event.aid} seals the ${open.type} ${quoted(open.said)}, which is not in this batch`,
      open.event.said,
    ];
  }
  const displaced = records.find(({ said }, at) => sealed[at]?.said !== said);
  return displaced === undefined ? undefined : orderProblem(displaced);
}

/** What is wrong with a record that does not stand where its seal puts it. */
export function orderProblem({ said, body }: UnsignedRecord): Problem {
  return [
    'record-order',
    `the ${body.type} ${said} does not stand right after the event that seals it, in the order of its seals`,
    said,
  ];
}
