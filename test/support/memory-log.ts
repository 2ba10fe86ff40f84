import { Volume } from 'memfs';
import { encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { utf8 } from '../../src/base/bytes.ts';
import {
  type Admission,
  collect,
  type CollectOutcome,
  type Collected,
  commitBatch,
  type CommitOutcome,
  type Contribution,
  createLog,
  type Crypto,
  dropBatch,
  type FileSystem,
  type Host,
  type KeyEvent,
  type KeyState,
  loadCollected,
  type Log,
  memoryHost,
  nativeCrypto,
  nextDigest,
  nodeHost,
  openLog,
  type Operation,
  parseThresholdText,
  type Seal,
  encodeExport,
  verifyExport,
  type VerifiedExport,
  type Signer,
  signBatch,
  stageBatch,
  type StagedBatch,
  type StageOptions,
  stagingGround,
  type StagingGround,
} from '../../src/index.ts';
import { priorIndexOf, signingKeys } from '../../src/keri/signatures.ts';
import { receiptsFor, signReceipts } from '../../src/batch/receipts.ts';
import { eventFile } from '../../src/log/append.ts';
import { pathOfEvent } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { countingRandom } from './counting-random.ts';
import { KeyRing } from './key-ring.ts';

export const START = 1_800_000_000;

/** The keys of a generation of somebody: `team.0.1` is the second key of the team's first generation. */
export function names(name: string, count: number, generation = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}.${generation}.${index}`);
}

export interface MemoryLogOptions {
  readonly admission?: Admission;
  readonly crypto?: Crypto;
  /** An existing directory, for a log on the disk instead. */
  readonly disk?: string;
}

/**
 * A log in memory, the keys of everybody in it by name, and a clock that the test sets. All of it goes through the
 * public functions; nothing touches the disk.
 */
export class MemoryLog {
  readonly crypto: Crypto;
  readonly host: Host;
  readonly ring: KeyRing;
  readonly log: Log;
  readonly admission: Admission;
  /** Where the log is. */
  readonly dir: string;
  /** Seconds since 1970. */
  now = START;

  constructor({ admission = 'open', crypto = nativeCrypto, disk }: MemoryLogOptions = {}) {
    this.crypto = crypto;
    this.admission = admission;
    this.ring = new KeyRing(crypto);
    const random = countingRandom(crypto);
    const now = (): number => this.now;
    this.host =
      disk === undefined
        ? memoryHost(new Volume() as unknown as FileSystem, crypto, random, now)
        : nodeHost({ crypto, random, now, fsync: false });
    this.dir = `${disk ?? ''}/log`;
    createLog(this.host, this.dir, { admission });
    this.log = openLog(this.host, this.dir);
  }

  /** The same log, opened once more, as another process has it. */
  again(): Log {
    return openLog(this.host, this.dir);
  }

  ground(nonce = 1): StagingGround {
    return stagingGround(this.log, this.admission, new Uint8Array(16).fill(nonce));
  }

  keys(keyNames: readonly string[]): readonly string[] {
    return keyNames.map((name) => this.ring.key(name));
  }

  digests(keyNames: readonly string[]): readonly string[] {
    return this.keys(keyNames).map((key) => nextDigest(this.crypto, key));
  }

  /** The inception of somebody with `count` keys of generation 0, committed to those of generation 1. */
  create(
    name: string,
    count = 1,
    threshold = '1',
    more: Partial<Extract<Operation, { kind: 'create' }>> = {},
  ): Operation {
    return {
      kind: 'create',
      publicKeys: this.keys(names(name, count)),
      threshold: parseThresholdText(threshold),
      nextDigests: this.digests(names(name, count, 1)),
      nextThreshold: parseThresholdText(threshold),
      ...more,
    };
  }

  /** A rotation that reveals all keys of a generation and commits to the next one. */
  rotate(aid: string, name: string, generation: number, count = 1, threshold = '1'): Operation {
    return {
      kind: 'rotate',
      aid,
      publicKeys: this.keys(names(name, count, generation)),
      threshold: parseThresholdText(threshold),
      nextDigests: this.digests(names(name, count, generation + 1)),
      nextThreshold: parseThresholdText(threshold),
    };
  }

  anchor(aid: string, ...seals: readonly Seal[]): Operation {
    return { kind: 'anchor', aid, seals };
  }

  async stage(operations: readonly Operation[], options: StageOptions = {}): Promise<StagedBatch> {
    return stageBatch(this.log, this.ground(), operations, options);
  }

  signer(name: string): Signer {
    return this.ring.signer(this.ring.key(name));
  }

  /** The identifiers of witnesses by their names. */
  witnesses(witnessNames: readonly string[]): readonly string[] {
    return witnessNames.map((name) => this.ring.witness(name));
  }

  /** Merges what came back from elsewhere. */
  async add(bytes: Uint8Array): Promise<CollectOutcome> {
    return collect(this.log, bytes);
  }

  /** What the batch looks like to somebody who has nothing but its export. */
  exported(batch: StagedBatch, log = this.log): VerifiedExport {
    return verifyExport(this.crypto, encodeExport(log, loadCollected(log, batch)));
  }

  /** Receipts what witnesses of these names are asked for in an exported batch, and merges it; gives how many were ready. */
  async receipt(batch: StagedBatch, ...witnessNames: readonly string[]): Promise<number> {
    const { collected } = this.exported(batch);
    const own = new Set(this.witnesses(witnessNames));
    const open = receiptsFor(this.crypto, collected, (aid) => own.has(aid));
    const made = await signReceipts(
      this.crypto,
      collected,
      open,
      async (key) => this.ring.signer(key),
      async () => {},
    );
    for (const { bytes } of made) {
      const outcome = await collect(this.log, bytes);
      if (!outcome.ok) throw new Error(outcome.problem.detail);
    }
    return open.filter(({ obstacle }) => obstacle === undefined).length;
  }

  /** What the keys of these names contribute, as bytes would come back from elsewhere. */
  async contributions(
    collected: Collected,
    keyNames: readonly string[],
  ): Promise<readonly Contribution[]> {
    const held = new Set(this.keys(keyNames));
    return signBatch(
      this.crypto,
      collected,
      async (key) => this.ring.signer(key),
      (key) => held.has(key),
      async () => {},
    );
  }

  /** Signs with the keys of these names and merges what they gave. */
  async sign(
    batch: StagedBatch,
    ...keyNames: readonly string[]
  ): Promise<readonly CollectOutcome[]> {
    const outcomes: CollectOutcome[] = [];
    for (const { bytes } of await this.contributions(loadCollected(this.log, batch), keyNames)) {
      outcomes.push(await collect(this.log, bytes));
    }
    return outcomes;
  }

  /** Commits with any of the keys of these names; others are not at hand. */
  async commit(
    batch: StagedBatch,
    keyNames: readonly string[],
    committers: readonly string[] = [],
    log = this.log,
  ): Promise<CommitOutcome> {
    const held = new Set(this.keys(keyNames));
    return commitBatch(
      log,
      batch,
      async (key) => (held.has(key) ? this.ring.signer(key) : undefined),
      committers,
    );
  }

  /** Stages, signs with these keys and commits; it must end well. Gives the batch, which is no longer staged then. */
  async write(
    operations: readonly Operation[],
    ...keyNames: readonly string[]
  ): Promise<StagedBatch> {
    const batch = await this.stage(operations);
    await this.sign(batch, ...keyNames);
    const outcome = await this.commit(batch, keyNames);
    if (outcome.status !== 'committed')
      throw new Error(`not committed: ${JSON.stringify(outcome)}`);
    await dropBatch(this.log, batch.id);
    return batch;
  }

  /** Somebody of `count` keys, in the log; all keys sign. Gives the AID. */
  async member(name: string, count = 1, threshold = '1'): Promise<string> {
    return aidOf(await this.write([this.create(name, count, threshold)], ...names(name, count)));
  }

  stateOf(aid: string): KeyState {
    const kel = this.log.contents.kel(aid);
    if (kel === undefined) throw new Error(`${aid} is not in the log`);
    return kel.state;
  }

  /** The file of an event, signed by the keys of these names, as the `ordinal`-th of its AID. */
  async file(
    event: KeyEvent,
    before: KeyState | undefined,
    keyNames: readonly string[],
    ordinal = event.sn,
  ): Promise<AddedFile> {
    const controllerSignatures = await Promise.all(
      keyNames.map(async (name) => {
        const key = this.ring.key(name);
        const index = signingKeys(event, before).indexOf(key);
        const prior =
          event.type === 'rot' && before !== undefined
            ? priorIndexOf(this.crypto, before, key)
            : index;
        return ed25519Signature(await this.ring.signer(key).sign(event.bytes), index, prior);
      }),
    );
    const attachments = encodeAttachments({ ...noAttachments, controllerSignatures });
    return {
      path: pathOfEvent(this.crypto, event, ordinal),
      bytes: eventFile(event.bytes, attachments),
    };
  }
}

/** The AID of a batch's first event. */
export function aidOf(batch: StagedBatch): string {
  const [event] = batch.events;
  if (event === undefined) throw new Error('a batch holds an event');
  return event.aid;
}

/** Replaces text in a document's bytes, all of it; it must be there. */
export function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  if (!text.includes(from)) throw new Error(`${from} is not in ${text}`);
  return utf8(text.replaceAll(from, to));
}
