/**
 * What the lock remembers of skills that no publisher who may has released: as what they were let in, and what whoever runs
 * them has to keep.
 * @module
 */
import { fromHex } from '../base/bytes.ts';
import { parseDay } from '../base/day.ts';
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isDigest } from '../keri/primitive-text.ts';
import { type Condition, CONDITIONS } from '../trust/condition.ts';
import {
  LEGACY_CLASSES,
  LEGACY_MODES,
  type LegacyClass,
  type LegacyMode,
} from '../trust/legacy.ts';

/** A signature of others that was verified. Its file is kept beside the installed files, to be verified again. */
export interface ForeignSignature {
  readonly kind: 'oms';
  /** SHA-256 of the DER of the pinned root, of the file with the signature; lower-case hexadecimal. */
  readonly root: string;
  readonly file: string;
  /** Whom the signer's certificate names; of any characters. */
  readonly signer: string;
}

export interface LegacyBasis {
  readonly class: LegacyClass;
  readonly mode: LegacyMode;
  readonly conditions: readonly Condition[];
  /** The SAID of the exemption or import that let it in, if one did. */
  readonly statement?: string | undefined;
  /** The first day on which that exemption holds no more, as `2026-11-21`. */
  readonly expires?: string | undefined;
  readonly signature?: ForeignSignature | undefined;
}

export function basisJson(basis: LegacyBasis): Json {
  const { class: of, mode, conditions, statement, expires, signature } = basis;
  return {
    class: of,
    mode,
    conditions,
    ...(statement === undefined ? {} : { statement }),
    ...(expires === undefined ? {} : { expires }),
    ...(signature === undefined
      ? {}
      : {
          signature: {
            kind: signature.kind,
            root: signature.root,
            file: signature.file,
            signer: signature.signer,
          },
        }),
  };
}

function wordIn<const T extends string>(words: readonly T[], text: string, what: string): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw malformed('lock-legacy', `Cannot read ${what}: ${quoted(text)} is no word for that`);
}

function sha256(fields: Fields, key: string): string {
  const text = fields.text(key);
  if (fromHex(text)?.length === 32) return text;
  throw malformed('lock-digest', `Cannot read ${fields.what}: ${quoted(text)} is no SHA-256`);
}

function parseSignature(value: Json, what: string): ForeignSignature {
  const fields = fieldsOf(value, what, ['kind', 'root', 'file', 'signer']);
  const signer = fields.text('signer');
  if (signer.length > LIMITS.skillSourceCharacters)
    throw malformed('lock-legacy', `Cannot read ${what}: the signer ${quoted(signer)} is too long`);
  const kind = wordIn(['oms'], fields.text('kind'), what);
  return { kind, root: sha256(fields, 'root'), file: sha256(fields, 'file'), signer };
}

const CONDITION_WORDS = Object.keys(CONDITIONS);

function isCondition(text: string): text is Condition {
  return CONDITION_WORDS.includes(text);
}

/**
 * Reads what was written by {@link basisJson}.
 * @throws GitkelError `malformed`.
 */
export function parseBasis(value: Json, what: string): LegacyBasis {
  const fields = fieldsOf(
    value,
    what,
    ['class', 'mode', 'conditions'],
    ['statement', 'expires', 'signature'],
  );
  const words = fields.texts('conditions');
  const conditions = words.filter(isCondition);
  if (conditions.length < words.length || new Set(words).size < words.length)
    throw malformed('lock-legacy', `Cannot read ${what}: a condition is none, or stands twice`);
  const statement = fields.optionalText('statement');
  if (statement !== undefined && !isDigest(statement))
    throw malformed('lock-digest', `Cannot read ${what}: ${quoted(statement)} is no SAID`);
  const expires = fields.optionalText('expires');
  if (expires !== undefined) parseDay(expires);
  return {
    class: wordIn(LEGACY_CLASSES, fields.text('class'), what),
    mode: wordIn(LEGACY_MODES, fields.text('mode'), what),
    conditions,
    statement,
    expires,
    signature: fields.has('signature') ? parseSignature(fields.json('signature'), what) : undefined,
  };
}

/** Whether two say the same. */
export function sameBasis(a: LegacyBasis | undefined, b: LegacyBasis | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return JSON.stringify(basisJson(a)) === JSON.stringify(basisJson(b));
}
