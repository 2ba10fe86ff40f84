/**
 * The history of a log for people. Text of others is shown escaped; identifiers and commit ids in full, so that they
 * can be copied.
 * @module
 */
import { counted } from '../base/counted.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { KeyEvent } from '../keri/event.ts';
import { isAbandoned, type KeyState } from '../keri/state.ts';
import { requirementWords, thresholdWords } from '../log/batch-record.ts';
import type { RecordStanding } from '../log/record-standing.ts';
import type { BatchStory, EventStory, RecordStory, Signatories } from '../log/story.ts';
import type { OtherStory } from '../log/story-others.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { Revoke } from '../records/revoke.ts';
import type { ShownNames } from './shown-names.ts';
import { statementWords } from './statement-lines.ts';
import { claimedDate } from './story-report.ts';

function keyList(keys: Signatories['keys'], names: ShownNames): string {
  return keys
    .map(({ index, publicKey }) => {
      const own = names.ownKey(publicKey);
      return own === undefined ? `${index}` : `${index} (yours: ${own})`;
    })
    .join(', ');
}

/** Who signed, and who could have signed and did not. */
export function signatoryLines(
  { threshold, keys }: Signatories,
  names: ShownNames,
): readonly string[] {
  const required = /^\d+$/.test(threshold)
    ? `${threshold} of ${keys.length} needed`
    : `weights ${threshold}`;
  const absent = keys.filter(({ signed }) => !signed);
  return [
    `signed by key ${keyList(
      keys.filter(({ signed }) => signed),
      names,
    )} (${required})`,
    ...(absent.length === 0 ? [] : [`did not sign: key ${keyList(absent, names)}`]),
  ];
}

/** What an event does, in one line. */
export function eventWords(event: KeyEvent, names: ShownNames): string {
  const who = names.aid(event.aid);
  switch (event.type) {
    case 'icp':
      return `create ${who}: ${thresholdWords(event.threshold, event.publicKeys.length)}`;
    case 'dip':
      return `create ${who}: ${thresholdWords(event.threshold, event.publicKeys.length)}, delegated by ${names.aid(event.delegator)}`;
    case 'rot':
    case 'drt': {
      const verb = event.nextDigests.length === 0 ? 'ABANDON' : 'rotate';
      return `${verb} ${who}, event ${event.sn}: ${thresholdWords(event.threshold, event.publicKeys.length)}`;
    }
    case 'ixn':
      return `anchor ${counted(event.seals.length, 'seal')} in ${who}, event ${event.sn}`;
  }
}

function forWhom(controller: string | undefined, names: ShownNames): string {
  return controller === undefined ? '' : ` for ${names.aid(controller)}`;
}

function revokedWords({ target, subject }: Revoke, names: ShownNames): string {
  switch (target.kind) {
    case 'release':
      return `the release ${target.said} of ${quoted(subject.name)}`;
    case 'manifest':
      return `the files ${target.said} of ${quoted(subject.name)}`;
    case 'name':
      return `every release of ${quoted(target.name)} by ${names.aid(target.publisher)} so far`;
    case 'statement':
      return `the statement ${target.said} about ${quoted(subject.name)}`;
  }
}

/** What a record says, in one line. */
export function recordWords({ issuer, body }: UnsignedRecord, names: ShownNames): string {
  const who = names.aid(issuer);
  switch (body.type) {
    case 'device-link':
      return `link the device ${quoted(body.name)} ${names.aid(body.device)} to ${who} (${body.capabilities.join(', ') || 'no capabilities'})`;
    case 'device-revoke':
      return `revoke the device ${names.aid(body.device)} of ${who}${body.reason === '' ? '' : `: ${quoted(body.reason, LIMITS.reasonCharacters)}`}`;
    case 'statement': {
      const more = body.subjects.length > 1 ? ` and ${body.subjects.length - 1} more` : '';
      return `state ${quoted(body.subjects[0]?.name ?? '')}${more} by ${who}${forWhom(body.controller, names)}`;
    }
    case 'log-policy':
      return `set the log ${body.admission}${body.writers.length > 0 ? ` with ${counted(body.writers.length, 'writer')}` : ''}`;
    case 'lift':
      return `lift ${counted(body.records.length, 'record')} that superseded events of ${who} sealed: ${body.records.map((said) => quoted(said)).join(', ')}${body.reason === '' ? '' : `: ${quoted(body.reason, LIMITS.reasonCharacters)}`}`;
    case 'release':
      return `release ${quoted(body.manifest.name)} ${body.version} by ${who}${forWhom(body.controller, names)}: manifest ${body.manifest.said}`;
    case 'revoke':
      return `revoke ${revokedWords(body, names)} by ${who}${forWhom(body.controller, names)} (${body.reason})${body.note === '' ? '' : `: ${quoted(body.note, LIMITS.reasonCharacters)}`}`;
    case 'repository-policy':
      return `approve the repository policy sha256:${body.sha256} by ${who}${body.previous === undefined ? '' : ` in the place of sha256:${body.previous}`}`;
    case 'audit':
    case 'vouch':
    case 'import':
    case 'exemption':
      return `${statementWords(body, names)} by ${who}${forWhom(body.controller, names)}`;
    case 'run-record': {
      const [first, ...more] = body.runs;
      const what =
        more.length === 0 ? `the run ${first?.id ?? ''}` : counted(body.runs.length, 'run');
      const { period } = body;
      const but = period?.except.length ? `, all but ${counted(period.except.length, 'run')}` : '';
      const when = period === undefined ? '' : ` from ${period.from} until ${period.until}${but}`;
      return `seal ${what}${when} by ${who}${forWhom(body.controller, names)}`;
    }
  }
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** Whether a record counts, and why. */
export function standingLine({ counts, why }: RecordStanding): string {
  return `${counts ? 'counts' : 'does NOT count'}: ${why}`;
}

function recordLines(
  { record, signatories, standing }: RecordStory,
  names: ShownNames,
): readonly string[] {
  const signed =
    signatories === undefined
      ? []
      : [`of ${names.aid(signatories.aid)}: ${signatoryLines(signatories, names).join('; ')}`];
  return [
    recordWords(record, names),
    ...indented([`record ${record.said}`, ...signed, standingLine(standing)]),
  ];
}

/** What became of an event that was superseded. */
export function supersededLines({ superseded }: EventStory): readonly string[] {
  if (superseded === undefined) return [];
  const { sn, said, position } = superseded;
  return [`SUPERSEDED at position ${position} by event ${sn}, ${said}`];
}

/** Which witnesses receipted an event, and who else endorses it. */
export function witnessLines({ witnessed, endorsers }: EventStory): readonly string[] {
  return [
    ...(witnessed === undefined
      ? []
      : [
          `receipted by witness ${witnessed.indices.join(', ')} of ${witnessed.size} (${witnessed.threshold} needed)`,
        ]),
    ...(endorsers.length === 0 ? [] : [`endorsed by ${endorsers.join(', ')}`]),
  ];
}

/** What a batch adds beside events and their records, in one line. */
export function otherWords(other: OtherStory, names: ShownNames): string {
  switch (other.kind) {
    case 'proof': {
      const { keys, witnesses, endorsers } = other.signers;
      const by = [
        ...keys.map((index) => `key ${index}`),
        ...witnesses.map((index) => `witness ${index}`),
        ...endorsers.map((aid) => names.aid(aid)),
      ];
      return `prove event ${other.sn} of ${names.aid(other.aid)} by ${by.join(', ')}`;
    }
    case 'status':
      return `${other.type}, event ${other.sn} of ${other.credential === undefined ? 'the' : `the credential ${other.credential} in the`} registry ${other.registry}: ${other.said}`;
    case 'credential':
      return `keep the credential ${other.said}`;
    case 'evidence':
      return `prove that ${names.aid(other.aid)} signed two events for place ${other.sn}: ${other.rivals.join(', ')}`;
  }
}

/** An event with its signers, and the records that it seals with theirs. */
function eventLines(told: EventStory, names: ShownNames): readonly string[] {
  const { event, signatories, records } = told;
  return [
    eventWords(event, names),
    ...indented([
      `event ${event.said}`,
      ...supersededLines(told),
      ...signatoryLines(signatories, names),
      ...witnessLines(told),
      ...records.flatMap((record) => recordLines(record, names)),
    ]),
  ];
}

/** A batch: where it stands, who committed it, what it did, who signed. */
export function batchStoryLines(
  { batch, genesis, committerKey, events, others }: BatchStory,
  names: ShownNames,
): readonly string[] {
  const { position, mark, record } = batch;
  const { aid, keyIndex } = record.committer;
  const own = names.ownKey(committerKey);
  return [
    `batch ${position}  commit ${mark.commit}  claimed date ${claimedDate(mark.claimedSeconds)}`,
    ...indented([
      ...(genesis === undefined
        ? []
        : [`open the log ${genesis.logId}, admission ${genesis.admission}`]),
      ...events.flatMap((event) => eventLines(event, names)),
      ...others.map((other) => otherWords(other, names)),
      `committed by ${names.aid(aid)} with key ${keyIndex}${own === undefined ? '' : ` (yours: ${own})`}`,
    ]),
  ];
}

/** A key state: who has to sign, and which keys there are. */
export function stateLines(state: KeyState, names: ShownNames): readonly string[] {
  const next = state.nextDigests.length;
  const keys = state.publicKeys.map((key, index) => {
    const own = names.ownKey(key);
    return `key ${index}: ${key}${own === undefined ? '' : ` (yours: ${own})`}`;
  });
  return [
    requirementWords(state.threshold, state.publicKeys.length, 'key'),
    ...keys,
    isAbandoned(state)
      ? 'abandoned: nothing can follow'
      : next === 0
        ? 'no next keys: it never rotates'
        : `next rotation: ${requirementWords(state.nextThreshold, next, 'next key')}`,
  ];
}
