import type { Crypto } from '../crypto/crypto.ts';
import type { RecordBook } from '../log/record-book.ts';
import { newestRelease } from '../log/releases.ts';
import type { Release, ReleaseSource } from '../records/release.ts';
import { manifestSha256, type SkillManifest } from '../records/skill-manifest.ts';

/** What a publisher decides about a release. */
export interface ReleaseChoices {
  readonly manifest: SkillManifest;
  readonly version: string;
  /** The AID that seals it. */
  readonly issuer: string;
  /** The controller in whose name a device does; `undefined` where the issuer speaks for itself. */
  readonly controller?: string | undefined;
  readonly source?: ReleaseSource | undefined;
}

/** The release that follows on the newest one of its name that counts. */
export function newRelease(
  crypto: Crypto,
  book: RecordBook,
  { manifest, version, issuer, controller, source }: ReleaseChoices,
): Release {
  return {
    type: 'release',
    manifest,
    sha256: manifestSha256(crypto, manifest),
    version,
    previous: newestRelease(book, controller ?? issuer, manifest.name)?.said,
    controller,
    source,
  };
}
