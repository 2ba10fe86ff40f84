import { fromUtf8, utf8 } from '../base/bytes.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { Genesis } from './genesis.ts';
import { Anchors, sealsEvents } from './anchors.ts';
import type { AcceptedEvent, FiledEvent } from './accepted-event.ts';
import { Kel } from './kel.ts';
import type { KelDraft } from './kel-draft.ts';
import { type Mark, Marks } from './marks.ts';
import { PagedList } from './paged-list.ts';
import { Proofs } from './proofs.ts';
import { RecordBook } from './record-book.ts';
import { type AcceptedStatus, RegistryBook } from './registry-book.ts';
import { Remembered, type Value } from './remembered.ts';

/** That somebody has signed an event who was not known to: by the event's SAID, and the signer's name. */
export interface AddedProof {
  readonly said: string;
  readonly signer: string;
}

/** A file of a batch that holds proof of an event which came before: whose it is, and how many signatures are in it. */
export interface AddedProofFile {
  readonly aid: string;
  readonly sn: number;
  readonly signatures: number;
}

/** What a batch would change: the KELs that it extends, and the genesis when it is the first. */
export interface Draft {
  readonly genesis: Genesis | undefined;
  readonly kels: ReadonlyMap<string, KelDraft>;
  /** In the order in which they were folded. */
  readonly events: readonly KeyEvent[];
  readonly records: readonly UnsignedRecord[];
  readonly proofs: readonly AddedProof[];
  readonly proofFiles: readonly AddedProofFile[];
  /** Credential status events. */
  readonly statuses: readonly AcceptedStatus[];
  /** SAIDs of credentials whose bodies the batch adds. */
  readonly credentials: readonly string[];
  /** What evidence of duplicity the batch adds. */
  readonly evidence: readonly Mark[];
}

/** A batch of the log: its commit, the digest of the payload that its committer signed, and the date it claims. */
export interface BatchMark {
  readonly commit: string;
  readonly payloadDigest: string;
  /** Seconds since 1970, as the committer set them: a claim, never a fact. */
  readonly claimedSeconds: number;
}

/** What is remembered of a log beside what is asked for by name. */
interface ContentsHead {
  readonly genesis: Omit<Genesis, 'bytes'> & { readonly text: string };
  readonly batches: number;
  readonly aids: number;
}

const AIDS_PER_PAGE = 256;

/** What a log holds up to a position: the state that a batch is folded on. */
export class Contents {
  genesis: Genesis | undefined;
  #kels = new Map<string, Kel>();
  /** AIDs whose KEL belongs to the contents that these are a copy of. */
  #shared = new Set<string>();
  #batches: PagedList<BatchMark>;
  #aids: PagedList<string>;
  readonly #touched = new Set<string>();
  #records: RecordBook;
  #anchors: Anchors;
  #proofs: Proofs;
  #registries: RegistryBook;
  #marks: Marks;
  /** What all of this goes on from. */
  readonly remembered: Remembered;

  constructor(remembered = new Remembered()) {
    this.remembered = remembered;
    const head = remembered.get<ContentsHead>('contents');
    if (head !== undefined) {
      const { text, ...genesis } = head.genesis;
      this.genesis = { ...genesis, bytes: utf8(text) };
    }
    this.#batches = new PagedList(remembered, 'batches', head?.batches ?? 0);
    this.#aids = new PagedList(remembered, 'aids', head?.aids ?? 0, AIDS_PER_PAGE);
    this.#records = new RecordBook(remembered);
    this.#anchors = new Anchors(remembered, (aid) => this.kel(aid));
    this.#proofs = new Proofs(remembered);
    this.#registries = new RegistryBook(remembered, (aid, sn) => this.kel(aid)?.saidAt(sn));
    this.#marks = new Marks(remembered);
  }

  /** The records of the log, and what is in force by them. */
  get records(): RecordBook {
    return this.#records;
  }

  /** What the events of the log seal by `{i,s,d}`. */
  get anchors(): Anchors {
    return this.#anchors;
  }

  /** Who proved events beside those that signed in the file which brought them. */
  get proofs(): Proofs {
    return this.#proofs;
  }

  /** The registries of credentials, and what is issued and revoked in them. */
  get registries(): RegistryBook {
    return this.#registries;
  }

  /** Which identifiers are proved to have signed two events for one place. */
  get marks(): Marks {
    return this.#marks;
  }

  /** How many batches were folded: the number of the next one. */
  get batches(): number {
    return this.#batches.length;
  }

  /** How many batches are remembered. */
  get rememberedBatches(): number {
    return this.#batches.settled;
  }

  /** Where batch `position` is and what its committer signed. */
  batchAt(position: number): BatchMark | undefined {
    return this.#batches.at(position);
  }

  /** The last batch, `undefined` while the log is unborn. */
  get lastBatch(): BatchMark | undefined {
    return this.#batches.at(this.#batches.length - 1);
  }

  kel(aid: string): Kel | undefined {
    const known = this.#kels.get(aid) ?? Kel.recall(this.remembered, aid);
    if (known !== undefined) this.#kels.set(aid, known);
    return known;
  }

  /** In the order in which they entered the log. */
  get aids(): readonly string[] {
    return this.#aids.from(0);
  }

  /** The AIDs with events that are not remembered yet. */
  get touched(): readonly string[] {
    return [...this.#touched];
  }

  /** A copy to fold further batches on: nothing that is applied to it changes these contents. They must not change either. */
  copy(): Contents {
    const copy = new Contents(this.remembered);
    copy.genesis = this.genesis;
    copy.#kels = new Map(this.#kels);
    copy.#shared = new Set(this.#kels.keys());
    copy.#batches = this.#batches.copy();
    copy.#aids = this.#aids.copy();
    copy.#records = this.#records.copy();
    copy.#anchors = this.#anchors.copy(this.remembered, (aid) => copy.kel(aid));
    copy.#proofs = this.#proofs.copy();
    copy.#marks = this.#marks.copy();
    copy.#registries = this.#registries.copy((aid, sn) => copy.kel(aid)?.saidAt(sn));
    return copy;
  }

  /** The KEL of an AID, to be grown here. */
  #ownKel(aid: string): Kel | undefined {
    const kel = this.kel(aid);
    if (kel === undefined || !this.#shared.delete(aid)) return kel;
    const copy = kel.copy();
    this.#kels.set(aid, copy);
    return copy;
  }

  /** Takes over a batch that was checked in full. */
  apply(draft: Draft, mark: BatchMark): void {
    this.genesis ??= draft.genesis;
    const position = this.batches;
    for (const [aid, kel] of draft.kels) {
      for (const accepted of kel.added) this.#applyEvent(accepted, position);
      const own = this.#ownKel(aid);
      if (own !== undefined) own.files = kel.files;
      this.#touched.add(aid);
    }
    for (const record of draft.records) this.#records.add(record, position);
    for (const { said, signer } of draft.proofs) this.#proofs.add(said, signer, position);
    for (const status of draft.statuses) this.#registries.add(status, position);
    for (const said of draft.credentials) this.#registries.addBody(said, position);
    for (const proven of draft.evidence) {
      this.#marks.add(proven, position);
      this.#records.trust.doubt(proven.aid, 'evidence');
    }
    this.#batches.push(mark);
  }

  #applyEvent(accepted: FiledEvent, position: number): void {
    const { aid, sn, said } = accepted.event;
    const kel = this.#kelOrNew(aid, accepted);
    if (sn < kel.length) this.#records.supersede(aid, sn, said, position);
    kel.append(accepted, position);
    if (sealsEvents(accepted.event)) this.#anchors.note(accepted.event);
  }

  #kelOrNew(aid: string, { state }: AcceptedEvent): Kel {
    const known = this.#ownKel(aid);
    if (known !== undefined) return known;
    const kel = new Kel(this.remembered, state);
    this.#kels.set(aid, kel);
    this.#aids.push(aid);
    return kel;
  }

  /** What has to be remembered of a log that has a batch. */
  *changes(): Generator<Value> {
    const { genesis } = this;
    if (genesis === undefined) return;
    const { bytes, ...fields } = genesis;
    const head: ContentsHead = {
      genesis: { ...fields, text: fromUtf8(bytes) ?? '' },
      batches: this.#batches.length,
      aids: this.#aids.length,
    };
    yield ['contents', head];
    yield* this.#batches.changes();
    yield* this.#aids.changes();
    for (const aid of this.#touched) yield* this.#kels.get(aid)?.changes() ?? [];
    yield* this.#records.changes();
    yield* this.#anchors.changes();
    yield* this.#proofs.changes();
    yield* this.#registries.changes();
    yield* this.#marks.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#batches.settle();
    this.#aids.settle();
    for (const aid of this.#touched) this.#kels.get(aid)?.settle();
    this.#touched.clear();
    this.#records.settle();
    this.#anchors.settle();
    this.#proofs.settle();
    this.#registries.settle();
    this.#marks.settle();
  }
}
