import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { ed25519Signature, type IndexedSignature } from '../../src/cesr/signature.ts';
import {
  audit,
  auditInPool,
  type AuditOptions,
  type AuditVerdict,
  type KeyEvent,
  type KeyState,
  nativeCrypto,
  nodeHost,
  type Admission,
} from '../../src/index.ts';
import { priorIndexOf, signingKeys } from '../../src/keri/signatures.ts';
import { pathOfEvent } from '../../src/log/fold.ts';
import { answeredLater } from './answered-later.ts';
import { LongLog, type MemberName } from './long-log.ts';
import {
  type BatchDraft,
  copyOf,
  decodeLog,
  type DraftFile,
  type Forged,
  forge,
} from './tampered-log.ts';

/** A directory that was audited signature by signature. */
export interface Audited {
  readonly dir: string;
  readonly options: AuditOptions;
  readonly verdict: AuditVerdict;
}

/** A long log and the means to rebuild it with changes. */
export class Tampering {
  readonly long: LongLog;
  readonly #drafts: readonly BatchDraft[];
  readonly #verdicts: Audited[] = [];

  constructor(long: LongLog) {
    this.long = long;
    const { contents } = long.log;
    this.#drafts = decodeLog(
      long.host,
      long.dir,
      contents.lastBatch?.commit ?? '',
      ({ aid, establishment, keyIndex }) => {
        const state = contents
          .kel(aid)
          ?.establishments.find((one) => one.state.sn === establishment)?.state;
        return state?.publicKeys[keyIndex] ?? '';
      },
    );
  }

  /** The batches, to be changed. */
  drafts(): BatchDraft[] {
    return this.#drafts.map(copyOf);
  }

  /** Puts the batches together; `resigned` tells whether the committers lend their keys. */
  async forge(drafts: readonly BatchDraft[], resigned: boolean): Promise<Forged> {
    return forge(this.long.host, this.long.root, drafts, { resigned, ring: this.long.ring });
  }

  /** An untouched copy of the log's repository. */
  copy(): string {
    const dir = path.join(mkdtempSync(path.join(this.long.root, 'copy-')), 'log');
    cpSync(this.long.dir, dir, { recursive: true });
    return dir;
  }

  audit(dir: string, options: AuditOptions = {}): AuditVerdict {
    const verdict = audit(this.long.host, dir, options);
    this.#verdicts.push({ dir, options, verdict });
    return verdict;
  }

  /** What was audited since this was last asked for. */
  verdicts(): readonly Audited[] {
    return this.#verdicts.splice(0);
  }

  /** Signs an event with the keys at these indices of its list. */
  async sign(
    event: KeyEvent,
    before: KeyState | undefined,
    indices: readonly number[],
  ): Promise<readonly IndexedSignature[]> {
    const keys = signingKeys(event, before);
    return Promise.all(
      indices.map(async (index) => {
        const key = keys[index] ?? '';
        const raw = await this.long.ring.signer(key).sign(event.bytes);
        const prior =
          event.type === 'rot' && before !== undefined
            ? priorIndexOf(nativeCrypto, before, key)
            : index;
        return ed25519Signature(raw, index, prior);
      }),
    );
  }

  /** The file of an event that its keys at these indices have signed, as the `ordinal`-th of its AID. */
  async signedFile(
    event: KeyEvent,
    before: KeyState | undefined,
    indices: readonly number[],
    ordinal: number,
  ): Promise<DraftFile> {
    return eventFile(
      event,
      { controllerSignatures: await this.sign(event, before, indices) },
      ordinal,
    );
  }

  /** A batch after the last one, committed by the first key of a member. */
  after(files: DraftFile[], member: MemberName = 'solo'): BatchDraft {
    const last = this.drafts().at(-1);
    const state = this.long.log.contents.kel(this.long.aid(member))?.state;
    if (last === undefined || state === undefined)
      throw new Error('a long log has batches of its members');
    const committer = { aid: state.aid, establishment: state.lastEstablishment.sn, keyIndex: 0 };
    return {
      ...last,
      number: last.number + 1,
      committer,
      signer: state.publicKeys[0] ?? '',
      name: state.aid,
      email: `${state.aid}@gitkel`,
      seconds: last.seconds + 60,
      files,
    };
  }
}

/** The file of an event with what is attached to it. */
export function eventFile(
  event: KeyEvent,
  attachments: Partial<Attachments>,
  ordinal: number,
): DraftFile {
  const attached = utf8(encodeAttachments({ ...noAttachments, ...attachments }));
  return { path: pathOfEvent(nativeCrypto, event, ordinal), bytes: concat(event.bytes, attached) };
}

/** Makes a long log for the tests of a file. */
export function useTampering(
  label = 'one',
  admission: Admission = 'open',
  plan?: readonly string[],
): () => Tampering {
  let made: Tampering | undefined;
  beforeAll(async () => {
    made = new Tampering(await LongLog.make(label, admission, plan));
  }, 120_000);
  afterAll(() => {
    made?.long.remove();
  });
  return () => {
    if (made === undefined) throw new Error('the log is there only while tests run');
    return made;
  };
}

/** Of so many audits one is compared; all of them in a long run. */
const COMPARED = Number(process.env['GITKEL_LONG'] ?? 1) > 1 ? 1 : 3;

/** After each test, what it audited is audited again with the signatures on other threads, to the same verdict. */
export function auditAlikeInPool(tampering: () => Tampering): void {
  let audits = 0;
  afterEach(async () => {
    for (const { dir, options, verdict } of tampering().verdicts())
      if (audits++ % COMPARED === 0)
        expect(await auditInPool(nodeHost({ crypto: answeredLater() }), dir, options)).toEqual(
          verdict,
        );
  });
}
