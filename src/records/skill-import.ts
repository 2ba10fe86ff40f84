import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import {
  inTotoPayload,
  onlySubject,
  PLACE_KEYS,
  placeJson,
  readController,
  readInToto,
  readPlace,
  saidField,
  sha256Field,
  type Subject,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';
import { pathFormProblem } from './skill-path.ts';
import {
  boundedText,
  checkSkillSubject,
  readCriteria,
  readTerm,
  readWord,
} from './skill-statement.ts';

/** Kinds of foreign signatures that an import may name. */
export const EVIDENCE_KINDS = ['oms', 'sigstore', 'git-ssh', 'git-gpg', 'npm'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** A foreign signature over the files, which the curator had at hand. */
export interface ForeignEvidence {
  readonly kind: EvidenceKind;
  /** Whom it names as its signer: text of others, to be shown escaped. */
  readonly signer: string;
  /** SHA-256 of the file that holds it, lower-case hexadecimal. */
  readonly digest: string;
  readonly note: string | undefined;
}

/** Where a skill comes from, as its curator says. */
export interface SkillOrigin {
  readonly url: string;
  /** The id of a commit, SHA-1 or SHA-256, in hexadecimal. */
  readonly commit: string | undefined;
  /** The directory of the skill from the root of that commit; empty for the root. */
  readonly path: string | undefined;
}

/** A curator answers for a skill that nobody released here. It speaks for itself alone: imports are not handed on. */
export interface SkillImport {
  readonly type: 'import';
  /** The SAID of the manifest of the files. */
  readonly manifest: string;
  /** The name of the skill, and the SHA-256 of the manifest's bytes. */
  readonly subject: Subject;
  readonly origin: SkillOrigin;
  readonly evidence: readonly ForeignEvidence[];
  /** SAIDs of criteria that the curator says are met, perhaps none; sorted, each once. */
  readonly criteria: readonly string[];
  /** Text for others, perhaps empty. */
  readonly note: string;
  /** Days as `2026-11-21`, in UTC: it gives trust from `issued` on, and no more on `expires`. */
  readonly issued: string;
  readonly expires: string;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:import:1';
const WHAT = 'an import';
/** Who wrote the skill is nowhere shown: that is what makes it an import. */
const AUTHORSHIP = 'unverified';

/** The payload of the import's DSSE envelope. */
export function importPayload(head: RecordHead, skill: SkillImport): Uint8Array {
  const { manifest, subject, origin, evidence, criteria, note, issued, expires, controller } =
    skill;
  const { url, commit, path } = origin;
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [subject],
    predicate: {
      ...placeJson(head, 'import', controller),
      authorship: AUTHORSHIP,
      criteria,
      evidence: evidence.map(({ kind, signer, digest, note: more }) => ({
        digest,
        kind,
        ...(more === undefined ? {} : { note: more }),
        signer,
      })),
      expires,
      issued,
      manifest,
      note,
      origin: {
        ...(commit === undefined ? {} : { commit }),
        ...(path === undefined ? {} : { path }),
        url,
      },
    },
  });
}

function badOrigin(why: string): Error {
  return malformed('import-origin', `Cannot read ${WHAT}: ${why}`);
}

/**
 * What a person or a document says about the origin of a skill.
 * @throws GitkelError `malformed`, reason `import-origin`.
 */
export function skillOrigin({ url, commit, path }: SkillOrigin): SkillOrigin {
  if (!/^[\x21-\x7e]+$/.test(url) || url.length > LIMITS.sourceCharacters)
    throw badOrigin(`${quoted(url)} names no origin`);
  if (commit !== undefined && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit))
    throw badOrigin(`${quoted(commit)} is no full id of a commit`);
  if (path !== undefined && path !== '' && pathFormProblem(path) !== undefined)
    throw badOrigin(`the path ${quoted(path, 200)} cannot be used`);
  return { url, commit, path };
}

function readOrigin(value: Json): SkillOrigin {
  const fields = fieldsOf(value, `the origin of ${WHAT}`, ['url'], ['commit', 'path']);
  return skillOrigin({
    url: fields.text('url'),
    commit: fields.optionalText('commit'),
    path: fields.optionalText('path'),
  });
}

function readEvidence(value: Json): ForeignEvidence {
  const what = `the evidence of ${WHAT}`;
  const fields = fieldsOf(value, what, ['digest', 'kind', 'signer'], ['note']);
  const note = fields.optionalText('note');
  return {
    kind: readWord(fields, 'kind', EVIDENCE_KINDS),
    signer: boundedText(
      `the signer of ${what}`,
      fields.text('signer'),
      1,
      LIMITS.statementCharacters,
    ),
    digest: sha256Field(fields, 'digest'),
    note:
      note === undefined
        ? undefined
        : boundedText(`the note of ${what}`, note, 1, LIMITS.statementCharacters),
  };
}

function readAllEvidence(fields: Fields): readonly ForeignEvidence[] {
  const list = fields.list('evidence');
  if (list.length <= LIMITS.evidencePerImport) return list.map(readEvidence);
  throw malformed(
    'import-evidence',
    `Cannot read ${WHAT}: it names ${list.length} files of evidence, the limit is ${LIMITS.evidencePerImport}`,
  );
}

const KEYS = [
  ...PLACE_KEYS,
  'authorship',
  'criteria',
  'evidence',
  'expires',
  'issued',
  'manifest',
  'note',
  'origin',
];

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseImport(value: Json): {
  readonly head: RecordHead;
  readonly body: SkillImport;
} {
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, WHAT);
  const fields = fieldsOf(predicate, WHAT, KEYS, ['controller']);
  readWord(fields, 'authorship', [AUTHORSHIP]);
  const { first, end } = readTerm(fields, ['issued', 'expires'], LIMITS.importDays);
  const body: SkillImport = {
    type: 'import',
    manifest: saidField(fields, 'manifest'),
    subject: checkSkillSubject(onlySubject(subjects, WHAT), WHAT),
    origin: readOrigin(fields.json('origin')),
    evidence: readAllEvidence(fields),
    criteria: readCriteria(fields, 'criteria', 0),
    note: boundedText(`the note of ${WHAT}`, fields.text('note'), 0, LIMITS.statementCharacters),
    issued: first,
    expires: end,
    controller: readController(fields),
  };
  return { head: readPlace(fields, 'import'), body };
}
