/** Delegation, recovery, late proofs, registries and evidence: what goes on from memory takes and refuses the same. */
import { describe, expect, test } from 'vitest';
import { concat, fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto, nextDigest } from '../../src/index.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { VerifiedMemory } from '../../src/keys/verified-memory.ts';
import { Contents } from '../../src/log/contents.ts';
import { buildEvidence, verifyEvidence } from '../../src/log/evidence.ts';
import { fold } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { identityFacts } from '../../src/log/identity-facts.ts';
import { evidencePath, statusPath, type StatusFileType } from '../../src/log/layout.ts';
import { Remembered } from '../../src/log/remembered.ts';
import { rememberContents } from '../../src/log/resume.ts';
import { freshHome, inMemory } from '../keys/homes.ts';
import { couple, FoldedLog } from '../support/folded-log.ts';
import { type MadeMessage, registryEvents as make } from '../support/registry-events.ts';

const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const STEPS = 50;

/** Numbers that are the same for the same seed. */
function numbersOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What became of a batch that was tried. */
interface Tried {
  readonly files: readonly AddedFile[];
  readonly outcome: string;
}

/** Somebody signs and files at random. */
class Chance {
  readonly log: FoldedLog;
  readonly tried: Tried[] = [];
  readonly #next: (below: number) => number;
  /** Events that were made, whether they are in the log or not, with the state before them and their approval. */
  readonly #made: {
    readonly event: KeyEvent;
    readonly before: KeyState | undefined;
    approval: KeyEvent | undefined;
  }[] = [];
  readonly #statuses: {
    readonly type: StatusFileType;
    readonly made: MadeMessage;
    readonly aid: string;
    readonly sn: number;
    anchor: KeyEvent | undefined;
  }[] = [];
  readonly #texts = new Map<string, string[]>();
  #count = 0;
  members: string[] = [];
  registry = '';

  constructor(log: FoldedLog, seed: number) {
    this.log = log;
    this.#next = numbersOf(seed);
  }

  #one<T>(list: readonly T[]): T | undefined {
    return list[this.#next(list.length)];
  }

  try(files: readonly AddedFile[]): boolean {
    const result = this.log.fold(files);
    this.tried.push({ files, outcome: result.ok ? 'ok' : result.reason });
    if (result.ok) this.log.apply(files);
    return result.ok;
  }

  async #take(event: KeyEvent, before: KeyState | undefined, approval?: KeyEvent) {
    const more = approval === undefined ? {} : couple(approval);
    const file = await this.log.file(event, before, { more });
    if (!this.try([file])) return;
    const texts = this.#texts.get(event.aid) ?? [];
    texts.length = Math.min(texts.length, event.sn);
    this.#texts.set(event.aid, [...texts, fromUtf8(file.bytes) ?? '']);
  }

  async begin(): Promise<void> {
    const { log } = this;
    for (const name of ['ada', 'root']) {
      const event = log.inception(name);
      this.members.push(event.aid);
      await this.#take(event, undefined);
    }
    const [ada = '', root = ''] = this.members;
    const team = log.inception('team', { delegator: root });
    const approval = log.interaction(root, [log.approval(team)]);
    await this.#take(approval, log.state(root));
    await this.#take(team, undefined, approval);
    this.members.push(team.aid);
    const vcp = make.setUp(ada);
    this.registry = vcp.said;
    this.#statuses.push({ type: 'vcp', made: vcp, aid: vcp.said, sn: 0, anchor: undefined });
    for (const text of ['x', 'y', 'z']) {
      const { said } = make.credential(ada, vcp.said, text);
      const iss = make.issue(vcp.said, said);
      const rev = make.revoke(vcp.said, said, iss.said);
      this.#statuses.push({ type: 'iss', made: iss, aid: said, sn: 0, anchor: undefined });
      this.#statuses.push({ type: 'rev', made: rev, aid: said, sn: 1, anchor: undefined });
    }
  }

  /** A rotation that follows on a key state, different from all others. */
  #rotation(before: KeyState, seals: Parameters<FoldedLog['rotation']>[2] = []): KeyEvent {
    const { log } = this;
    const name = ['ada', 'root', 'team'][this.members.indexOf(before.aid)] ?? '';
    let generation = 1;
    while (
      generation < 99 &&
      nextDigest(crypto, log.keys(name, 1, generation)[0] ?? '') !== before.nextDigests[0]
    )
      generation++;
    return log.rotation(before.aid, generation, [...seals, `${this.#count++}`], before);
  }

  /** An event of an AID that seals what it should, at its end or where it takes the place of others. */
  async #seal(aid: string, seal?: ReturnType<FoldedLog['approval']>): Promise<KeyEvent> {
    const { log } = this;
    const kel = log.contents.kel(aid);
    const state = log.state(aid);
    const seals = seal === undefined ? [`${this.#count++}`] : [seal];
    const isAlone = this.#next(4) > 0;
    const back = this.#next(3) === 0 ? this.#next(4) : 0;
    const before = back === 0 ? state : kel?.stateAt(Math.max(0, state.sn - back));
    const event =
      before === undefined || before === state
        ? log.interaction(aid, isAlone ? seals : [...seals, `${this.#count++}`])
        : this.#rotation(before, seals);
    await this.#take(event, before);
    return event;
  }

  async step(): Promise<void> {
    const { log } = this;
    const [ada = '', root = '', team = ''] = this.members;
    switch (this.#next(9)) {
      case 0:
        await this.#seal(this.#one([ada, root]) ?? '');
        break;
      case 1: {
        const state = log.state(this.#one([ada, root, team]) ?? '');
        if (state.aid === team)
          await this.#take(log.interaction(team, [`${this.#count++}`]), state);
        else await this.#take(this.#rotation(state), state);
        break;
      }
      case 2:
      case 3: {
        // The team makes a rotation after some event of its trunk, and the root approves it.
        const state = log.state(team);
        const before = log.contents.kel(team)?.stateAt(Math.max(0, state.sn - this.#next(3)));
        if (before === undefined) break;
        const event = this.#rotation(before);
        const approval = await this.#seal(root, log.approval(event));
        this.#made.push({ event, before, approval });
        if (this.#next(2) === 0) await this.#take(event, before, approval);
        break;
      }
      case 4: {
        const made = this.#one(this.#made);
        if (made === undefined) break;
        if (this.#next(3) === 0) made.approval = await this.#seal(root, log.approval(made.event));
        await this.#take(made.event, made.before, made.approval);
        break;
      }
      case 5:
      case 6: {
        const status = this.#one(this.#statuses);
        if (status === undefined) break;
        const { type, made, aid, sn } = status;
        if (status.anchor === undefined || this.#next(2) === 0)
          status.anchor = await this.#seal(ada, { i: aid, s: `${sn}`, d: made.said });
        const ordinal = log.contents.registries.files(this.registry);
        const text = encodeAttachments({ ...noAttachments, ...couple(status.anchor) });
        const path = statusPath(crypto, this.registry, ordinal, type, made.said);
        this.try([{ path, bytes: concat(made.bytes, utf8(text)) }]);
        break;
      }
      case 7:
        await this.#prove();
        break;
      case 8:
        await this.#accuse();
        break;
    }
  }

  /** A key that is an identifier itself endorses some interaction of ada's. */
  async #prove(): Promise<void> {
    const { log } = this;
    const event = log.interaction(this.members[0] ?? '', [`${this.#count++}`]);
    const before = log.state(event.aid);
    await this.#take(event, before);
    const witness = log.witness(`w${this.#next(2)}`);
    const raw = await log.fixedSignature(witness, event);
    const more: Partial<Attachments> = {
      nonTransferableReceipts: [{ aid: witness, signature: encodePrimitive({ code: '0B', raw }) }],
    };
    for (let times = this.#next(3); times >= 0; times--) this.try([log.proof(event, more)]);
  }

  /** Two events of ada's or the root's for a place of its trunk. */
  async #accuse(): Promise<void> {
    const { log } = this;
    const aid = this.members[this.#next(2)] ?? '';
    const sn = this.#next(log.state(aid).sn + 1);
    const before = log.contents.kel(aid)?.stateAt(sn);
    const events = this.#texts.get(aid)?.slice(0, sn + 1) ?? [];
    if (before === undefined) return;
    const files = await Promise.all(
      ['a', 'b'].map(async (text) => {
        const event = this.#next(2) === 0 ? this.#rotation(before, [text]) : undefined;
        return log.file(event ?? log.interaction(aid, [text], before), before);
      }),
    );
    const [one, other] = files.map(({ bytes }) => bytes);
    if (one === undefined || other === undefined) return;
    try {
      const bytes = buildEvidence(crypto, [{ aid, events }], [one, other]);
      const verdict = verifyEvidence(crypto, bytes);
      if (!verdict.ok) throw new Error(verdict.detail);
      this.try([{ path: evidencePath(crypto, verdict.proven.said), bytes }]);
    } catch (error) {
      // A rotation may supersede an interaction: then there is nothing to prove.
      if (!(error instanceof Error && error.message.includes('supersedes'))) throw error;
    }
  }

  /** Everything that contents say of all this. */
  answers(contents: Contents): unknown {
    return {
      facts: this.members.map((aid) => identityFacts(contents, aid)),
      kels: this.members.map((aid) => {
        const kel = contents.kel(aid);
        const sns = Array.from({ length: kel?.length ?? 0 }, (_, sn) => sn);
        return [
          kel?.state,
          kel?.files,
          kel?.establishments,
          kel?.disputed,
          sns.map((sn) => [kel?.saidAt(sn), kel?.anchorAt(sn), kel?.stateAt(sn)]),
        ];
      }),
      anchors: this.#made.map(({ event }) => contents.anchors.find(this.members[1] ?? '', event)),
      alone: this.#statuses.map(({ aid, sn, made: { said } }) =>
        contents.anchors.findAlone(this.members[0] ?? '', { aid, sn, said }),
      ),
      registry: contents.registries.registry(this.registry)?.state,
      credentials: this.#statuses.map(({ aid }) =>
        contents.registries.registry(this.registry)?.credential(aid),
      ),
      files: contents.registries.files(this.registry),
    };
  }
}

/** The same batches once more, remembered and read again between some of them. */
async function goingOn(
  chance: Chance,
  first: readonly AddedFile[],
  next: (below: number) => number,
) {
  const memory = new VerifiedMemory(freshHome(inMemory()));
  let contents = new Contents();
  const outcomes: string[] = [];
  for (const files of [first, ...chance.tried.map((one) => one.files)]) {
    const result = fold(crypto, contents, files);
    outcomes.push(result.ok ? 'ok' : result.reason);
    const name = `${contents.batches}`;
    if (result.ok)
      contents.apply(result.draft, { commit: name, payloadDigest: name, claimedSeconds: 0 });
    if (next(3) > 0) continue;
    await rememberContents(memory, contents);
    const { logId = '' } = contents.genesis ?? {};
    if (next(2) === 0) contents = new Contents(new Remembered(memory.recall(logId)));
  }
  const answers = chance.answers(contents);
  memory.close();
  return { answers, outcomes: outcomes.slice(1) };
}

describe('Contents that were remembered and read again', () => {
  test.each(Array.from({ length: 4 * LONG }, (_, seed) => seed))(
    'take and refuse the same, and say the same of it (%d)',
    async (seed) => {
      const log = await FoldedLog.begin();
      const chance = new Chance(log, seed);
      const first = await firstFiles(log);
      await chance.begin();
      for (let step = 0; step < STEPS; step++) await chance.step();
      const { answers, outcomes } = await goingOn(chance, first, numbersOf(seed + 77));
      expect(outcomes).toEqual(chance.tried.map(({ outcome }) => outcome));
      expect(answers).toEqual(chance.answers(log.contents));
    },
  );
});

/** Batch 0 of a log that was begun. */
async function firstFiles(log: FoldedLog): Promise<readonly AddedFile[]> {
  const { genesis } = log.contents;
  if (genesis === undefined) throw new Error('no genesis');
  return [
    { path: 'gitkel.json', bytes: genesis.bytes },
    await log.file(log.inception('founder'), undefined, { ordinal: 0 }),
  ];
}
