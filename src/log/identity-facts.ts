/**
 * What a log knows of an identifier beside its key state: who approved it, what was superseded and what became of that,
 * what evidence there is, and what it issued. For reports.
 * @module
 */
import type { Anchor } from '../keri/key-log.ts';
import type { RecordType } from '../records/record-type.ts';
import type { DisputedEvent } from './accepted-event.ts';
import type { Contents } from './contents.ts';
import { marksOf, type MarkStanding } from './marks.ts';
import type { DisputedRecord } from './record-fates.ts';
import type { CredentialStanding } from './registry-book.ts';

/** A record that a superseded event sealed, and what became of it. */
export interface DisputedRecordFact {
  readonly said: string;
  readonly type: RecordType;
  /** What takes trust away stays in force until it is lifted; every other record counts as absent. */
  readonly status: 'absent' | 'in force' | 'lifted';
  /** The record that lifts it. */
  readonly liftedBy: string | null;
}

/** A superseded event with the records that it sealed. */
export interface DisputedEventFact extends DisputedEvent {
  readonly records: readonly DisputedRecordFact[];
}

/** The approval of the last establishment event, and whether it still stands in the delegator's trunk. */
export interface ApprovalFact extends Anchor {
  readonly stands: boolean;
}

/** A registry and its credentials. `disputed`: it is anchored by events that were superseded. */
export interface RegistryFact {
  readonly registry: string;
  readonly status: 'set up' | 'disputed';
  readonly credentials: readonly CredentialStanding[];
}

export interface IdentityFacts {
  /** `null` for an identifier that is not delegated. */
  readonly approval: ApprovalFact | null;
  readonly superseded: readonly DisputedEventFact[];
  readonly marks: readonly MarkStanding[];
  readonly registries: readonly RegistryFact[];
}

/** The events of an identifier that were superseded, in the order in which that happened, and what they sealed. */
export function supersededEvents(contents: Contents, aid: string): readonly DisputedEventFact[] {
  const events = contents.kel(aid)?.disputed ?? [];
  if (events.length === 0) return [];
  const book = contents.records;
  const byEvent = new Map<string, DisputedRecord[]>();
  for (const record of book.disputedOf(aid)) {
    const key = `${record.sn} ${record.by}`;
    const others = byEvent.get(key);
    if (others === undefined) byEvent.set(key, [record]);
    else others.push(record);
  }
  return events.map((event) => {
    const sealed = byEvent.get(`${event.sn} ${event.by.said}`) ?? [];
    const records = sealed.map(({ said, type }): DisputedRecordFact => {
      const liftedBy = book.liftOf(said)?.said ?? null;
      const status = liftedBy === null ? (book.isAbsent(said) ? 'absent' : 'in force') : 'lifted';
      return { said, type, status, liftedBy };
    });
    return { ...event, records };
  });
}

function approvalOf(contents: Contents, aid: string): ApprovalFact | null {
  const kel = contents.kel(aid);
  const anchor = kel?.anchorAt(kel.state.lastEstablishment.sn);
  if (kel === undefined || anchor === undefined) return null;
  const { sn, said } = kel.state.lastEstablishment;
  // What its delegator's recovery took away may have been given anew.
  const now = contents.anchors.find(anchor.delegator, { aid, sn, said });
  return { ...(now ?? anchor), stands: now !== undefined };
}

/** What a log knows of an identifier as of its last batch. */
export function identityFacts(contents: Contents, aid: string): IdentityFacts {
  const { registries } = contents;
  return {
    approval: approvalOf(contents, aid),
    superseded: supersededEvents(contents, aid),
    marks: marksOf(contents, aid),
    registries: registries.registriesOf(aid).map((registry) => ({
      registry,
      status: registries.registry(registry) === undefined ? 'disputed' : 'set up',
      credentials: registries.credentialsOf(registry),
    })),
  };
}
