import type { UnsignedRecord } from '../records/record.ts';
import { STATEMENT_CAPABILITIES } from './capabilities.ts';
import type { LinkBook } from './link-book.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import { PagedList } from './paged-list.ts';
import type { DisputedRecord } from './record-fates.ts';
import type { Remembered, Value } from './remembered.ts';

import {
  type AuditEntry,
  entryOf,
  type ExemptionEntry,
  type ImportEntry,
  type TrustBody,
  type TrustEntry,
  type VouchEntry,
} from './trust-entry.ts';
import { type Voice, VoicedLists } from './voiced-lists.ts';

/** Why the statements of an identifier may not all count. */
type Doubt = 'superseded' | 'taken-back' | 'evidence';

/** All vouches of a log, and who is doubted. */
export interface VouchesAtOnce {
  readonly vouches: readonly VouchEntry[];
  readonly doubted: ReadonlySet<string>;
}

const DOUBTED_PER_PAGE = 256;

/** Newest first, each read when it is asked for. */
function* back<T>(list: Pick<readonly T[], 'length' | 'at'>): Generator<T> {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list.at(at);
    if (item !== undefined) yield item;
  }
}

/** Somebody's statements of a type about one thing. */
function aboutKey(owner: string, type: TrustEntry['type'], what: string): string {
  return `${owner} ${type} ${what}`;
}

function subjectOf(entry: Pick<TrustEntry, 'type'> & { aid?: string; manifest?: string }): string {
  return (entry.type === 'vouch' ? entry.aid : entry.manifest) ?? '';
}

/**
 * The audits, vouches, imports and exemptions of a log. Grows only; a `RecordBook` owns it. Everything is listed under
 * whose it is: a device's under the controller that it names, if that ever linked it. So a lookup of what somebody said is
 * as long as that one made it: neither strangers make it longer, nor devices by what they seal while they may not.
 */
export class TrustBook {
  readonly #remembered: Remembered;
  readonly #links: Pick<LinkBook, 'spansOf'>;
  #entries: OwnedValues<TrustEntry>;
  /** SAIDs by whose they are, their type and their manifest, and of vouches the identifier that they are about. */
  #about: VoicedLists<string>;
  /** All vouches by whose they are, in full: whoever follows trust from one to the next reads many. */
  #vouches: VoicedLists<VouchEntry>;
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

  /** @param links say when devices may speak for their controllers */
  constructor(remembered: Remembered, links: Pick<LinkBook, 'spansOf'>) {
    this.#remembered = remembered;
    this.#links = links;
    this.#entries = new OwnedValues(remembered, 'trust');
    this.#about = new VoicedLists(remembered, 'trust-about', this.#positionOf);
    this.#vouches = new VoicedLists(remembered, 'vouches', ({ position }) => position);
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

  readonly #positionOf = (said: string): number => this.#entries.get(said)?.position ?? 0;

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
    const saids = this.#about.back(aboutKey(owner, type, what), (device) =>
      this.#links.spansOf(owner, device, STATEMENT_CAPABILITIES[type]),
    );
    for (const entry of this.#read(saids)) if (isOf(entry, type)) yield entry;
  }

  /**
   * Somebody's audits of the files of a manifest, full ones and those of what changed up to it; newest first. Without those
   * that devices sealed while they may not, or that a recovery took back for good.
   */
  auditsBy(owner: string, manifest: string): Generator<AuditEntry> {
    return this.#aboutBy(owner, 'audit', manifest);
  }

  /** Somebody's imports of the files of a manifest in the same way. */
  importsBy(owner: string, manifest: string): Generator<ImportEntry> {
    return this.#aboutBy(owner, 'import', manifest);
  }

  /** Somebody's exemptions of the files of a manifest in the same way. */
  exemptionsBy(owner: string, manifest: string): Generator<ExemptionEntry> {
    return this.#aboutBy(owner, 'exemption', manifest);
  }

  /** What somebody says of an identifier in the same way. */
  vouchesAbout(owner: string, aid: string): Generator<VouchEntry> {
    return this.#aboutBy(owner, 'vouch', aid);
  }

  /**
   * Everything that is said in somebody's name about a manifest or an identifier, whether it counts or not, one type after
   * the other, newest first: for lists that people read.
   */
  *saidBy(owner: string, what: string): Generator<TrustEntry> {
    for (const type of TYPES)
      yield* this.#read(this.#about.all(aboutKey(owner, type, what)).toReversed());
  }

  /** All vouches of somebody, newest first, in the same way as audits. */
  vouchesBy(owner: string): Generator<VouchEntry> {
    return this.#vouches.back(owner, (device) =>
      this.#links.spansOf(owner, device, STATEMENT_CAPABILITIES.vouch),
    );
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
    const { said, issuer } = record;
    const what = subjectOf(body);
    const entry = entryOf(record, body, position);
    const voice: Voice = { owner, issuer, controller: entry.controller };
    this.#entries.set(said, entry);
    if (!this.#hasSpoken(owner, what)) this.#speakers.push(what, owner);
    this.#about.push(aboutKey(owner, body.type, what), voice, said);
    if (entry.type === 'vouch') {
      this.#vouches.push(owner, voice, entry);
      this.#everyVouch.push(entry);
    }
    this.#by.push(owner, said);
  }

  #hasSpoken(owner: string, what: string): boolean {
    return TYPES.some((type) => this.#about.some(aboutKey(owner, type, what)) !== undefined);
  }

  /**
   * Sets apart what a recovery took back: it never counts again, but for what stays in force.
   * @param superseded records of one issuer, in the order of the log
   * @param ownerOf under whom is listed what names a controller
   */
  supersede(superseded: readonly DisputedRecord[], ownerOf: (controller: string) => string): void {
    const gone = new Set(superseded.flatMap(({ said, stays }) => (stays ? [] : [said])));
    const places = new Map<string, readonly [TrustEntry, Voice]>();
    for (const said of gone) {
      const entry = this.#entries.get(said);
      if (entry === undefined) continue;
      const { issuer, controller } = entry;
      const voice = { issuer, controller, owner: ownerOf(controller) };
      const key = aboutKey(voice.owner, entry.type, subjectOf(entry));
      if (!places.has(key)) places.set(key, [entry, voice]);
    }
    for (const [key, [{ type, position }, voice]] of places) {
      this.#about.silence(key, voice, position, (said) => gone.has(said));
      if (type !== 'vouch') continue;
      this.#vouches.silence(voice.owner, voice, position, ({ said }) => gone.has(said));
    }
  }

  /** @param links the copy's */
  copy(links: Pick<LinkBook, 'spansOf'>): TrustBook {
    const copy = new TrustBook(this.#remembered, links);
    copy.#entries = this.#entries.copy();
    copy.#about = this.#about.copy(copy.#positionOf);
    copy.#vouches = this.#vouches.copy(({ position }) => position);
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
