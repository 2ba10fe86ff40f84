import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Admission,
  collect,
  commitBatch,
  createLog,
  digestSeal,
  dropBatch,
  type Host,
  type KeyState,
  loadCollected,
  type Log,
  nativeCrypto,
  nextDigest,
  nodeHost,
  openLog,
  type Operation,
  parseThresholdText,
  type Seal,
  signBatch,
  stageBatch,
  stagingGround,
  typedSeal,
} from '../../src/index.ts';
import { KeyRing } from './key-ring.ts';
import { countingRandom } from './counting-random.ts';

/** Somebody whose KEL is in the log. */
interface Member {
  readonly name: string;
  readonly keys: number;
  readonly threshold: string;
  /** Indices of the keys that sign: just enough of them. */
  readonly sign: readonly number[];
}

export type MemberName = 'solo' | 'team' | 'weighted';

const MEMBERS: Readonly<Record<MemberName, Member>> = {
  solo: { name: 'solo', keys: 1, threshold: '1', sign: [0] },
  team: { name: 'team', keys: 3, threshold: '2', sign: [0, 2] },
  /** Any two of the first three; the fourth key counts for nothing. */
  weighted: { name: 'weighted', keys: 4, threshold: '1/2,1/2,1/2,0', sign: [0, 1] },
};

const START = 1_800_000_000;
/** A log that nobody here opens. */
export const OTHER_LOG = 'ELogThatIsNotThisOne_____________________aaaa';

/** What each batch does, one word for each event; `close` and `admit` close the log, to all or to all but the team. */
const PLAN: readonly string[] = [
  'create solo',
  'create team',
  'create weighted',
  'anchor solo',
  'anchor team',
  'anchor weighted',
  'rotate solo',
  'anchor solo, anchor team',
  'rotate team',
  'anchor team',
  'anchor weighted',
  'rotate weighted',
  'anchor solo, anchor team, anchor weighted',
  'anchor team',
  'foreign solo',
  'rotate team, anchor solo',
  'anchor solo',
  'anchor weighted',
  'rotate solo',
  'anchor weighted',
  'anchor team',
  'rotate weighted, rotate solo',
  'anchor weighted',
  'anchor solo',
  'anchor team',
  'rotate team',
  'anchor solo',
  'anchor weighted',
  'anchor team',
  'anchor solo',
];

function keysOf(
  ring: KeyRing,
  log: string,
  { name, keys }: Member,
  generation: number,
): readonly string[] {
  return Array.from({ length: keys }, (_, index) =>
    ring.key(`${log} ${name} ${generation} ${index}`),
  );
}

/** A log of batches that three members wrote, through the public API, with the keys of all. */
export class LongLog {
  readonly host: Host;
  readonly ring = new KeyRing(nativeCrypto);
  readonly label: string;
  readonly root: string;
  readonly dir: string;
  readonly aids = new Map<MemberName, string>();
  readonly #generations = new Map<MemberName, number>();
  #log: Log | undefined;
  #clock = START;

  private constructor(label: string) {
    this.label = label;
    this.root = nodeFs.mkdtempSync(path.join(tmpdir(), 'gitkel-long-log-'));
    this.dir = path.join(this.root, 'log');
    // Nothing here has to survive a power cut.
    const fs = { ...nodeFs, fsyncSync: () => {} };
    this.host = nodeHost({
      fs,
      now: () => this.#clock,
      random: countingRandom(nativeCrypto, label),
    });
  }

  /** Writes the log: the same one, to the byte, for the same label, admission and plan. */
  static async make(
    label: string,
    admission: Admission = 'open',
    plan: readonly string[] = PLAN,
  ): Promise<LongLog> {
    const made = new LongLog(label);
    createLog(made.host, made.dir, { admission });
    made.#log = openLog(made.host, made.dir);
    for (const step of plan) await made.#write(step, admission);
    return made;
  }

  get log(): Log {
    if (this.#log === undefined) throw new Error('the log is open once it is made');
    return this.#log;
  }

  aid(name: MemberName): string {
    return this.aids.get(name) ?? '';
  }

  /** The member's current keys. */
  keys(name: MemberName): readonly string[] {
    return keysOf(this.ring, this.label, MEMBERS[name], this.#generations.get(name) ?? 0);
  }

  /** The member's keys that are committed to, not yet revealed. */
  nextKeys(name: MemberName): readonly string[] {
    return keysOf(this.ring, this.label, MEMBERS[name], (this.#generations.get(name) ?? 0) + 1);
  }

  /** The operation that rotates a member to its next keys. */
  rotation(name: MemberName): Extract<Operation, { kind: 'rotate' }> {
    const generation = (this.#generations.get(name) ?? 0) + 1;
    return { kind: 'rotate', aid: this.aid(name), ...this.#fields(name, generation) };
  }

  #fields(
    name: MemberName,
    generation: number,
  ): {
    publicKeys: readonly string[];
    threshold: KeyState['threshold'];
    nextDigests: readonly string[];
    nextThreshold: KeyState['threshold'];
  } {
    const member = MEMBERS[name];
    const threshold = parseThresholdText(member.threshold);
    const next = keysOf(this.ring, this.label, member, generation + 1);
    return {
      publicKeys: keysOf(this.ring, this.label, member, generation),
      threshold,
      nextDigests: next.map((key) => nextDigest(nativeCrypto, key)),
      nextThreshold: threshold,
    };
  }

  #operation(step: string): Operation {
    const [kind, name] = step.split(' ') as [string, MemberName];
    if (kind === 'create') return { kind: 'create', ...this.#fields(name, 0) };
    if (kind === 'rotate') {
      const operation = this.rotation(name);
      this.#generations.set(name, (this.#generations.get(name) ?? 0) + 1);
      return operation;
    }
    if (kind === 'close' || kind === 'admit') {
      const writers = kind === 'admit' ? [this.aid('team')] : [];
      return {
        kind: 'seal',
        aid: this.aid(name),
        bodies: [{ type: 'log-policy', admission: 'closed', writers }],
      };
    }
    const digest = this.aid('solo');
    const seal: Seal =
      kind === 'foreign' ? typedSeal(`gitkel/statement/${OTHER_LOG}`, digest) : digestSeal(digest);
    return { kind: 'anchor', aid: this.aid(name), seals: [seal] };
  }

  async #write(step: string, admission: Admission): Promise<void> {
    this.#clock += 60;
    const { log } = this;
    const steps = step.split(', ');
    const names = steps.map((one) => one.split(' ')[1] as MemberName);
    const operations = steps.map((one) => this.#operation(one));
    const staged = await stageBatch(
      log,
      stagingGround(log, admission, this.host.random(16)),
      operations,
    );
    for (const [index, event] of staged.events.entries()) {
      if (event.type === 'icp') this.aids.set(names[index] ?? 'solo', event.aid);
    }
    const asked = new Set(names.flatMap((name) => this.#signingKeys(name)));
    const contributions = await signBatch(
      nativeCrypto,
      loadCollected(log, staged),
      async (key) => this.ring.signer(key),
      (key) => asked.has(key),
      async () => {},
    );
    for (const { bytes } of contributions) await collect(log, bytes);
    const outcome = await commitBatch(log, staged, async (key) => this.ring.signer(key), [
      this.aid('solo'),
    ]);
    if (outcome.status !== 'committed')
      throw new Error(`"${step}" was not committed: ${JSON.stringify(outcome)}`);
    await dropBatch(log, staged.id);
  }

  #signingKeys(name: MemberName): readonly string[] {
    const keys = this.keys(name);
    return MEMBERS[name].sign.flatMap((index) => keys[index] ?? []);
  }

  remove(): void {
    this.#log?.store.close();
    nodeFs.rmSync(this.root, { recursive: true, force: true });
  }
}
