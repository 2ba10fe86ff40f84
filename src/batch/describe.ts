import { fromUtf8 } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  type AnyInception,
  type AnyRotation,
  type Interaction,
  isInception,
  type KeyEvent,
} from '../keri/event.ts';
import type { Anchor } from '../keri/key-log.ts';
import { priorIndexOf } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { requirementWords } from '../log/batch-record.ts';
import type { PlannedEvent } from './plan.ts';
import { describeSkillRecord, LONGEST_LINE } from './describe-skill-record.ts';
import { describeRunRecord } from './describe-run-record.ts';
import { describeStatement } from './describe-statement.ts';
import type { PlannedRecord } from './planned.ts';

/** What the viewer knows of its own keys. */
export interface OwnKeys {
  readonly holds: (publicKey: string) => boolean;
  /**
   * Whether a digest commits to a key of the viewer, and if so whether that key is still unused once the given keys are
   * in use.
   */
  readonly nextKey: (digest: string, inUse: readonly string[]) => 'unused' | 'used' | undefined;
}

const NOTHING: readonly string[] = [];

function keyLines(
  keys: readonly string[],
  own: OwnKeys,
  mark: (key: string) => string,
): readonly string[] {
  return keys.map(
    (key, index) => `  key ${index}: ${key}${mark(key)}${own.holds(key) ? ' (yours)' : ''}`,
  );
}

/** Whether the viewer controls the identity, before an establishment event or from it on. */
function isMember(
  { publicKeys }: AnyInception | AnyRotation,
  before: KeyState | undefined,
  own: OwnKeys,
): boolean {
  const keys = [...publicKeys, ...(before?.publicKeys ?? [])];
  return (
    keys.some((key) => own.holds(key)) ||
    before?.nextDigests.some((digest) => own.nextKey(digest, []) !== undefined) === true
  );
}

function nextLines(
  event: AnyInception | AnyRotation,
  before: KeyState | undefined,
  own: OwnKeys,
): readonly string[] {
  if (event.nextDigests.length === 0)
    return ['  no next keys: this identity can never rotate again'];
  const standing = event.nextDigests.map((digest) => own.nextKey(digest, event.publicKeys));
  const mark = { unused: ' (yours)', used: ' (A KEY OF YOURS THAT IS IN USE ALREADY)' } as const;
  return [
    `  next rotation: ${requirementWords(event.nextThreshold, event.nextDigests.length, 'next key')}`,
    ...event.nextDigests.map((digest, index) => {
      const mine = standing[index];
      return `  next key ${index}: ${digest}${mine === undefined ? '' : mark[mine]}`;
    }),
    ...(standing.includes('unused')
      ? [
          `  your next key is among them (index ${standing.flatMap((mine, index) => (mine === 'unused' ? [index] : [])).join(', ')})`,
        ]
      : isMember(event, before, own)
        ? ['  YOUR NEXT KEY IS NOT AMONG THEM: you could not take part in the next rotation']
        : NOTHING),
  ];
}

/**
 * Seals in full: what is signed must have been seen. Events are bounded, and so are these lines. Where a seal holds what
 * a JavaScript value cannot show as it stands (a number of another spelling, or too large), the event's text is shown.
 */
function sealLines(event: KeyEvent): readonly string[] {
  const { bytes, seals } = event;
  const text = fromUtf8(bytes) ?? '';
  const rest = event.type === 'dip' ? `,"di":"${event.delegator}"` : '';
  const isShown = text.endsWith(`"a":${JSON.stringify(seals)}${rest}}`);
  return [
    ...seals.map((seal) => `  seal ${quoted(seal, LONGEST_LINE)}`),
    ...(isShown ? NOTHING : [`  the event word for word: ${quoted(text, LONGEST_LINE)}`]),
  ];
}

function witnessLines(event: AnyInception | AnyRotation): readonly string[] {
  const changes = isInception(event)
    ? event.witnesses.map((witness) => `  witness ${witness}`)
    : [
        ...event.witnessCuts.map((witness) => `  witness ${witness} is CUT`),
        ...event.witnessAdds.map((witness) => `  witness ${witness} is added`),
      ];
  return event.witnessThreshold === 0
    ? changes
    : [`  ${event.witnessThreshold} witnesses must sign`, ...changes];
}

/** Who has to approve a delegated event, and which event of theirs does. */
function approvalLines(anchor: Anchor | undefined): readonly string[] {
  return anchor === undefined
    ? NOTHING
    : [`  delegated by ${anchor.delegator}, whose event ${anchor.sn} approves it`];
}

/** What a rotation takes out of force, in words: whoever signs it has to know. */
function supersedingLines({ event, supersedes }: PlannedEvent): readonly string[] {
  if (supersedes === undefined) return NOTHING;
  const { from, to } = supersedes;
  const which = from === to ? `event ${from}` : `events ${from} to ${to}`;
  return [
    `  SUPERSEDES ${which} of ${event.aid}: from this batch on that counts no longer, nor what was sealed by it`,
    '    (but revocations, until a lift names them; commits that were signed stay valid)',
  ];
}

function inceptionLines(
  event: AnyInception,
  anchor: Anchor | undefined,
  own: OwnKeys,
): readonly string[] {
  return [
    `create the identity ${event.aid}`,
    ...approvalLines(anchor),
    `  ${requirementWords(event.threshold, event.publicKeys.length, 'key')}`,
    ...keyLines(event.publicKeys, own, () => ''),
    ...nextLines(event, undefined, own),
    ...event.traits.map((trait) => `  trait ${quoted(trait, LONGEST_LINE)}`),
    ...witnessLines(event),
    ...sealLines(event),
  ];
}

function rotationLines(
  crypto: Crypto,
  planned: PlannedEvent,
  event: AnyRotation,
  before: KeyState,
  own: OwnKeys,
): readonly string[] {
  const places = new Map(event.publicKeys.map((key) => [key, priorIndexOf(crypto, before, key)]));
  const mark = (key: string): string =>
    places.get(key) === undefined ? ' NEW: not among the prior next keys' : '';
  const revealed = new Set(places.values());
  const hidden = before.nextDigests.flatMap((digest, index) =>
    revealed.has(index) ? [] : [{ digest, index }],
  );
  const indicesOf = (kept: boolean): readonly number[] =>
    hidden
      .filter(({ digest }) => event.nextDigests.includes(digest) === kept)
      .map(({ index }) => index);
  const [reserve, dropped] = [indicesOf(true), indicesOf(false)];
  return [
    `${event.nextDigests.length === 0 ? 'ABANDON' : 'rotate'} the identity ${event.aid} (event ${event.sn})`,
    ...supersedingLines(planned),
    ...approvalLines(planned.anchor),
    `  before: ${requirementWords(before.threshold, before.publicKeys.length, 'key')}`,
    ...before.publicKeys.map(
      (key, index) => `  old key ${index}: ${key}${own.holds(key) ? ' (yours)' : ''}`,
    ),
    `  after: ${requirementWords(event.threshold, event.publicKeys.length, 'key')}`,
    ...keyLines(event.publicKeys, own, mark),
    ...(reserve.length === 0
      ? NOTHING
      : [`  prior next key ${reserve.join(', ')} stays in reserve`]),
    ...(dropped.length === 0 ? NOTHING : [`  prior next key ${dropped.join(', ')} is DROPPED`]),
    ...nextLines(event, before, own),
    ...witnessLines(event),
    ...sealLines(event),
  ];
}

function interactionLines(
  event: Interaction,
  approved: readonly PlannedEvent[],
): readonly string[] {
  return [
    `anchor in ${event.aid} (event ${event.sn})`,
    ...approved.map(
      ({ event: { aid, sn, type } }) =>
        `  APPROVES ${type === 'dip' ? `the delegated identity ${aid}` : `the rotation ${sn} of the delegated identity ${aid}`}`,
    ),
    ...sealLines(event),
  ];
}

/** What one record of a batch would do, line by line. Names of people are shown escaped. */
export function describeRecord(
  { record, signerState }: PlannedRecord,
  own: OwnKeys,
): readonly string[] {
  const { body, issuer } = record;
  const mine = signerState?.publicKeys.some((key) => own.holds(key)) === true ? ' (yours)' : '';
  switch (body.type) {
    case 'device-link':
      return [
        `link the device ${quoted(body.device, LONGEST_LINE)}${mine} to ${issuer}`,
        `  as ${quoted(body.name, LONGEST_LINE)}`,
        `  with the capabilities: ${body.capabilities.length === 0 ? 'none' : body.capabilities.join(', ')}`,
      ];
    case 'device-revoke':
      return [
        `REVOKE the device ${quoted(body.device, LONGEST_LINE)} of ${issuer}`,
        `  reason: ${quoted(body.reason, LONGEST_LINE)}`,
      ];
    case 'statement':
      return [
        `state in the name of ${issuer}${mine}${body.controller === undefined ? '' : `, for ${quoted(body.controller, LONGEST_LINE)}`}`,
        ...body.subjects.map(
          ({ name, sha256 }) => `  ${quoted(name, LONGEST_LINE)} sha256:${sha256}`,
        ),
      ];
    case 'log-policy':
      return [
        `set the log ${body.admission}`,
        ...body.writers.map((writer) => `  writer ${quoted(writer, LONGEST_LINE)}`),
      ];
    case 'lift':
      return [
        `lift revocations and failed audits of ${issuer} that superseded events sealed: they count no longer`,
        ...body.records.map((said) => `  record ${quoted(said, LONGEST_LINE)}`),
        `  reason: ${quoted(body.reason, LONGEST_LINE)}`,
      ];
    case 'release':
    case 'revoke':
    case 'repository-policy':
      return describeSkillRecord(body, `${issuer}${mine}`);
    case 'audit':
    case 'vouch':
    case 'import':
    case 'exemption':
      return describeStatement(body, `${issuer}${mine}`);
    case 'run-record':
      return describeRunRecord(body, `${issuer}${mine}`);
  }
}

/**
 * What one event of a batch would do, line by line, for the person who is asked to sign it.
 * @param approved the delegated events of the batch that it approves
 */
export function describeEvent(
  crypto: Crypto,
  planned: PlannedEvent,
  own: OwnKeys,
  approved: readonly PlannedEvent[] = [],
): readonly string[] {
  const { event, before, anchor } = planned;
  switch (event.type) {
    case 'icp':
    case 'dip':
      return inceptionLines(event, anchor, own);
    case 'rot':
    case 'drt':
      if (before === undefined) throw new Error('a planned rotation has a state before it');
      return rotationLines(crypto, planned, event, before, own);
    case 'ixn':
      return interactionLines(event, approved);
  }
}
