import type { UnsignedRecord } from '../records/record.ts';
import type { Release } from '../records/release.ts';
import type { RepositoryPolicy } from '../records/repository-policy.ts';
import type { Revoke, RevokeTarget } from '../records/revoke.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import { PagedList } from './paged-list.ts';
import type { Remembered, Value } from './remembered.ts';

/** What stands in the log for every record of this book. */
interface Entry {
  readonly said: string;
  readonly issuer: string;
  /** Sequence number of the issuer's event that seals it. */
  readonly sn: number;
  readonly position: number;
}

/** A release without its list of files, which its record's file has. */
export interface ReleaseEntry extends Entry {
  /** In whose name it is: the issuer's own, unless the issuer is a device that names another one. */
  readonly controller: string;
  /** The SAID of the manifest, and the SHA-256 of its bytes. */
  readonly manifest: string;
  readonly sha256: string;
  readonly name: string;
  readonly version: string;
  readonly previous: string | undefined;
  /** Whether it names the repository and the commit that it was made from. */
  readonly namesSource: boolean;
  /** How many of that name stood in the log before it. */
  readonly ordinal: number;
}

/** A revocation of a skill. */
export interface RevokeEntry
  extends Entry, Pick<Revoke, 'target' | 'reason' | 'note' | 'replacement'> {
  /** In whose name it is. */
  readonly controller: string;
  /** Of the releases of a name, how many stood in the log before it. */
  readonly covers: number;
}

/** The approval of a policy of a skills repository. */
export interface RepositoryPolicyEntry extends Entry {
  readonly sha256: string;
  readonly previous: string | undefined;
}

/** Names may hold anything: written so that none continues into the page numbers behind it. */
function named(controller: string, name: string): string {
  return `${controller} ${JSON.stringify(name)}`;
}

function digestKey(ofName: string, sha256: string): string {
  return `${ofName} ${sha256}`;
}

function targetKey(target: RevokeTarget): string {
  return target.kind === 'name'
    ? `name ${named(target.publisher, target.name)}`
    : `${target.kind} ${target.said}`;
}

/**
 * The releases, their revocations and the repository policies of a log. Grows only; a `RecordBook` owns it. What somebody
 * says in the name of another one who never linked it counts for nobody, and is listed under its issuer: no stranger makes
 * the lists of a publisher longer.
 */
export class ReleaseBook {
  readonly #remembered: Remembered;
  #releases: OwnedValues<ReleaseEntry>;
  /** SAIDs of all releases, in the order in which they entered the log. */
  #all: PagedList<string>;
  /** SAIDs of releases by whose they are and their name, and by whose they are and their manifest. */
  #named: OwnedLists<string>;
  #ofManifest: OwnedLists<string>;
  /** By whose they are, their name and the SHA-256 of their manifest, the first such release. */
  #withDigest: OwnedValues<string>;
  /** Of each manifest, under whose names it was released. */
  #publishers: OwnedLists<string>;
  /** Revocations by whose they are and what they are about. */
  #revokes: OwnedLists<RevokeEntry>;
  /** Of each target, under whose names it was revoked. As long as strangers like. */
  #revokers: OwnedLists<string>;
  #policies: OwnedLists<RepositoryPolicyEntry>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#releases = new OwnedValues(remembered, 'release');
    this.#all = new PagedList(remembered, 'releases', remembered.get<number>('releases') ?? 0);
    this.#named = new OwnedLists(remembered, 'releases-named');
    this.#ofManifest = new OwnedLists(remembered, 'releases-of');
    this.#withDigest = new OwnedValues(remembered, 'release-with');
    this.#publishers = new OwnedLists(remembered, 'publishers-of');
    this.#revokes = new OwnedLists(remembered, 'revokes');
    this.#revokers = new OwnedLists(remembered, 'revokers');
    this.#policies = new OwnedLists(remembered, 'repository-policies');
  }

  /** A release by its SAID. */
  release(said: string): ReleaseEntry | undefined {
    return this.#releases.get(said);
  }

  #entries(saids: readonly string[]): readonly ReleaseEntry[] {
    return saids.flatMap((said) => this.#releases.get(said) ?? []);
  }

  /** Every release of the log, oldest first. */
  get all(): readonly ReleaseEntry[] {
    return this.#entries(this.#all.from(0));
  }

  /** The releases of a name, oldest first. */
  named(controller: string, name: string): readonly ReleaseEntry[] {
    return this.#entries(this.#named.of(named(controller, name)).from(0));
  }

  /** The last release of a name in a controller's own name, whether it counts or not. */
  lastNamed(controller: string, name: string): ReleaseEntry | undefined {
    const saids = this.#named.of(named(controller, name));
    for (let at = saids.length - 1; at >= 0; at--) {
      const release = this.#releases.get(saids.at(at) ?? '');
      if (release?.controller === controller) return release;
    }
    return undefined;
  }

  /** A release of a name whose manifest has this SHA-256. */
  namedWith(controller: string, name: string, sha256: string): ReleaseEntry | undefined {
    const said = this.#withDigest.get(digestKey(named(controller, name), sha256));
    return said === undefined ? undefined : this.#releases.get(said);
  }

  /** The releases of a manifest, by the given controllers or by everybody. */
  ofManifest(manifest: string, controllers?: readonly string[]): readonly ReleaseEntry[] {
    const publishers = controllers ?? this.#publishers.of(manifest).from(0);
    return publishers.flatMap((one) =>
      this.#entries(this.#ofManifest.of(`${one} ${manifest}`).from(0)),
    );
  }

  /** Any release of a manifest: all of them are of the same files under the same name. */
  someOf(manifest: string): ReleaseEntry | undefined {
    const publisher = this.#publishers.of(manifest).at(0);
    if (publisher === undefined) return undefined;
    return this.#releases.get(this.#ofManifest.of(`${publisher} ${manifest}`).at(0) ?? '');
  }

  /** How many releases of a name there are, whether they count or not. */
  countNamed(controller: string, name: string): number {
    return this.#named.of(named(controller, name)).length;
  }

  /**
   * The revocations of a target in somebody's name, oldest first, each read when it is asked for.
   * @param covers only those of at least so many releases of a name
   */
  *revokes(by: string, target: RevokeTarget, covers = 0): Generator<RevokeEntry> {
    const revokes = this.#revokes.of(`${by} ${targetKey(target)}`);
    for (let at = revokes.countWhile((one) => one.covers < covers); at < revokes.length; at++) {
      const revoke = revokes.at(at);
      if (revoke !== undefined) yield revoke;
    }
  }

  /** Those, newest first, that cover at least so many releases of a name; all of them where the target is no name. */
  *revokesBack(by: string, target: RevokeTarget, covers: number): Generator<RevokeEntry> {
    const revokes = this.#revokes.of(`${by} ${targetKey(target)}`);
    for (let at = revokes.length - 1; at >= 0; at--) {
      const revoke = revokes.at(at);
      if (revoke === undefined || revoke.covers < covers) return;
      yield revoke;
    }
  }

  /** Under whose names a target was revoked; `undefined` where that is more than so many. */
  revokersOf(target: RevokeTarget, most: number): ReadonlySet<string> | undefined {
    const revokers = this.#revokers.of(targetKey(target));
    return revokers.length > most ? undefined : new Set(revokers.from(0));
  }

  /** The policies that an AID approved, newest first. */
  *policiesBack(issuer: string): Generator<RepositoryPolicyEntry> {
    const policies = this.#policies.of(issuer);
    for (let at = policies.length - 1; at >= 0; at--) {
      const policy = policies.at(at);
      if (policy !== undefined) yield policy;
    }
  }

  /** The policies that an AID approved, oldest first. */
  policies(issuer: string): readonly RepositoryPolicyEntry[] {
    return this.#policies.of(issuer).from(0);
  }

  copy(): ReleaseBook {
    const copy = new ReleaseBook(this.#remembered);
    copy.#releases = this.#releases.copy();
    copy.#all = this.#all.copy();
    copy.#named = this.#named.copy();
    copy.#ofManifest = this.#ofManifest.copy();
    copy.#withDigest = this.#withDigest.copy();
    copy.#publishers = this.#publishers.copy();
    copy.#revokes = this.#revokes.copy();
    copy.#revokers = this.#revokers.copy();
    copy.#policies = this.#policies.copy();
    return copy;
  }

  /** @param owner under whom it is listed */
  addRelease(
    { said, issuer, sn }: UnsignedRecord,
    { manifest, sha256, version, previous, source, controller = issuer }: Release,
    { position, owner }: { position: number; owner: string },
  ): void {
    const { said: manifestSaid, name } = manifest;
    const ofName = named(owner, name);
    this.#releases.set(said, {
      said,
      issuer,
      sn,
      position,
      controller,
      manifest: manifestSaid,
      sha256,
      name,
      version,
      previous,
      namesSource: source !== undefined,
      ordinal: this.#named.of(ofName).length,
    });
    this.#all.push(said);
    this.#named.push(ofName, said);
    const key = `${owner} ${manifestSaid}`;
    if (this.#ofManifest.of(key).length === 0) {
      this.#publishers.push(manifestSaid, owner);
      this.#withDigest.set(digestKey(ofName, sha256), said);
    }
    this.#ofManifest.push(key, said);
  }

  /** @param owner under whom it is listed */
  addRevoke(
    { said, issuer, sn }: UnsignedRecord,
    { target, reason, note, replacement, controller = issuer }: Revoke,
    { position, owner }: { position: number; owner: string },
  ): void {
    const covers =
      target.kind === 'name' ? this.#named.of(named(target.publisher, target.name)).length : 0;
    const about = targetKey(target);
    if (this.#revokes.of(`${owner} ${about}`).length === 0) this.#revokers.push(about, owner);
    this.#revokes.push(`${owner} ${about}`, {
      said,
      issuer,
      sn,
      position,
      controller,
      target,
      reason,
      note,
      replacement,
      covers,
    });
  }

  addPolicy(
    { said, issuer, sn }: UnsignedRecord,
    { sha256, previous }: RepositoryPolicy,
    position: number,
  ): void {
    this.#policies.push(issuer, { said, issuer, sn, position, sha256, previous });
  }

  #parts(): readonly Pick<OwnedLists<unknown>, 'changes' | 'settle'>[] {
    return [
      this.#all,
      this.#releases,
      this.#named,
      this.#ofManifest,
      this.#withDigest,
      this.#publishers,
      this.#revokes,
      this.#revokers,
      this.#policies,
    ];
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield ['releases', this.#all.length];
    for (const part of this.#parts()) yield* part.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    for (const part of this.#parts()) part.settle();
  }
}
