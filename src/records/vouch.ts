import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isPrefix } from '../keri/primitive-text.ts';
import {
  inTotoPayload,
  onlySubject,
  PLACE_KEYS,
  placeJson,
  readController,
  readInToto,
  readPlace,
  type Subject,
} from './in-toto.ts';
import { namePatternProblem } from './name-pattern.ts';
import type { RecordHead } from './record-head.ts';
import {
  aidSubject,
  boundedText,
  readCriteria,
  readSorted,
  readTerm,
  readWord,
} from './skill-statement.ts';

/** How far an identifier is trusted, in rising order. */
export const VOUCH_LEVELS = ['distrust', 'none', 'low', 'medium', 'high'] as const;
export type VouchLevel = (typeof VOUCH_LEVELS)[number];

/** What a vouch is limited to; without limits it is for everything. */
export interface VouchScope {
  /** SAIDs of criteria; sorted, each once. */
  readonly criteria: readonly string[] | undefined;
  /** Patterns of skill names, in which `*` stands for any characters; sorted, each once. */
  readonly names: readonly string[] | undefined;
}

/** The issuer says how far it trusts what an identifier states about skills. */
export interface Vouch {
  readonly type: 'vouch';
  readonly aid: string;
  /** The identifier and the SHA-256 of its text, as `aidSubject` makes them. */
  readonly subject: Subject;
  readonly level: VouchLevel;
  readonly scope: VouchScope;
  /** SAIDs of criteria that every release by the identifier meets while this is in force; sorted, each once. */
  readonly grants: readonly string[];
  /** Days as `2026-11-21`, in UTC: it gives trust from `from` on, and no more on `until`. */
  readonly from: string;
  readonly until: string;
  /** Text for others, perhaps empty. */
  readonly note: string;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:vouch:1';
const WHAT = 'a vouch';

function scopeJson({ criteria, names }: VouchScope): Json {
  return {
    ...(criteria === undefined ? {} : { criteria }),
    ...(names === undefined ? {} : { names }),
  };
}

/** The payload of the vouch's DSSE envelope. */
export function vouchPayload(head: RecordHead, vouch: Vouch): Uint8Array {
  const { aid, subject, level, scope, grants, from, until, note, controller } = vouch;
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [subject],
    predicate: {
      ...placeJson(head, 'vouch', controller),
      aid,
      from,
      grants,
      level,
      note,
      scope: scopeJson(scope),
      until,
    },
  });
}

function readScope(value: Json): VouchScope {
  const what = `the scope of ${WHAT}`;
  const fields = fieldsOf(value, what, [], ['criteria', 'names']);
  return {
    criteria: fields.has('criteria') ? readCriteria(fields, 'criteria', 1) : undefined,
    names: fields.has('names')
      ? readSorted(fields, 'names', {
          most: LIMITS.vouchNames,
          reason: 'vouch-names',
          problem: namePatternProblem,
        })
      : undefined,
  };
}

function readGrants(fields: Fields, level: VouchLevel): readonly string[] {
  const grants = readCriteria(fields, 'grants', 0);
  if (grants.length === 0 || (level !== 'distrust' && level !== 'none')) return grants;
  throw malformed('vouch-grants', `Cannot read ${WHAT}: with the level ${level} it grants nothing`);
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseVouch(
  crypto: Crypto,
  value: Json,
): { readonly head: RecordHead; readonly body: Vouch } {
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, WHAT);
  const keys = [...PLACE_KEYS, 'aid', 'from', 'grants', 'level', 'note', 'scope', 'until'];
  const fields = fieldsOf(predicate, WHAT, keys, ['controller']);
  const aid = fields.text('aid');
  if (!isPrefix(aid))
    throw malformed('vouch-aid', `Cannot read ${WHAT}: ${quoted(aid)} is no identifier`);
  const subject = onlySubject(subjects, WHAT);
  if (subject.name !== aid || subject.sha256 !== aidSubject(crypto, aid).sha256) {
    throw malformed(
      'statement-subject',
      `Cannot read ${WHAT}: its subject is not the identifier that it names`,
    );
  }
  const level = readWord(fields, 'level', VOUCH_LEVELS);
  const { first, end } = readTerm(fields, ['from', 'until'], LIMITS.vouchDays);
  const body: Vouch = {
    type: 'vouch',
    aid,
    subject,
    level,
    scope: readScope(fields.json('scope')),
    grants: readGrants(fields, level),
    from: first,
    until: end,
    note: boundedText(`the note of ${WHAT}`, fields.text('note'), 0, LIMITS.statementCharacters),
    controller: readController(fields),
  };
  return { head: readPlace(fields, 'vouch'), body };
}
