/** A small repository with skills behind the hooks of a server; the log is in it or beside it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../src/base/bytes.ts';
import type { HookConfig } from '../../src/gate/hook-config.ts';
import type { RefUpdate } from '../../src/gate/judge-refs.ts';
import type { GitObject } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs, moveRefWaiting, type RefStore } from '../../src/git/refs.ts';
import { initRepository, type Repository } from '../../src/git/repository.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { addCommit, at, manifestOf, skill, type Tree } from './made-tree.ts';
import { MAIN } from './push.ts';
import { policyText } from './push-log.ts';
import { ReleasingLog } from './releasing-log.ts';
import { configureHooks, hookRun, received, refusedBy, transacted } from './served.ts';

export const LOG = 'refs/heads/gitkel';

export interface SkillServerOptions {
  /** Whether the log is in the repository itself, as `refs/heads/gitkel`. */
  readonly ownLog?: boolean;
  /** More lines of the policy, made of the members' AIDs. */
  readonly more?: (aid: (name: string) => string) => string;
}

/** Ada publishes, Max maintains, Eve is a stranger. `main` holds the policy and no skill. */
export class SkillServer {
  readonly host: Host;
  readonly top: string;
  readonly dir: string;
  readonly repository: Repository;
  readonly refs: RefStore;
  readonly releases: ReleasingLog;
  readonly policy: Uint8Array;
  readonly config: HookConfig;
  readonly base: Tree;
  /** The tip of `main`. */
  readonly main: string;

  private constructor(top: string, releases: ReleasingLog, options: SkillServerOptions) {
    this.host = nodeHost({ fsync: false });
    this.top = top;
    this.releases = releases;
    this.dir = join(top, 'served.git');
    this.repository = initRepository(this.host, this.dir, { bare: true, branch: 'main' });
    this.refs = fileRefs(this.host, this.repository);
    const text = policyText(
      releases.id,
      [releases.aid('max')],
      { 'skills/**': [releases.aid('ada')] },
      options.more?.((name) => releases.aid(name)),
    );
    this.policy = utf8(text);
    this.config = {
      logDir: options.ownLog === true ? undefined : releases.dir,
      logRef: options.ownLog === true ? LOG : MAIN,
      logId: releases.id,
    };
    configureHooks(this.dir, this.config, this.policy);
    this.base = { '.gitkel/policy.yaml': text, 'README.md': 'x\n' };
    this.main = this.commit(this.base);
  }

  static async make(options: SkillServerOptions = {}): Promise<SkillServer> {
    const top = mkdtempSync(join(tmpdir(), 'gitkel-test-'));
    const host = nodeHost({ fsync: false });
    const releases = await ReleasingLog.make(host, join(top, 'log'), ['ada', 'max', 'eve']);
    const server = new SkillServer(top, releases, options);
    await server.move(MAIN, server.main);
    if (options.ownLog === true) {
      cpSync(join(releases.dir, 'objects'), join(server.dir, 'objects'), { recursive: true });
      await server.move(LOG, server.logTip);
    }
    return server;
  }

  /** The last commit of the log where it is written. */
  get logTip(): string {
    return this.releases.log.replayed.tip ?? '';
  }

  /** Stores a commit in the repository. */
  commit(tree: Tree, parents: readonly string[] = []): string {
    const objects: GitObject[] = [];
    const oid = addCommit(objects, tree, parents);
    const store = new ObjectStore(this.host, this.repository);
    store.writePack(objects);
    store.release();
    store.close();
    return oid;
  }

  /** A commit on `main` with a skill of that name. */
  withSkill(name: string): string {
    return this.commit({ ...this.base, ...at(`skills/${name}`, skill(name)) }, [this.main]);
  }

  /** Has Ada release the skill of that name; gives the record's SAID. */
  async release(name: string, by = 'ada'): Promise<string> {
    return (await this.releases.release(by, manifestOf(skill(name)))).said;
  }

  async revoke(name: string, said: string): Promise<void> {
    await this.releases.revoke('ada', manifestOf(skill(name)), { kind: 'release', said });
  }

  /** Moves a ref past all hooks. */
  async move(ref: string, to: string | undefined): Promise<void> {
    const moved = await moveRefWaiting(this.host, this.refs, ref, this.refs.read(ref), to);
    if (!moved.ok) throw new Error(`${ref} was moved by somebody else`);
  }

  /** What is refused of a push. */
  async push(
    updates: readonly RefUpdate[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<readonly string[]> {
    return refusedBy(await received(hookRun(this.host, this.dir, updates, environment)));
  }

  /** What is refused in a transaction that is prepared. */
  async prepare(updates: readonly RefUpdate[], host = this.host): Promise<readonly string[]> {
    return refusedBy(await transacted(hookRun(host, this.dir, updates)));
  }

  /** The transaction ends. */
  async end(updates: readonly RefUpdate[], state: 'committed' | 'aborted'): Promise<void> {
    refusedBy(await transacted(hookRun(this.host, this.dir, updates), state));
  }

  get isLogLocked(): boolean {
    const { logDir, logRef } = this.config;
    return existsSync(join(logDir ?? this.dir, `${logRef}.lock`));
  }

  /** The environment of a push that brings everything that the log has where it is written, and an end to it. */
  quarantine(): { readonly environment: NodeJS.ProcessEnv; readonly remove: () => void } {
    const objects = join(this.dir, 'objects');
    const path = join(objects, 'tmp_objdir-incoming-1');
    mkdirSync(path, { recursive: true });
    cpSync(join(this.releases.dir, 'objects'), path, { recursive: true });
    return {
      environment: {
        GIT_OBJECT_DIRECTORY: path,
        GIT_QUARANTINE_PATH: path,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
      },
      remove: () => rmSync(path, { recursive: true }),
    };
  }

  close(): void {
    this.releases.close();
    rmSync(this.top, { recursive: true, force: true });
  }
}

/** A ref that is new. */
export function created(ref: string, after: string): RefUpdate {
  return { ref, before: undefined, after };
}
