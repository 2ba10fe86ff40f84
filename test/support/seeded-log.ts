import { Volume } from 'memfs';
import {
  collect,
  commitBatch,
  createLog,
  type FileSystem,
  type Host,
  loadCollected,
  type Log,
  memoryHost,
  nativeCrypto,
  nextDigest,
  openLog,
  type Operation,
  parseThresholdText,
  seedSigner,
  signBatch,
  type Signer,
  stageBatch,
  type StagedBatch,
  stagingGround,
} from '../../src/index.ts';
import { finishCommit, planCommit } from '../../src/log/append.ts';
import { possibleCommitters } from '../../src/log/committer.ts';
import { fold } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';

const KEYS = 32;
const SIGNERS: readonly Signer[] = Array.from({ length: KEYS }, (_, place) =>
  seedSigner(nativeCrypto, seedAt(place)),
);

/** The seed at a place of the list of keys: 32 equal bytes, `01` at place 0. */
export function seedAt(place: number): Uint8Array {
  return new Uint8Array(32).fill(place + 1);
}

/** The public key at a place of the list of keys. */
export function keyAt(place: number): string {
  const signer = SIGNERS[place];
  if (signer === undefined) throw new Error(`there are ${KEYS} keys`);
  return signer.publicKey;
}

/** Who holds the key at a place. */
export function signerAt(place: number): Signer {
  const signer = SIGNERS[place];
  if (signer === undefined) throw new Error(`there are ${KEYS} keys`);
  return signer;
}

export function keysAt(...places: readonly number[]): readonly string[] {
  return places.map(keyAt);
}

/** The digests by which events commit to those keys as next keys. */
function digestsAt(...places: readonly number[]): readonly string[] {
  return places.map((place) => nextDigest(nativeCrypto, keyAt(place)));
}

/** An inception; the next threshold is the threshold, unless told. */
export function inception(
  keys: readonly number[],
  next: readonly number[],
  threshold: string,
  nextThreshold = threshold,
): Operation {
  return {
    kind: 'create',
    publicKeys: keysAt(...keys),
    threshold: parseThresholdText(threshold),
    nextDigests: digestsAt(...next),
    nextThreshold: parseThresholdText(nextThreshold),
  };
}

export function rotation(
  aid: string,
  keys: readonly number[],
  next: readonly number[],
  threshold: string,
  nextThreshold = threshold,
): Operation {
  return {
    kind: 'rotate',
    aid,
    publicKeys: keysAt(...keys),
    threshold: parseThresholdText(threshold),
    nextDigests: digestsAt(...next),
    nextThreshold: parseThresholdText(nextThreshold),
  };
}

export interface SeededLogOptions {
  /** Whole seconds since 1970 of the first batch. */
  readonly seconds?: number;
  /** Where it is; in memory unless told. */
  readonly host?: Host;
  readonly dir?: string;
  readonly nonce?: Uint8Array;
}

/** A log that is written with keys from seeds, the same bytes in every run. */
export class SeededLog {
  readonly log: Log;
  readonly #clock: { seconds: number };
  readonly #nonce: Uint8Array;

  constructor({
    seconds = 1_800_000_000,
    host,
    dir = '/log',
    nonce = new Uint8Array(16),
  }: SeededLogOptions = {}) {
    const clock = { seconds };
    const volume = new Volume();
    const base =
      host ??
      memoryHost(
        volume as unknown as FileSystem,
        nativeCrypto,
        (length) => new Uint8Array(length),
        () => clock.seconds,
      );
    const own: Host = { ...base, now: () => clock.seconds };
    createLog(own, dir, { admission: 'open' });
    this.log = openLog(own, dir);
    this.#clock = clock;
    this.#nonce = nonce;
  }

  /** Sets the clock by which commits are dated. */
  setClock(seconds: number): void {
    this.#clock.seconds = seconds;
  }

  get seconds(): number {
    return this.#clock.seconds;
  }

  /** The AIDs of the log in the order in which they entered it. */
  aid(place: number): string {
    const aid = this.log.contents.aids[place];
    if (aid === undefined) throw new Error(`the log has ${this.log.contents.aids.length} AIDs`);
    return aid;
  }

  /** Stages operations and has the keys at these places sign them. */
  async stage(operations: readonly Operation[], places: readonly number[]): Promise<StagedBatch> {
    const { log } = this;
    const { crypto } = log.host;
    const batch = await stageBatch(log, stagingGround(log, 'open', this.#nonce), operations);
    const has = (key: string): boolean => keysAt(...places).includes(key);
    for (const { bytes } of await signBatch(
      crypto,
      loadCollected(log, batch),
      this.#finder(places),
      has,
      async () => {},
    ))
      await collect(log, bytes);
    return batch;
  }

  /** Stages, has the keys at these places sign events, records and the commit, and commits; gives the position. */
  async commit(operations: readonly Operation[], places: readonly number[]): Promise<number> {
    const batch = await this.stage(operations, places);
    const outcome = await commitBatch(
      this.log,
      batch,
      this.#finder(places),
      this.log.contents.aids,
    );
    if (outcome.status === 'committed') return outcome.position;
    throw new Error(`not committed: ${JSON.stringify(outcome)}`);
  }

  /** Commits files that were not staged, by the first key of these places that may; gives the position. */
  async commitFiles(files: readonly AddedFile[], places: readonly number[]): Promise<number> {
    const { log } = this;
    const folded = fold(nativeCrypto, log.contents, files);
    if (!folded.ok) throw new Error(`${folded.reason}: ${folded.detail}`);
    const { draft } = folded;
    const own = keysAt(...places);
    const chosen = possibleCommitters(log.contents, draft, log.contents.aids).find(
      ({ publicKey }) => own.includes(publicKey),
    );
    if (chosen === undefined) throw new Error('nobody may commit');
    const seconds = this.seconds;
    const plan = { replayed: log.replayed, files, draft, ...chosen, seconds };
    const unsigned = planCommit(nativeCrypto, plan);
    const signer = signerAt(places[own.indexOf(chosen.publicKey)] ?? 0);
    const signature = await signer.sign(unsigned.signedData);
    await log.append(finishCommit(nativeCrypto, unsigned, signature));
    log.refresh();
    return log.contents.batches - 1;
  }

  #finder(places: readonly number[]): (key: string) => Promise<Signer | undefined> {
    const own = keysAt(...places);
    return async (key) =>
      own.includes(key) ? SIGNERS.find(({ publicKey }) => publicKey === key) : undefined;
  }

  close(): void {
    this.log.store.close();
  }
}
