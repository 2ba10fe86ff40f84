/** A log with releases, a folder to install into, and what a person would type, in this process. */
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Installed, installSkill } from '../../src/cli/install-skill.ts';
import { withSource } from '../../src/cli/install-source.ts';
import {
  installPolicy,
  termsOf,
  type TrustFlags,
  verifyTerms,
} from '../../src/cli/install-terms.ts';
import { Session } from '../../src/cli/session.ts';
import { withDecidingLog } from '../../src/cli/skill-log.ts';
import { type Update, updateSkill } from '../../src/cli/update-skill.ts';
import { placeOf, type TreatedVerdict, verifyPlace } from '../../src/cli/verify-place.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { nodeHost } from '../../src/host/node.ts';
import { readLock, type SkillsFolder } from '../../src/install/skills-folder.ts';
import type { InstalledSkill, ReleasedSkill, SkillsLock } from '../../src/install/skills-lock.ts';
import type { ReleaseEntry } from '../../src/log/release-book.ts';
import type { SkillManifest } from '../../src/records/skill-manifest.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import { entriesOf, type MadeFile, writeFiles } from '../skills/making.ts';
import { ReleasingLog } from '../support/releasing-log.ts';

export function manifestOf(files: readonly MadeFile[]): SkillManifest {
  const digest = digestSkill(nativeCrypto, entriesOf(files));
  if (digest.outcome === 'refused') throw new Error(JSON.stringify(digest.problems));
  return digest.manifest;
}

export interface Typed extends TrustFlags {
  readonly commit?: string;
  readonly path?: string;
  readonly strict?: boolean;
  readonly replacePublisher?: boolean;
  /** Agreed to as scripts do it, unless `false`. */
  readonly expect?: string | false;
  /** The log; that of the ground unless told. */
  readonly log?: string;
  readonly home?: string;
}

export class Ground {
  readonly dir: string;
  readonly folder: SkillsFolder;
  readonly releases: ReleasingLog;
  /** What was shown before consent. */
  shown: string[] = [];
  #sources = 0;

  private constructor(dir: string, releases: ReleasingLog) {
    this.dir = dir;
    this.releases = releases;
    this.folder = { host: nodeHost(), dir: path.join(dir, 'skills') };
  }

  /** Members: `alice`, who is the founder, `mallory`, and `runner`, a device of nobody yet. */
  static async make(): Promise<Ground> {
    const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-install-'));
    const members = ['alice', 'mallory', 'runner'];
    const log = await ReleasingLog.make(nodeHost({ fsync: false }), path.join(dir, 'log'), members);
    return new Ground(dir, log);
  }

  aid(name: string): string {
    return this.releases.aid(name);
  }

  /** Writes the files of a skill where somebody could have put them. */
  source(files: readonly MadeFile[]): string {
    const dir = path.join(this.dir, `source-${++this.#sources}`);
    writeFiles(nodeHost(), dir, files);
    return dir;
  }

  async release(
    name: string,
    files: readonly MadeFile[],
    version = '1.0.0',
    controller?: string,
  ): Promise<ReleaseEntry> {
    return this.releases.release(name, manifestOf(files), version, controller);
  }

  #session(typed: Typed): Session {
    const home = typed.home ?? path.join(this.dir, 'home');
    return new Session({ log: typed.log ?? path.join(this.dir, 'log'), home }, 'remembers');
  }

  async #with<T>(typed: Typed, use: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#session(typed);
    try {
      return await use(session);
    } finally {
      session.close();
    }
  }

  /** Installs what is at a place, agreeing to what is there. */
  async install(source: string, typed: Typed = {}): Promise<Installed> {
    const { commit, path: below, strict = false, replacePublisher = false } = typed;
    return this.#with(typed, async (session) => {
      const terms = termsOf(session, typed);
      return withSource(session.host, { source, commit, path: below, strict }, async (found) =>
        withDecidingLog(session, typed, async (log) =>
          installSkill(session, log, found, {
            folder: this.folder,
            policy: installPolicy(terms, log),
            replacePublisher,
            updates: false,
            yes: typed.expect !== false,
            expected: typed.expect === false ? undefined : (typed.expect ?? this.expecting),
            show: (...lines) => void this.shown.push(...lines),
          }),
        ),
      );
    });
  }

  /** What scripts expect where a test does not say. */
  expecting: string | undefined;

  /** Writes files, expects exactly these, and installs them as released by Alice. */
  async installed(files: readonly MadeFile[], typed: Typed = {}): Promise<Installed> {
    this.expecting = manifestOf(files).said;
    return this.install(this.source(files), { publisher: [this.aid('alice')], ...typed });
  }

  async update(
    entry: InstalledSkill,
    typed: Typed & { quarantine?: boolean } = {},
  ): Promise<Update> {
    return this.#with(typed, async (session) =>
      withDecidingLog(session, typed, async (log) =>
        updateSkill(
          session,
          log,
          {
            folder: this.folder,
            terms: termsOf(session, typed),
            commit: typed.commit,
            strict: typed.strict ?? false,
            yes: typeof typed.expect === 'string',
            expected: typed.expect === false ? undefined : typed.expect,
            quarantine: typed.quarantine ?? false,
            show: (...lines) => void this.shown.push(...lines),
          },
          entry,
        ),
      ),
    );
  }

  async verify(
    typed: Typed & { quarantine?: boolean; dir?: string; withoutLog?: boolean } = {},
  ): Promise<readonly TreatedVerdict[]> {
    const place = placeOf(nodeHost(), typed.dir ?? this.folder.dir);
    const quarantine = typed.quarantine ?? false;
    return this.#with(typed, async (session) => {
      const terms = termsOf(session, typed);
      if (typed.withoutLog === true)
        return verifyPlace(place, verifyTerms(terms, undefined), quarantine);
      return withDecidingLog(session, typed, async (log) =>
        verifyPlace(place, verifyTerms(terms, log), quarantine),
      );
    });
  }

  /** State and reason of every skill, by name. */
  async states(typed: Parameters<Ground['verify']>[0] = {}): Promise<Record<string, string>> {
    return Object.fromEntries(
      (await this.verify(typed)).map(({ name, state, objection }) => [
        name,
        objection === undefined ? state : `${state}: ${objection.reason}`,
      ]),
    );
  }

  get lock(): SkillsLock {
    return readLock(this.folder);
  }

  /** The one entry of the lock. */
  get entry(): ReleasedSkill {
    const [entry] = this.lock;
    if (entry?.release === undefined) throw new Error('nothing that was released is installed');
    return entry;
  }

  path(...parts: readonly string[]): string {
    return path.join(this.folder.dir, ...parts);
  }

  has(...parts: readonly string[]): boolean {
    return existsSync(this.path(...parts));
  }

  /** Writes into a file that was installed read-only. */
  edit(text: string, ...parts: readonly string[]): void {
    const file = this.path(...parts);
    if (existsSync(file)) chmodSync(file, 0o644);
    const at = path.dirname(file);
    writeFiles(nodeHost(), at, [
      { path: path.basename(file), bytes: new TextEncoder().encode(text), executable: false },
    ]);
  }

  /** The log as it is now, to be used when it has gone on. */
  copyOfLog(): string {
    const copy = path.join(this.dir, `log-${++this.#sources}`);
    cpSync(path.join(this.dir, 'log'), copy, { recursive: true });
    return copy;
  }

  remove(): void {
    this.releases.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Why something was refused, as `state: reason`; what became of it otherwise. */
export function outcomeOf(outcome: Installed | Update): string {
  return outcome.status === 'refused'
    ? `${outcome.objection.state}: ${outcome.objection.reason}`
    : outcome.status;
}
