import type { Audit } from '../records/audit.ts';
import type { Exemption } from '../records/exemption.ts';
import type { Subject } from '../records/in-toto.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { SkillImport } from '../records/skill-import.ts';
import type { Vouch } from '../records/vouch.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import { PagedList } from './paged-list.ts';
import type { Remembered, Value } from './remembered.ts';

/** What stands in the log for every statement of this book. */
interface Entry {
  readonly said: string;
  readonly issuer: string;
  /** Sequence number of the issuer's event that seals it. */
  readonly sn: number;
  readonly position: number;
  /** In whose name it is: the issuer's own, unless the issuer is a device that names another one. */
  readonly controller: string;
  readonly subject: Subject;
}

/** An audit; its note, and what was found, its record's file has. */
export interface AuditEntry
  extends Entry, Omit<Audit, 'controller' | 'subject' | 'findings' | 'note'> {
  /** How many findings it has. */
  readonly findings: number;
}

/** A vouch without its note. */
export interface VouchEntry extends Entry, Omit<Vouch, 'controller' | 'subject' | 'note'> {}

/** An import without its note. */
export interface ImportEntry extends Entry, Omit<SkillImport, 'controller' | 'subject' | 'note'> {}

/** An exemption. */
export interface ExemptionEntry extends Entry, Omit<Exemption, 'controller' | 'subject'> {}

/** A statement by which somebody may trust a skill or an identifier, or may not. */
export type TrustEntry = AuditEntry | VouchEntry | ImportEntry | ExemptionEntry;

/** Whether a statement takes trust away: from the files that fail, or from whoever is distrusted. */
export function speaksAgainst(entry: TrustEntry): boolean {
  if (entry.type === 'audit') return entry.result === 'fail';
  return entry.type === 'vouch' && entry.level === 'distrust';
}

/** Why the statements of an identifier may not all count. */
type Doubt = 'superseded' | 'taken-back' | 'evidence';

/** All vouches of a log, and who is doubted. */
export interface VouchesAtOnce {
  readonly vouches: readonly VouchEntry[];
  readonly doubted: ReadonlySet<string>;
}

const DOUBTED_PER_PAGE = 256;

/** What such a statement says in its record. */
export type TrustBody = Audit | Vouch | SkillImport | Exemption;

/** A statement about files. */
export type SkillEntry = Exclude<TrustEntry, VouchEntry>;

/** Newest first, each read when it is asked for. */
function* back<T>(list: Pick<readonly T[], 'length' | 'at'>): Generator<T> {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list.at(at);
    if (item !== undefined) yield item;
  }
}

function entryOf(
  { said, issuer, sn }: UnsignedRecord,
  body: TrustBody,
  position: number,
): TrustEntry {
  const { controller = issuer } = body;
  const place = { said, issuer, sn, position, controller };
  switch (body.type) {
    case 'audit': {
      const { note: _note, findings, ...rest } = body;
      return { ...rest, ...place, findings: findings.length };
    }
    case 'vouch':
    case 'import': {
      const { note: _note, ...rest } = body;
      return { ...rest, ...place };
    }
    case 'exemption':
      return { ...body, ...place };
  }
}

/**
 * The audits, vouches, imports and exemptions of a log. Grows only; a `RecordBook` owns it. Everything is listed under
 * whose it is: a device's under the controller that it names, if that ever linked it. So a lookup of what somebody said is
 * as long as that one made it, whatever strangers say of the same skill.
 */
export class TrustBook {
  readonly #remembered: Remembered;
  #entries: OwnedValues<TrustEntry>;
  /** SAIDs by whose they are, their type and their manifest, and of vouches the identifier that they are about. */
  #about: OwnedLists<string>;
  /** All vouches by whose they are, in full: whoever follows trust from one to the next reads many. */
  #vouches: OwnedLists<VouchEntry>;
  /** SAIDs of everything by whose it is. */
  #by: OwnedLists<string>;
  /** All vouches of everybody, in the order of the log: where they are few, they are read at once. */
  #everyVouch: PagedList<VouchEntry>;
  /** Identifiers that are doubted, each once, in the order of the log. */
  #doubted: PagedList<string>;
  /** Of each identifier, what may have taken back something that it said, or cast doubt on it. */
  #doubts: OwnedLists<Doubt>;
  /** Of each manifest and each identifier, who said something about it, each once. As long as strangers like. */
  #speakers: OwnedLists<string>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#entries = new OwnedValues(remembered, 'trust');
    this.#about = new OwnedLists(remembered, 'trust-about');
    this.#vouches = new OwnedLists(remembered, 'vouches');
    this.#doubts = new OwnedLists(remembered, 'doubts');
    const lengthOf = (name: string): number => remembered.get<number>(name) ?? 0;
    this.#everyVouch = new PagedList(remembered, 'every-vouch', lengthOf('every-vouch'));
    this.#doubted = new PagedList(remembered, 'doubted', lengthOf('doubted'), DOUBTED_PER_PAGE);
    this.#by = new OwnedLists(remembered, 'trust-by');
    this.#speakers = new OwnedLists(remembered, 'trust-speakers');
  }

  /** A statement by its SAID. */
  entry(said: string): TrustEntry | undefined {
    return this.#entries.get(said);
  }

  *#read(saids: Iterable<string>): Generator<TrustEntry> {
    for (const said of saids) {
      const entry = this.#entries.get(said);
      if (entry !== undefined) yield entry;
    }
  }

  *#aboutBy<T extends TrustEntry['type']>(
    owner: string,
    type: T,
    what: string,
  ): Generator<TrustEntry & { readonly type: T }> {
    for (const entry of this.#read(back(this.#about.of(`${owner} ${type} ${what}`))))
      if (isOf(entry, type)) yield entry;
  }

  /** Somebody's audits of the files of a manifest, full ones and those of what changed up to it; newest first. */
  auditsBy(owner: string, manifest: string): Generator<AuditEntry> {
    return this.#aboutBy(owner, 'audit', manifest);
  }

  /** Somebody's imports of the files of a manifest, newest first. */
  importsBy(owner: string, manifest: string): Generator<ImportEntry> {
    return this.#aboutBy(owner, 'import', manifest);
  }

  /** Somebody's exemptions of the files of a manifest, newest first. */
  exemptionsBy(owner: string, manifest: string): Generator<ExemptionEntry> {
    return this.#aboutBy(owner, 'exemption', manifest);
  }

  /** What somebody says of an identifier, newest first. */
  vouchesAbout(owner: string, aid: string): Generator<VouchEntry> {
    return this.#aboutBy(owner, 'vouch', aid);
  }

  /** Everything that somebody says about a manifest or an identifier, one type after the other, newest first. */
  *saidBy(owner: string, what: string): Generator<TrustEntry> {
    for (const type of TYPES) yield* this.#aboutBy(owner, type, what);
  }

  /** All vouches of somebody, newest first. */
  *vouchesBy(owner: string): Generator<VouchEntry> {
    yield* back(this.#vouches.of(owner));
  }

  /**
   * The vouches of everybody and who is doubted, where there are at most so many of each; `undefined` where there are more,
   * which are better looked up by whose they are.
   */
  atOnce(most: number): VouchesAtOnce | undefined {
    if (this.#everyVouch.length > most || this.#doubted.length > most) return undefined;
    return { vouches: this.#everyVouch.from(0), doubted: new Set(this.#doubted.from(0)) };
  }

  /**
   * Whether a recovery took back what an identifier sealed, something was taken back in its name, or evidence marks it.
   * Where none of that is, everything that it states for itself counts.
   */
  isDoubted(aid: string): boolean {
    return this.#doubts.of(aid).length > 0;
  }

  /** Takes down that there is a reason to look at how each statement of an identifier stands. */
  doubt(aid: string, doubt: Doubt): void {
    if (!this.isDoubted(aid)) this.#doubted.push(aid);
    this.#doubts.push(aid, doubt);
  }

  /** Everything that somebody stated, newest first. */
  *statementsBy(owner: string): Generator<TrustEntry> {
    yield* this.#read(back(this.#by.of(owner)));
  }

  /**
   * Who said something about a manifest or an identifier, the first one first: for lists that people read. Strangers make
   * it longer, so that no verdict looks through it.
   */
  *speakersOn(what: string): Generator<string> {
    const speakers = this.#speakers.of(what);
    for (let at = 0; at < speakers.length; at++) {
      const speaker = speakers.at(at);
      if (speaker !== undefined) yield speaker;
    }
  }

  /** Takes over a statement that was checked in full. @param owner under whom it is listed */
  add(
    record: UnsignedRecord,
    body: TrustBody,
    { position, owner }: { readonly position: number; readonly owner: string },
  ): void {
    const { said } = record;
    const what = body.type === 'vouch' ? body.aid : body.manifest;
    const entry = entryOf(record, body, position);
    this.#entries.set(said, entry);
    if (!this.#hasSpoken(owner, what)) this.#speakers.push(what, owner);
    this.#about.push(`${owner} ${body.type} ${what}`, said);
    if (entry.type === 'vouch') {
      this.#vouches.push(owner, entry);
      this.#everyVouch.push(entry);
    }
    this.#by.push(owner, said);
  }

  #hasSpoken(owner: string, what: string): boolean {
    return TYPES.some((type) => this.#about.of(`${owner} ${type} ${what}`).length > 0);
  }

  copy(): TrustBook {
    const copy = new TrustBook(this.#remembered);
    copy.#entries = this.#entries.copy();
    copy.#about = this.#about.copy();
    copy.#vouches = this.#vouches.copy();
    copy.#doubts = this.#doubts.copy();
    copy.#everyVouch = this.#everyVouch.copy();
    copy.#doubted = this.#doubted.copy();
    copy.#by = this.#by.copy();
    copy.#speakers = this.#speakers.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#entries.changes();
    yield* this.#about.changes();
    yield* this.#vouches.changes();
    yield* this.#doubts.changes();
    yield ['every-vouch', this.#everyVouch.length];
    yield* this.#everyVouch.changes();
    yield ['doubted', this.#doubted.length];
    yield* this.#doubted.changes();
    yield* this.#by.changes();
    yield* this.#speakers.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#entries.settle();
    this.#about.settle();
    this.#vouches.settle();
    this.#doubts.settle();
    this.#everyVouch.settle();
    this.#doubted.settle();
    this.#by.settle();
    this.#speakers.settle();
  }
}

const TYPES = ['audit', 'vouch', 'import', 'exemption'] as const;

function isOf<T extends TrustEntry['type']>(
  entry: TrustEntry,
  type: T,
): entry is TrustEntry & { readonly type: T } {
  return entry.type === type;
}
