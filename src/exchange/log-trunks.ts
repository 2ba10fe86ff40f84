/**
 * The key event logs of a log, with what an import found beside them and has not committed yet.
 * @module
 */
import type { Acceptance } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Anchor, EventName, KeyLog } from '../keri/key-log.ts';
import { statedSize } from '../keri/message.ts';
import type { KeyState } from '../keri/state.ts';
import { Drafts } from '../log/drafts.ts';
import type { Kel } from '../log/kel.ts';
import type { Log } from '../log/log.ts';
import { namesOf } from '../log/proofs.ts';
import type { RegistryBook } from '../log/registry-book.ts';
import type { GrowingLog } from '../stream/growing-log.ts';
import { type KeptEvent, KeptEvents } from '../stream/kept-events.ts';
import type { Trunks } from '../stream/trunks.ts';
import type { AcceptedTelEvent } from '../tel/registries.ts';
import type { RegistryLog } from '../tel/state.ts';

interface SupersededEvent {
  readonly sn: number;
  readonly said: string;
}

/** One identifier's log: as it is in the log, and new events on top. */
class GrownLog implements GrowingLog {
  readonly #aid: string;
  readonly #drafts: Drafts;
  readonly #kel: Kel | undefined;
  /** What new events superseded. */
  readonly #own: SupersededEvent[] = [];
  /** Made when it is asked for, since what a KEL superseded may be much. */
  #supersededSaids: Set<string> | undefined;

  constructor(aid: string, drafts: Drafts, kel: Kel | undefined) {
    this.#aid = aid;
    this.#drafts = drafts;
    this.#kel = kel;
  }

  get #log(): KeyLog {
    const log = this.#drafts.log(this.#aid);
    if (log === undefined) throw new Error(`nothing was accepted of ${this.#aid}`);
    return log;
  }

  get state(): KeyState {
    return this.#log.state;
  }

  get lastOrdinal(): number {
    const added = this.#drafts.kels.get(this.#aid)?.added.length ?? 0;
    return (this.#kel?.accepted ?? 0) + added - 1;
  }

  get superseded(): readonly SupersededEvent[] {
    return [...(this.#kel?.disputed ?? []), ...this.#own];
  }

  isSuperseded(said: string): boolean {
    this.#supersededSaids ??= new Set(this.superseded.map((event) => event.said));
    return this.#supersededSaids.has(said);
  }

  saidAt(sn: number): string | undefined {
    return this.#log.saidAt(sn);
  }

  stateAt(sn: number): KeyState | undefined {
    return this.#log.stateAt(sn);
  }

  anchorAt(sn: number): Anchor | undefined {
    return this.#log.anchorAt(sn);
  }

  /** The places that a log holds beside what they approve or anchor: the earliest, and the earliest that is the only seal. */
  anchorsOf(event: EventName): readonly Anchor[] {
    const first = this.#drafts.anchor(this.#aid, event);
    const sole = this.#drafts.soleAnchor(this.#aid, event);
    const later = sole === undefined || sole.said === first?.said ? [] : [sole];
    return first === undefined ? later : [first, ...later];
  }

  add(event: KeyEvent, { state, anchor, progress, supersedes }: Acceptance): void {
    for (let sn = supersedes?.from ?? 1; sn <= (supersedes?.to ?? 0); sn++) {
      const said = this.saidAt(sn);
      if (said !== undefined) this.#own.push({ sn, said });
    }
    if (supersedes !== undefined) this.#supersededSaids = undefined;
    const { indices, witnessIndices } = progress;
    this.#drafts.add({ event, state, anchor, signers: { indices, witnessIndices } });
  }
}

/** What an import goes on from, and grows: trunks and registries of a log as it was when they were last reset. */
export class LogTrunks implements Trunks {
  readonly #log: Log;
  #drafts: Drafts;
  #registries: RegistryBook;
  readonly #logs = new Map<string, GrownLog>();
  #kept = new KeptEvents();
  /** Who is known to have signed events of the log beside those of whom the log knows, by SAID. */
  readonly #noted = new Map<string, Set<string>>();

  constructor(log: Log) {
    this.#log = log;
    this.#drafts = new Drafts(log.contents);
    this.#registries = this.#copiedRegistries();
  }

  /** Goes on from what the log holds now, and forgets what was not committed. */
  reset(): void {
    this.#drafts = new Drafts(this.#log.contents);
    this.#registries = this.#copiedRegistries();
    this.#logs.clear();
    this.#kept = new KeptEvents();
    this.#noted.clear();
  }

  #copiedRegistries(): RegistryBook {
    const drafts = this.#drafts;
    return this.#log.contents.registries.copy((aid, sn) => drafts.log(aid)?.saidAt(sn));
  }

  get logs(): readonly GrowingLog[] {
    return [...this.#drafts.kels.keys()].flatMap((aid) => this.log(aid) ?? []);
  }

  log(aid: string): GrowingLog | undefined {
    return this.#drafts.log(aid) === undefined ? undefined : this.#grown(aid);
  }

  #grown(aid: string): GrownLog {
    const grown =
      this.#logs.get(aid) ?? new GrownLog(aid, this.#drafts, this.#log.contents.kel(aid));
    this.#logs.set(aid, grown);
    return grown;
  }

  add(event: KeyEvent, acceptance: Acceptance): void {
    this.#grown(event.aid).add(event, acceptance);
    this.#kept.add(event, acceptance.progress);
  }

  kept(event: EventName): KeptEvent | undefined {
    return this.#kept.get(event.said) ?? this.#ofLog(event);
  }

  #ofLog({ aid, sn, said }: EventName): KeptEvent | undefined {
    const kel = this.#log.contents.kel(aid);
    const first = kel?.saidAt(sn) === said ? kel.signersAt(sn) : undefined;
    const file = first === undefined ? undefined : this.#log.readEvent(aid, sn);
    if (first === undefined || file === undefined) return undefined;
    const known = new Set([...namesOf(first), ...(this.#noted.get(said) ?? [])]);
    return { bytes: file.subarray(0, statedSize(file)), known };
  }

  note({ said }: EventName, names: readonly string[]): void {
    if (this.#kept.get(said) === undefined)
      this.#noted.set(said, new Set([...(this.#noted.get(said) ?? []), ...names]));
    else this.#kept.note(said, names);
  }

  registry(said: string): RegistryLog | undefined {
    return this.#registries.registry(said);
  }

  /** Takes over an event of a registry that was accepted. */
  addStatus({ event, issuer, anchor: { sn, said }, backing }: AcceptedTelEvent): void {
    const ordinal = this.#registries.files(event.registry);
    const anchor = { sn, said };
    this.#registries.add({ event, issuer, anchor, backing, ordinal }, this.#log.contents.batches);
  }

  /** Whether the body of a credential may be added: it is issued, and not there yet. */
  wantsBody(credential: string): boolean {
    return (
      this.#registries.isIssued(credential) &&
      this.#registries.bodyPosition(credential) === undefined
    );
  }

  hasBody(credential: string): boolean {
    return this.#registries.bodyPosition(credential) !== undefined;
  }

  addBody(credential: string): void {
    this.#registries.addBody(credential, this.#log.contents.batches);
  }
}
