/** A log on any host, in which members by name release skills, through the public functions. */
import {
  countThreshold,
  createLog,
  type Host,
  type Log,
  nativeCrypto,
  nextDigest,
  openLog,
  type Operation,
} from '../../src/index.ts';
import { toHex } from '../../src/base/bytes.ts';
import { newestRelease } from '../../src/log/releases.ts';
import type { RecordBody } from '../../src/records/record.ts';
import type { ReleaseEntry } from '../../src/log/release-book.ts';
import type { Revoke, RevokeTarget } from '../../src/records/revoke.ts';
import { manifestSha256, type SkillManifest } from '../../src/records/skill-manifest.ts';
import { KeyRing } from './key-ring.ts';
import { commitSigned, oneKeyInception } from './one-key.ts';

export class ReleasingLog {
  readonly log: Log;
  readonly dir: string;
  readonly #ring = new KeyRing(nativeCrypto);
  readonly #aids = new Map<string, string>();

  private constructor(host: Host, dir: string) {
    createLog(host, dir, { admission: 'open' });
    this.dir = dir;
    this.log = openLog(host, dir);
  }

  /** A log with members of one key each; the first one is the founder, who commits everything. */
  static async make(host: Host, dir: string, members: readonly string[]): Promise<ReleasingLog> {
    const made = new ReleasingLog(host, dir);
    const [founder = '', ...others] = members;
    await made.#join([founder]);
    if (others.length > 0) await made.#join(others);
    return made;
  }

  async #join(names: readonly string[], delegator?: string): Promise<void> {
    const known = this.log.contents.aids.length;
    await this.commit(
      names.map((name) => {
        const inception = this.#inception(name);
        return delegator === undefined ? inception : { ...inception, delegator };
      }),
    );
    for (const [index, aid] of this.log.contents.aids.slice(known).entries())
      this.#aids.set(names[index] ?? '', aid);
  }

  /** Adds members whom another one controls, as its delegates. */
  async delegate(delegator: string, ...names: readonly string[]): Promise<void> {
    await this.#join(names, this.aid(delegator));
  }

  #inception(name: string): Operation {
    return oneKeyInception(nativeCrypto, this.#ring, `${name} 0`, `${name} 1`);
  }

  aid(name: string): string {
    const aid = this.#aids.get(name);
    if (aid === undefined) throw new Error(`${name} is no member`);
    return aid;
  }

  get id(): string {
    return this.log.contents.genesis?.logId ?? '';
  }

  /** Stages operations in one batch, signs it with every key that is asked for, and commits it. */
  async commit(operations: readonly Operation[]): Promise<void> {
    await commitSigned(this.log, this.#ring, operations, new Uint8Array(16).fill(7));
  }

  /** Seals records of a member in one event. */
  async seal(name: string, ...bodies: readonly RecordBody[]): Promise<void> {
    await this.commit([{ kind: 'seal', aid: this.aid(name), bodies }]);
  }

  /** Rotates a member to its next key, in the place of its events from a sequence number on where one is given. */
  async rotate(name: string, generation: number, from?: number): Promise<void> {
    await this.commit([
      {
        kind: 'rotate',
        aid: this.aid(name),
        publicKeys: [this.#ring.key(`${name} ${generation}`)],
        threshold: countThreshold(1),
        nextDigests: [nextDigest(nativeCrypto, this.#ring.key(`${name} ${generation + 1}`))],
        nextThreshold: countThreshold(1),
        ...(from === undefined ? {} : { supersede: from }),
      },
    ]);
  }

  /** A release of these files; gives its entry. */
  async release(
    name: string,
    manifest: SkillManifest,
    version = '1',
    controllerName?: string,
  ): Promise<ReleaseEntry> {
    const controller = controllerName === undefined ? undefined : this.aid(controllerName);
    const by = controller ?? this.aid(name);
    const { records } = this.log.contents;
    const previous = newestRelease(records, by, manifest.name)?.said;
    await this.seal(name, {
      type: 'release',
      manifest,
      sha256: manifestSha256(nativeCrypto, manifest),
      version,
      previous,
      controller,
      source: undefined,
    });
    const made = this.log.contents.records.releases.all.at(-1);
    if (made === undefined) throw new Error('a release was made');
    return made;
  }

  async revoke(
    name: string,
    manifest: SkillManifest,
    target: RevokeTarget,
    more: Partial<Revoke> = {},
  ): Promise<void> {
    await this.seal(name, {
      type: 'revoke',
      target,
      subject: { name: manifest.name, sha256: manifestSha256(nativeCrypto, manifest) },
      reason: 'vulnerable',
      note: '',
      replacement: undefined,
      controller: undefined,
      ...more,
    });
  }

  /** Approves a policy file in the place of another one. */
  async approve(name: string, bytes: Uint8Array, previous: Uint8Array | undefined): Promise<void> {
    const digest = (file: Uint8Array): string => toHex(nativeCrypto.digest('sha2-256', file));
    await this.seal(name, {
      type: 'repository-policy',
      sha256: digest(bytes),
      previous: previous === undefined ? undefined : digest(previous),
    });
  }

  async link(name: string, device: string, capabilities: readonly string[]): Promise<void> {
    await this.seal(name, {
      type: 'device-link',
      device: this.aid(device),
      name: device,
      capabilities,
    });
  }

  close(): void {
    this.log.store.close();
  }
}
