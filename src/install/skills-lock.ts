/**
 * The lock file: which skills are installed in a folder, exactly which files, and what they were let in by. Canonical JSON,
 * published as `schemas/skills-lock-1.json`. Whoever can write to the folder can write the lock: it remembers, and proves
 * nothing. What a release or a revocation says is read from the log each time.
 * @module
 */
import { compareBytes, concat, fromHex, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isDigest, isPrefix } from '../keri/primitive-text.ts';
import { foldedPath } from '../records/skill-path.ts';
import { type Decided, decidedJson, parseDecided } from './decided.ts';
import { installNameProblem } from './install-name.ts';
import { basisJson, type LegacyBasis, parseBasis } from './legacy-basis.ts';
import { parseSource, type SkillSource, sourceJson } from './skill-source.ts';

const SCHEMA = 'urn:gitkel:skills-lock:1';
const WHAT = 'the lock of installed skills';

/** Who released a skill, and by which event. */
export interface Author {
  /** The controller whose release it is. */
  readonly aid: string;
  /** Whose event seals the release: the controller itself, or a device of it. */
  readonly issuer: string;
  /** Sequence number and SAID of that event. */
  readonly sn: number;
  readonly event: string;
}

/** Up to where the log was read when the skill was judged. */
export interface JudgedAt {
  readonly id: string;
  readonly position: number;
  /** Digest of the payload that the committer of the batch at that position signed. */
  readonly payload: string;
}

/** That a person, or a script that named the manifest, agreed to a skill. It carries over to no other content. */
export interface Approval {
  readonly manifest: string;
  /** Absent where nobody released it. */
  readonly release?: string | undefined;
  /** SHA-256 of `skill.permissions.json`; absent when the skill declares no permissions. */
  readonly permissions?: string | undefined;
  /** SHA-256 of the policy by which its publisher was allowed; absent when the publisher was named. */
  readonly policy?: string | undefined;
}

interface InstalledFiles {
  readonly name: string;
  readonly source: SkillSource;
  /** SAID of the manifest of its files. */
  readonly manifest: string;
  readonly h1: string;
  readonly permissions?: string | undefined;
  readonly policy?: string | undefined;
  /** Absent where nothing was asked beside a release. */
  readonly decided?: Decided | undefined;
  readonly log: JudgedAt;
  /** Newest last. */
  readonly approvals: readonly Approval[];
}

/** A skill that somebody released. */
export interface ReleasedSkill extends InstalledFiles {
  readonly release: string;
  readonly version: string;
  readonly author: Author;
  /** Where its publisher is nobody who may, and it was let in all the same. */
  readonly legacy?: LegacyBasis | undefined;
}

/** A skill that nobody released. */
export interface UnreleasedSkill extends InstalledFiles {
  readonly release?: undefined;
  readonly version?: undefined;
  readonly author?: undefined;
  readonly legacy: LegacyBasis;
}

export type InstalledSkill = ReleasedSkill | UnreleasedSkill;

/** Sorted by the UTF-8 bytes of their names; no two names that are one directory on some system. */
export type SkillsLock = readonly InstalledSkill[];

function optional(key: string, value: string | undefined): { readonly [key: string]: string } {
  return value === undefined ? {} : { [key]: value };
}

function approvalJson({ manifest, release, permissions, policy }: Approval): Json {
  return {
    manifest,
    ...optional('release', release),
    ...optional('permissions', permissions),
    ...optional('policy', policy),
  };
}

function releaseJson({ release, version, author }: ReleasedSkill): {
  readonly [key: string]: Json;
} {
  const { aid, issuer, sn, event } = author;
  return { release, version, author: { aid, issuer, sn, event } };
}

/** An entry as JSON. */
export function entryJson(skill: InstalledSkill): Json {
  const { name, source, manifest, h1, log, approvals, legacy } = skill;
  return {
    name,
    source: sourceJson(source),
    manifest,
    h1,
    ...(skill.release === undefined ? {} : releaseJson(skill)),
    ...(legacy === undefined ? {} : { legacy: basisJson(legacy) }),
    ...optional('permissions', skill.permissions),
    ...optional('policy', skill.policy),
    ...(skill.decided === undefined ? {} : { decided: decidedJson(skill.decided) }),
    log: { id: log.id, position: log.position, payload: log.payload },
    approvals: approvals.map(approvalJson),
  };
}

/** The one byte form of a lock, with a line feed at its end for the sake of editors. */
export function encodeLock(lock: SkillsLock): Uint8Array {
  return concat(canonicalBytes({ schema: SCHEMA, skills: lock.map(entryJson) }), utf8('\n'));
}

function digest(fields: Fields, key: string): string {
  const text = fields.text(key);
  if (isDigest(text)) return text;
  throw malformed('lock-digest', `Cannot read ${WHAT}: ${quoted(text)} in "${key}" is no digest`);
}

function prefix(fields: Fields, key: string): string {
  const text = fields.text(key);
  if (isPrefix(text)) return text;
  throw malformed('lock-aid', `Cannot read ${WHAT}: ${quoted(text)} in "${key}" is no AID`);
}

function sha256(fields: Fields, key: string): string | undefined {
  const text = fields.optionalText(key);
  if (text === undefined || fromHex(text)?.length === 32) return text;
  throw malformed('lock-digest', `Cannot read ${WHAT}: ${quoted(text)} in "${key}" is no SHA-256`);
}

function parseApproval(value: Json): Approval {
  const fields = fieldsOf(value, WHAT, ['manifest'], ['release', 'permissions', 'policy']);
  return {
    manifest: digest(fields, 'manifest'),
    release: fields.has('release') ? digest(fields, 'release') : undefined,
    permissions: sha256(fields, 'permissions'),
    policy: sha256(fields, 'policy'),
  };
}

function parseApprovals(fields: Fields): readonly Approval[] {
  const list = fields.list('approvals');
  if (list.length > LIMITS.skillApprovals) {
    throw malformed(
      'lock-approvals',
      `Cannot read ${WHAT}: a skill has ${list.length} approvals, the limit is ${LIMITS.skillApprovals}`,
    );
  }
  return list.map(parseApproval);
}

function parseAuthor(value: Json): Author {
  const fields = fieldsOf(value, WHAT, ['aid', 'issuer', 'sn', 'event']);
  return {
    aid: prefix(fields, 'aid'),
    issuer: prefix(fields, 'issuer'),
    sn: fields.integer('sn'),
    event: digest(fields, 'event'),
  };
}

function parseJudgedAt(value: Json): JudgedAt {
  const fields = fieldsOf(value, WHAT, ['id', 'position', 'payload']);
  return {
    id: digest(fields, 'id'),
    position: fields.integer('position'),
    payload: digest(fields, 'payload'),
  };
}

/**
 * Reads an entry.
 * @throws GitkelError `malformed`.
 */
export function parseEntry(value: Json): InstalledSkill {
  const fields = fieldsOf(
    value,
    WHAT,
    ['name', 'source', 'manifest', 'h1', 'log', 'approvals'],
    ['release', 'version', 'author', 'legacy', 'permissions', 'policy', 'decided'],
  );
  const [name, h1] = [fields.text('name'), fields.text('h1')];
  const wrong = installNameProblem(name);
  if (wrong !== undefined)
    throw malformed('lock-name', `Cannot read ${WHAT}: the name ${quoted(name)}: ${wrong}`);
  if (!/^h1:[A-Za-z0-9+/]{43}=$/.test(h1))
    throw malformed('lock-digest', `Cannot read ${WHAT}: ${quoted(h1)} is no h1: digest`);
  const legacy = fields.has('legacy') ? parseBasis(fields.json('legacy'), WHAT) : undefined;
  const files: InstalledFiles = {
    name,
    source: parseSource(fields.json('source'), WHAT),
    manifest: digest(fields, 'manifest'),
    h1,
    permissions: sha256(fields, 'permissions'),
    policy: sha256(fields, 'policy'),
    ...(fields.has('decided') ? { decided: parseDecided(fields.json('decided'), WHAT) } : {}),
    log: parseJudgedAt(fields.json('log')),
    approvals: parseApprovals(fields),
  };
  if (RELEASE_KEYS.some((key) => fields.has(key))) {
    const [release, version] = [digest(fields, 'release'), fields.text('version')];
    return { ...files, release, version, author: parseAuthor(fields.json('author')), legacy };
  }
  if (legacy !== undefined) return { ...files, legacy };
  throw malformed('lock-basis', `Cannot read ${WHAT}: nothing says what let in ${quoted(name)}`);
}

const RELEASE_KEYS = ['release', 'version', 'author'];

function compareNames(a: string, b: string): number {
  return compareBytes(utf8(a), utf8(b));
}

function checkNames(lock: SkillsLock): void {
  const byFolded = new Map<string, string>();
  for (const [index, { name }] of lock.entries()) {
    const before = lock[index - 1]?.name;
    if (before !== undefined && compareNames(before, name) >= 0)
      throw malformed('lock-order', `Cannot read ${WHAT}: ${quoted(name)} is out of order`);
    const same = byFolded.get(foldedPath(name));
    byFolded.set(foldedPath(name), name);
    if (same !== undefined) {
      throw malformed(
        'lock-name',
        `Cannot read ${WHAT}: ${quoted(name)} and ${quoted(same)} are one directory on some systems`,
      );
    }
  }
}

/**
 * Reads a lock back.
 * @throws GitkelError `malformed`.
 */
export function parseLock(bytes: Uint8Array): SkillsLock {
  const hint = 'It is written by gitkel alone: take it from your version control or a backup.';
  if (bytes.at(-1) !== 0x0a)
    throw malformed('not-canonical', `Cannot read ${WHAT}: its last line is cut off`, { hint });
  const value = parseCanonical(bytes.subarray(0, -1), LIMITS.skillsLockBytes, WHAT);
  const fields = fieldsOf(value, WHAT, ['schema', 'skills']);
  if (fields.text('schema') !== SCHEMA) {
    throw malformed(
      'lock-version',
      `Cannot read ${WHAT}: its schema is ${quoted(fields.text('schema'))}, not "${SCHEMA}"`,
      { hint: 'A newer gitkel may have written it.' },
    );
  }
  const list = fields.list('skills');
  if (list.length > LIMITS.installedSkills) {
    throw malformed(
      'lock-skills',
      `Cannot read ${WHAT}: it has ${list.length} skills, the limit is ${LIMITS.installedSkills}`,
    );
  }
  const lock = list.map(parseEntry);
  checkNames(lock);
  return lock;
}

/** The entry of a skill. */
export function entryOf(lock: SkillsLock, name: string): InstalledSkill | undefined {
  return lock.find((entry) => entry.name === name);
}

/** The lock with an entry for a skill, in place of the one that it had. */
export function withEntry(lock: SkillsLock, entry: InstalledSkill): SkillsLock {
  return [...withoutEntry(lock, entry.name), entry].toSorted((a, b) =>
    compareNames(a.name, b.name),
  );
}

export function withoutEntry(lock: SkillsLock, name: string): SkillsLock {
  return lock.filter((entry) => entry.name !== name);
}

/** Whether two entries say the same. */
export function sameEntry(a: InstalledSkill | undefined, b: InstalledSkill | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return JSON.stringify(entryJson(a)) === JSON.stringify(entryJson(b));
}
