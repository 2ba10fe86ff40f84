/**
 * What the owner of a home wants to become of skills that nobody released: part of `trust.json`.
 * @module
 */
import { fromHex } from '../base/bytes.ts';
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodeStandardBase64, encodeStandardBase64 } from '../base/standard-base64.ts';
import { isName } from './key-name.ts';

export const HOME_LEGACY_MODES = ['permissive', 'standard', 'strict'] as const;
export type HomeLegacyMode = (typeof HOME_LEGACY_MODES)[number];

/** A root certificate under which signatures of others count. */
export interface HomeLegacyRoot {
  readonly kind: 'oms';
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string;
  /** The DER itself. */
  readonly certificate: Uint8Array;
  /** Names or SAIDs of criteria that its signatures meet; none where there are none. */
  readonly criteria: readonly string[];
}

export interface HomeLegacy {
  readonly mode: HomeLegacyMode;
  /** Sorted by their SHA-256, each once. */
  readonly roots: readonly HomeLegacyRoot[];
}

function readRoot(value: Json, what: string): HomeLegacyRoot {
  const fields = fieldsOf(value, what, ['certificate', 'criteria', 'kind', 'sha256']);
  const [kind, sha256] = [fields.text('kind'), fields.text('sha256')];
  const certificate = decodeStandardBase64(fields.text('certificate'));
  const criteria = fields.texts('criteria');
  const isGood =
    kind === 'oms' &&
    fromHex(sha256)?.length === 32 &&
    criteria.every(isName) &&
    new Set(criteria).size === criteria.length &&
    criteria.length <= LIMITS.trustListed;
  if (!isGood || certificate === undefined || certificate.length > LIMITS.certificateBytes)
    throw malformed('field', `Cannot read ${what}: the root ${quoted(sha256, 80)}`);
  return { kind, sha256, certificate, criteria };
}

/**
 * Reads it. That a certificate is one, and has that SHA-256, whoever uses it finds out.
 * @throws GitkelError `malformed`.
 */
export function readHomeLegacy(value: Json, what: string): HomeLegacy {
  const fields = fieldsOf(value, what, ['mode', 'roots']);
  const mode = HOME_LEGACY_MODES.find((one) => one === fields.text('mode'));
  if (mode === undefined)
    throw malformed('field', `Cannot read ${what}: the mode ${quoted(fields.text('mode'))}`);
  const roots = fields.list('roots').map((one) => readRoot(one, what));
  const isSorted = roots.every(({ sha256 }, at) => (roots[at - 1]?.sha256 ?? '') < sha256);
  if (roots.length > LIMITS.legacyRoots || !isSorted)
    throw malformed('order', `Cannot read ${what}: its roots are too many, or not sorted`);
  return { mode, roots };
}

export function homeLegacyJson({ mode, roots }: HomeLegacy): Json {
  return {
    mode,
    roots: roots
      .toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
      .map(({ kind, sha256, certificate, criteria }) => ({
        certificate: encodeStandardBase64(certificate),
        criteria,
        kind,
        sha256,
      })),
  };
}
