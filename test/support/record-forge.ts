import {
  buildInteraction,
  buildRotation,
  collect,
  commitBatch,
  type KeyEvent,
  type KeyState,
  loadCollected,
  nativeCrypto,
  type Operation,
  type Seal,
  signBatch,
  stageBatch,
  stagingGround,
} from '../../src/index.ts';
import { applyUnsigned } from '../../src/keri/evaluate.ts';
import { recordPath } from '../../src/log/layout.ts';
import {
  buildRecord,
  type RecordBody,
  signedBytes,
  type UnsignedRecord,
} from '../../src/records/record.ts';
import type { RecordHead } from '../../src/records/record-head.ts';
import { encodeRecordFile, type RecordSignature } from '../../src/records/record-file.ts';
import { recordSeal } from '../../src/records/record-seal.ts';
import { LongLog, type MemberName } from './long-log.ts';
import type { DraftFile } from './tampered-log.ts';
import { Tampering } from './tampering.ts';

/** A digest of something. */
export const SHA256 = '00'.repeat(32);

/** An event of a member that is signed, and the key state that it leads to. */
export interface MadeEvent {
  readonly event: KeyEvent;
  readonly file: DraftFile;
  readonly after: Standing;
}

/** A key state and how many files of its AID there are. */
export interface Standing {
  readonly state: KeyState;
  readonly files: number;
}

/**
 * A log with records, and the keys of everybody: the 2-of-3 team, its founder, has linked the device `weighted`, which
 * has signed a statement for it, and has revoked it again; the device `solo` is not linked, and has rotated once.
 */
export class RecordForge {
  readonly tampering: Tampering;
  readonly long: LongLog;
  /** The records of the log, by the position at which each entered it. */
  readonly records: ReadonlyMap<number, UnsignedRecord>;

  private constructor(long: LongLog, records: ReadonlyMap<number, UnsignedRecord>) {
    this.long = long;
    this.records = records;
    this.tampering = new Tampering(long);
  }

  static async make(label: string): Promise<RecordForge> {
    const plan = ['create team', 'create solo', 'create weighted', 'rotate solo'];
    const long = await LongLog.make(label, 'open', plan);
    const records = new Map<number, UnsignedRecord>();
    for (const [member, body] of [
      ['team', link(long.aid('weighted'))],
      ['weighted', statement(long.aid('team'))],
      ['team', revocation(long.aid('weighted'))],
    ] as const) {
      const record = await write(long, {
        kind: 'seal',
        aid: long.aid(member),
        bodies: [body],
      });
      records.set(long.log.contents.batches - 1, record);
    }
    return new RecordForge(long, records);
  }

  get logId(): string {
    return this.long.log.contents.genesis?.logId ?? '';
  }

  get batches(): number {
    return this.long.log.contents.batches;
  }

  aid(member: MemberName): string {
    return this.long.aid(member);
  }

  standing(member: MemberName): Standing {
    const kel = this.long.log.contents.kel(this.aid(member));
    if (kel === undefined) throw new Error(`${member} is in the log`);
    return kel;
  }

  /** A record whose head is right for the next event of a member, unless told. */
  record(member: MemberName, body: RecordBody, head: Partial<RecordHead> = {}): UnsignedRecord {
    const { state } = this.standing(member);
    return buildRecord(
      nativeCrypto,
      { issuer: state.aid, sn: state.sn + 1, logId: this.logId, ...head },
      body,
    );
  }

  seal({ body, said }: UnsignedRecord, type: string = body.type): Seal {
    return recordSeal(type, this.logId, said);
  }

  /** Signed by all keys that it asks for. */
  async #made(event: KeyEvent, { state, files }: Standing): Promise<MadeEvent> {
    const applied = applyUnsigned(nativeCrypto, state, event);
    if (!applied.ok) throw new Error(applied.detail);
    const indices = applied.state.publicKeys.map((_, index) => index);
    const file = await this.tampering.signedFile(event, state, indices, files);
    return { event, file, after: { state: applied.state, files: files + 1 } };
  }

  /** An interaction with these seals; the next one of a member, unless told on what it follows. */
  async interaction(
    member: MemberName,
    seals: readonly Seal[],
    before = this.standing(member),
  ): Promise<MadeEvent> {
    return this.#made(buildInteraction(nativeCrypto, before.state, seals), before);
  }

  /** A rotation to the member's next keys. */
  async rotation(
    member: MemberName,
    seals: readonly Seal[] = [],
    before = this.standing(member),
  ): Promise<MadeEvent> {
    const next = this.long.rotation(member);
    return this.#made(buildRotation(nativeCrypto, before.state, { ...next, seals }), before);
  }

  /** Signatures over a record by keys, at these indices unless told. */
  async signatures(
    record: UnsignedRecord,
    keys: readonly string[],
    indices: readonly number[] = keys.map((_, index) => index),
  ): Promise<readonly RecordSignature[]> {
    return Promise.all(
      keys.map(async (key, at) => ({
        index: indices[at] ?? 0,
        raw: await this.long.ring.signer(key).sign(signedBytes(record)),
      })),
    );
  }

  /** The file of a record, signed by these keys. */
  async file(
    record: UnsignedRecord,
    keys: readonly string[] = [],
    indices?: readonly number[],
  ): Promise<DraftFile> {
    return fileOf(record, await this.signatures(record, keys, indices));
  }

  /** A link of the device `solo` to the team that `solo` accepts, unless told who does; its seal is not made. */
  async link(
    body: RecordBody = link(this.aid('solo')),
    keys: readonly string[] = this.long.keys('solo'),
    head: Partial<RecordHead> = {},
  ): Promise<{ readonly record: UnsignedRecord; readonly file: DraftFile }> {
    const record = this.record('team', body, head);
    return { record, file: await this.file(record, keys) };
  }

  remove(): void {
    this.long.remove();
  }
}

/** The file of a record, whatever its signatures are. */
export function fileOf(
  record: UnsignedRecord,
  signatures: readonly RecordSignature[] = [],
): DraftFile {
  return {
    path: recordPath(nativeCrypto, record.body.type, record.said),
    bytes: encodeRecordFile({ record, signatures }),
  };
}

export function link(
  device: string,
  capabilities: readonly string[] = ['sign-statement'],
  name = 'ci',
): RecordBody {
  return { type: 'device-link', device, name, capabilities };
}

export function revocation(device: string, reason = 'lost'): RecordBody {
  return { type: 'device-revoke', device, reason };
}

export function statement(controller: string | undefined, name = 'build.tgz'): RecordBody {
  return { type: 'statement', subjects: [{ name, sha256: SHA256 }], controller };
}

export function policy(admission: 'open' | 'closed', writers: readonly string[] = []): RecordBody {
  return { type: 'log-policy', admission, writers };
}

/** Writes one record through the public functions; all keys sign. */
async function write(long: LongLog, operation: Operation): Promise<UnsignedRecord> {
  const { log, ring, host } = long;
  const staged = await stageBatch(log, stagingGround(log, 'open', host.random(16)), [operation]);
  const signer = async (key: string) => ring.signer(key);
  for (const { bytes } of await signBatch(
    nativeCrypto,
    loadCollected(log, staged),
    signer,
    () => true,
    async () => {},
  ))
    await collect(log, bytes);
  const outcome = await commitBatch(log, staged, signer);
  const [record] = staged.records;
  if (outcome.status !== 'committed' || record === undefined)
    throw new Error(`not committed: ${JSON.stringify(outcome)}`);
  return record;
}
