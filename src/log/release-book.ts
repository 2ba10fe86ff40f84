import { LIMITS } from '../base/limits.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { Release } from '../records/release.ts';
import type { RepositoryPolicy } from '../records/repository-policy.ts';
import { RELEASE_CAPABILITY } from './capabilities.ts';
import type { LinkBook } from './link-book.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import { PagedList } from './paged-list.ts';
import type { DisputedRecord } from './record-fates.ts';
import type { Remembered, Value } from './remembered.ts';
import { type SpansOf, type Voice, VoicedLists } from './voiced-lists.ts';

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

/** The approval of a policy of a skills repository. */
export interface RepositoryPolicyEntry extends Entry {
  readonly sha256: string;
  readonly previous: string | undefined;
}

/** Names may hold anything: written so that none continues into the page numbers behind it. */
export function ofName(controller: string, name: string): string {
  return `${controller} ${JSON.stringify(name)}`;
}

function digestKey(inName: string, sha256: string): string {
  return `${inName} ${sha256}`;
}

/** In the order of the log: those of one name. */
function inOrder(releases: readonly ReleaseEntry[]): readonly ReleaseEntry[] {
  return releases.toSorted((a, b) => a.ordinal - b.ordinal);
}

/**
 * The releases and the repository policies of a log. Grows only; a `RecordBook` owns it. What somebody
 * says in the name of another one who never linked it counts for nobody, and is listed under its issuer: no stranger makes
 * the lists of a publisher longer, and no device by what it seals while it may not makes lookups in them longer.
 */
export class ReleaseBook {
  readonly #remembered: Remembered;
  readonly #links: Pick<LinkBook, 'spansOf'>;
  #releases: OwnedValues<ReleaseEntry>;
  /** SAIDs of all releases, in the order in which they entered the log. */
  #all: PagedList<string>;
  /** SAIDs of releases by whose they are and their name, and by whose they are and their manifest. */
  #named: VoicedLists<string>;
  #ofManifest: VoicedLists<string>;
  /** The last release of each name, whether it counts or not. */
  #last: OwnedValues<string>;
  /** By whose they are, their name and the SHA-256 of their manifest, the first such release. */
  #withDigest: OwnedValues<string>;
  /** Of each manifest, under whose names it was released. */
  #publishers: OwnedLists<string>;
  #policies: OwnedLists<RepositoryPolicyEntry>;

  /** @param links say when devices may speak for their controllers */
  constructor(remembered: Remembered, links: Pick<LinkBook, 'spansOf'>) {
    this.#remembered = remembered;
    this.#links = links;
    this.#releases = new OwnedValues(remembered, 'release');
    this.#all = new PagedList(remembered, 'releases', remembered.get<number>('releases') ?? 0);
    this.#named = new VoicedLists(remembered, 'releases-named', this.#positionOf);
    this.#ofManifest = new VoicedLists(remembered, 'releases-of', this.#positionOf);
    this.#last = new OwnedValues(remembered, 'release-last');
    this.#withDigest = new OwnedValues(remembered, 'release-with');
    this.#publishers = new OwnedLists(remembered, 'publishers-of');
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

  readonly #positionOf = (said: string): number => this.#releases.get(said)?.position ?? 0;

  #spansOf(owner: string): SpansOf {
    return (device) => this.#links.spansOf(owner, device, RELEASE_CAPABILITY);
  }

  /** The releases of a name, oldest first, whether they count or not. */
  named(controller: string, name: string): readonly ReleaseEntry[] {
    return inOrder(this.#entries(this.#named.all(ofName(controller, name))));
  }

  /**
   * Those of a name that may count for a controller, newest first, each read when it is asked for: none that devices sealed
   * while they may not, nor that a recovery took back.
   */
  *namedBack(controller: string, name: string): Generator<ReleaseEntry> {
    for (const said of this.#named.back(ofName(controller, name), this.#spansOf(controller))) {
      const release = this.#releases.get(said);
      if (release !== undefined) yield release;
    }
  }

  /** The last release of a name in a controller's own name, whether it counts or not. */
  lastNamed(controller: string, name: string): ReleaseEntry | undefined {
    const said = this.#last.get(ofName(controller, name));
    return said === undefined ? undefined : this.#releases.get(said);
  }

  /** A release of a name whose manifest has this SHA-256. */
  namedWith(controller: string, name: string, sha256: string): ReleaseEntry | undefined {
    const said = this.#withDigest.get(digestKey(ofName(controller, name), sha256));
    return said === undefined ? undefined : this.#releases.get(said);
  }

  #ofManifestBy(by: string, manifest: string): readonly ReleaseEntry[] {
    const key = `${by} ${manifest}`;
    const counting = this.#ofManifest.forth(key, this.#spansOf(by));
    const others = this.#ofManifest.recent(key, LIMITS.comparedReleases);
    return inOrder(this.#entries([...new Set([...counting, ...others])]));
  }

  /**
   * The releases of a manifest by the given controllers: of each, oldest first, those that may count, and of the others the
   * last few. Without controllers the last few by each of the first who released it, as many as strangers like.
   */
  ofManifest(manifest: string, controllers?: readonly string[]): readonly ReleaseEntry[] {
    if (controllers !== undefined)
      return controllers.flatMap((one) => this.#ofManifestBy(one, manifest));
    const publishers = this.#publishers.of(manifest);
    const told = Math.min(publishers.length, LIMITS.toldPublishers);
    return Array.from({ length: told }, (_, at) => publishers.at(at) ?? '').flatMap((one) =>
      inOrder(
        this.#entries(this.#ofManifest.recent(`${one} ${manifest}`, LIMITS.comparedReleases)),
      ),
    );
  }

  /** Any release of a manifest: all of them are of the same files under the same name. */
  someOf(manifest: string): ReleaseEntry | undefined {
    const publisher = this.#publishers.of(manifest).at(0);
    if (publisher === undefined) return undefined;
    return this.#releases.get(this.#ofManifest.some(`${publisher} ${manifest}`) ?? '');
  }

  /** How many releases of a name there are, whether they count or not. */
  countNamed(controller: string, name: string): number {
    return this.#named.count(ofName(controller, name));
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

  /** @param links the copy's */
  copy(links: Pick<LinkBook, 'spansOf'>): ReleaseBook {
    const copy = new ReleaseBook(this.#remembered, links);
    copy.#releases = this.#releases.copy();
    copy.#all = this.#all.copy();
    copy.#named = this.#named.copy(copy.#positionOf);
    copy.#ofManifest = this.#ofManifest.copy(copy.#positionOf);
    copy.#last = this.#last.copy();
    copy.#withDigest = this.#withDigest.copy();
    copy.#publishers = this.#publishers.copy();
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
    const inName = ofName(owner, name);
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
      ordinal: this.#named.count(inName),
    });
    this.#all.push(said);
    const voice: Voice = { owner, issuer, controller };
    this.#named.push(inName, voice, said);
    if (controller === owner) this.#last.set(inName, said);
    const key = `${owner} ${manifestSaid}`;
    if (this.#ofManifest.some(key) === undefined) {
      this.#publishers.push(manifestSaid, owner);
      this.#withDigest.set(digestKey(inName, sha256), said);
    }
    this.#ofManifest.push(key, voice, said);
  }

  /**
   * Sets apart the releases that a recovery took back: they never count again.
   * @param superseded records of one issuer, in the order of the log
   * @param ownerOf under whom is listed what names a controller
   */
  supersede(superseded: readonly DisputedRecord[], ownerOf: (controller: string) => string): void {
    const gone = new Set(superseded.flatMap(({ said, type }) => (type === 'release' ? said : [])));
    const places = new Map<VoicedLists<string>, Map<string, readonly [ReleaseEntry, Voice]>>([
      [this.#named, new Map()],
      [this.#ofManifest, new Map()],
    ]);
    for (const release of this.#entries([...gone])) {
      const { issuer, controller, name, manifest } = release;
      const owner = ownerOf(controller);
      const place = [release, { issuer, controller, owner }] as const;
      const keys = [ofName(owner, name), `${owner} ${manifest}`];
      for (const [index, found] of [...places.values()].entries()) {
        const key = keys[index] ?? '';
        if (!found.has(key)) found.set(key, place);
      }
    }
    for (const [lists, found] of places)
      for (const [key, [{ position }, voice]] of found)
        lists.silence(key, voice, position, (said) => gone.has(said));
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
      this.#last,
      this.#withDigest,
      this.#publishers,
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
