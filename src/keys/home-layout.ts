/**
 * Every file name of a home: a directory, of its owner alone, that holds one person's keys and what this machine
 * remembers.
 *
 * ```
 * keys/<public key>.json      current and older keys, one file each
 * next/<public key>.json      pre-rotated next keys, unless they are kept elsewhere
 * lineages/<name>.json        which keys follow each other under a name; no secret
 * names.json                  aliases of identifiers
 * trust.json                  whom the owner trusts, and what they ask of a skill
 * signed/<hh>.jsonl           what was signed, by place
 * receipts/<AID>.jsonl        which events of an identifier the witnesses of this home receipted
 * pins/<AID>.json             what the user pinned
 * pins/logs/<log id>.json     the same of logs
 * seen/logs/<log id>.json     how far a log was verified
 * seen/aids/<AID>.json        which events of an identifier were verified
 * asked/<log id>.json         which remotes were asked for a log, and when
 * escrow/<log id>.json        messages that wait to be imported into a log
 * evidence/<SAID>.json        proof that a controller signed two events for one place
 * verified/<log id>.json      what need not be verified again: names the root of the pages, authenticated with the key
 * verified/<log id>.pushed.json  the same of a push that may become the log
 * verified/<log id>.*.pages   key states, events and records of a verified log
 * verified/machine.key        a secret of this machine, for that alone
 * journal.jsonl               what was contributed and committed; journal.previous.jsonl, journal.head.json
 * runs/<run>/log.jsonl        what happened in a run of a skill
 * locks/                      held while one of these is changed
 * ```
 * @module
 */

const LINEAGE_FILE = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,63})\.json$/;
const LOCK_FILE = /^([a-z]{1,64})\.lock$/;
const AID_FILE = /^([A-Za-z0-9_-]{1,128})\.json$/;

export const HOME_FOLDERS = [
  'keys',
  'next',
  'lineages',
  'signed',
  'receipts',
  'pins',
  'pins/logs',
  'seen',
  'seen/logs',
  'seen/aids',
  'asked',
  'escrow',
  'evidence',
  'verified',
  'runs',
  'locks',
] as const;

export type HomeFolder = (typeof HOME_FOLDERS)[number];

export function homeFolder(dir: string, folder: HomeFolder): string {
  return `${dir}/${folder}`;
}

/** The file of one key in any directory that holds key files. */
export function keyFilePath(directory: string, publicKey: string): string {
  return `${directory}/${publicKey}.json`;
}

/** A file beside key files that is not whole yet; the suffix is 16 hex digits. `writeFileDurably` names its own alike. */
export function temporaryPath(directory: string, suffix: string): string {
  return `${directory}/tmp_${suffix}`;
}

/** Whether a name is that of such a file, which only a call that was cut off leaves behind. */
export function isTemporary(fileName: string): boolean {
  return /^tmp_[0-9a-f]{16}$/.test(fileName);
}

export function lineagePath(dir: string, name: string): string {
  return `${dir}/lineages/${name}.json`;
}

export function nameOfLineageFile(fileName: string): string | undefined {
  return LINEAGE_FILE.exec(fileName)?.[1];
}

export function namesPath(dir: string): string {
  return `${dir}/names.json`;
}

export function homeTrustPath(dir: string): string {
  return `${dir}/trust.json`;
}

/** The file for one of 256 shares of the places, `share` in two hex digits. */
export function signedPath(dir: string, share: string): string {
  return `${dir}/signed/${share}.jsonl`;
}

export function receiptsPath(dir: string, aid: string): string {
  return `${dir}/receipts/${aid}.jsonl`;
}

export function pinPath(dir: string, aid: string): string {
  return `${dir}/pins/${aid}.json`;
}

export function logPinPath(dir: string, logId: string): string {
  return `${dir}/pins/logs/${logId}.json`;
}

export function seenLogPath(dir: string, logId: string): string {
  return `${dir}/seen/logs/${logId}.json`;
}

export function seenAidPath(dir: string, aid: string): string {
  return `${dir}/seen/aids/${aid}.json`;
}

/** The identifier that a file of `seen/aids` is about, if it is one. */
export function aidOfSeenFile(fileName: string): string | undefined {
  return AID_FILE.exec(fileName)?.[1];
}

export function askedPath(dir: string, logId: string): string {
  return `${dir}/asked/${logId}.json`;
}

export function escrowPath(dir: string, logId: string): string {
  return `${dir}/escrow/${logId}.json`;
}

export function evidencePath(dir: string, said: string): string {
  return `${dir}/evidence/${said}.json`;
}

/** The SAID of the evidence that a file of `evidence/` is, if it is one. */
export function saidOfEvidenceFile(fileName: string): string | undefined {
  return AID_FILE.exec(fileName)?.[1];
}

/** What is remembered of a log: of the log itself, or of what was pushed to it last. */
export type VerifiedOf = 'log' | 'pushed';

export function verifiedHeadPath(dir: string, logId: string, of: VerifiedOf = 'log'): string {
  return `${dir}/verified/${logId}${of === 'pushed' ? '.pushed' : ''}.json`;
}

/** The name in `verified/` of a file of pages; the suffix is 16 hex digits. */
export function verifiedPagesName(logId: string, suffix: string): string {
  return `${logId}.${suffix}.pages`;
}

export function verifiedPagesPath(dir: string, name: string): string {
  return `${dir}/verified/${name}`;
}

export function machineKeyPath(dir: string): string {
  return `${dir}/verified/machine.key`;
}

/** The identifier that a file of `pins/` or `seen/aids/` stands for, if any. */
export function aidOfFile(fileName: string): string | undefined {
  return AID_FILE.exec(fileName)?.[1];
}

export function journalPath(dir: string): string {
  return `${dir}/journal.jsonl`;
}

export function previousJournalPath(dir: string): string {
  return `${dir}/journal.previous.jsonl`;
}

export function journalHeadPath(dir: string): string {
  return `${dir}/journal.head.json`;
}

export function runFolder(dir: string, run: string): string {
  return `${dir}/runs/${run}`;
}

export function runLogPath(dir: string, run: string): string {
  return `${runFolder(dir, run)}/log.jsonl`;
}

export function lockPath(dir: string, name: string): string {
  return `${dir}/locks/${name}.lock`;
}

/** The lock that a file of `locks/` is, if it is one. */
export function nameOfLockFile(fileName: string): string | undefined {
  return LOCK_FILE.exec(fileName)?.[1];
}

/** The file that names one holder; a lock is a hard link to it. */
export function lockOwnerPath(dir: string, token: string): string {
  return `${dir}/locks/owner.${token}`;
}

/** Held by the one process that may remove what a dead holder left. */
export function lockClaimPath(dir: string, deadToken: string): string {
  return `${dir}/locks/claim.${deadToken}`;
}
