/**
 * What a publisher is told before it seals a release or a revocation that could not stand, or would count for nobody.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Acting, authorityOf } from '../log/acting.ts';
import type { Contents } from '../log/contents.ts';
import type { RecordBook } from '../log/record-book.ts';
import { countingByName, newestRelease, revocationsBy } from '../log/releases.ts';
import { RELEASE_CAPABILITY } from '../log/capabilities.ts';
import type { Release, ReleaseSource } from '../records/release.ts';
import { manifestSha256, type SkillManifest } from '../records/skill-manifest.ts';

/** Who seals, and in whose name. */
export interface Publisher {
  readonly issuer: string;
  /** The controller in whose name a device does; `undefined` where the issuer speaks for itself. */
  readonly controller: string | undefined;
}

/** What a publisher decides about a release. */
export interface ReleaseChoices extends Publisher {
  readonly manifest: SkillManifest;
  readonly version: string;
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

/** After everything that is in the log. */
const NEXT = Number.MAX_SAFE_INTEGER;

/** What helps where an issuer may not act for the controller that it names. */
function authorityHint({ controller, reason }: Acting, issuer: string, capability: string): string {
  const link = `gitkel device link ${controller} --device ${issuer} --name NAME --capability ${capability}`;
  return reason === 'capability-missing'
    ? `Revoke the device and link it anew: ${link}`
    : `Link it first: ${link}; or leave --for away, to speak for itself.`;
}

/**
 * @param action what is attempted, as a message says it
 * @throws GitkelError `refused` where what the publisher seals would count for nobody.
 */
export function requireAuthority(
  { records }: Contents,
  { issuer, controller }: Publisher,
  action: string,
  capability: string = RELEASE_CAPABILITY,
): void {
  const claim = { said: '', issuer, controller, position: NEXT };
  const acting = authorityOf(records, claim, capability);
  if (acting.counts) return;
  throw new GitkelError(
    'refused',
    `Cannot ${action}: ${issuer} may not do that for ${acting.controller} (${acting.reason})`,
    { reason: acting.reason, hint: authorityHint(acting, issuer, capability) },
  );
}

/**
 * @throws GitkelError `refused`: `version-taken` for a version that has other files, `manifest-revoked` for files that the
 * publisher revoked.
 */
export function requireReleasable(
  contents: Contents,
  { issuer, controller = issuer, manifest, version }: ReleaseChoices,
): void {
  const action = `release ${quoted(manifest.name)} ${quoted(version)}`;
  const [revocation] = revocationsBy(contents, manifest.said, [controller]);
  if (revocation !== undefined) {
    throw new GitkelError(
      'refused',
      `Cannot ${action}: ${controller} revoked these very files at position ${revocation.position} (${revocation.reason})`,
      { reason: 'manifest-revoked', hint: 'Mend the skill and release it with what you changed.' },
    );
  }
  const taken = [...countingByName(contents, controller, manifest.name)].find(
    (release) => release.version === version && release.manifest !== manifest.said,
  );
  if (taken === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot ${action}: that version was released with other files, at position ${taken.position} (record ${taken.said})`,
    { reason: 'version-taken', hint: 'Give what you changed a version of its own: --version.' },
  );
}
