/** One audit, vouch, import and exemption each, in which every field that may be there is there; and plain ones. */
import { digestText } from '../../src/cesr/digest.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/index.ts';
import type { Audit } from '../../src/records/audit.ts';
import type { Exemption } from '../../src/records/exemption.ts';
import type { Subject } from '../../src/records/in-toto.ts';
import type { SkillImport } from '../../src/records/skill-import.ts';
import { aidSubject } from '../../src/records/skill-statement.ts';
import type { Vouch } from '../../src/records/vouch.ts';

/** The SAID of a criterion of these words. */
export function criterionOf(text: string): string {
  return digestText(nativeCrypto, utf8(text));
}

/** Two criteria, in their order. */
export const CRITERIA = ['it is safe to read', 'it is safe to run'].map(criterionOf).toSorted();

/** Files that a statement may be about. */
export interface AboutFiles {
  readonly manifest: string;
  readonly subject: Subject;
}

/** Files that no release is of. */
export const SOME_FILES: AboutFiles = {
  manifest: `E${'F'.repeat(43)}`,
  subject: { name: 'notes', sha256: 'f'.repeat(64) },
};

export function audit(about: AboutFiles = SOME_FILES, more: Partial<Audit> = {}): Audit {
  return {
    type: 'audit',
    ...about,
    from: undefined,
    criteria: CRITERIA,
    result: 'pass',
    thoroughness: 'medium',
    understanding: 'high',
    method: 'human',
    tool: undefined,
    findings: [],
    observed: undefined,
    note: '',
    issued: '2026-11-21',
    expires: '2027-11-21',
    controller: undefined,
    ...more,
  };
}

/** An audit by a scanner, of what changed, that failed. */
export function fullAudit(about: AboutFiles = SOME_FILES): Audit {
  return audit(about, {
    from: `E${'G'.repeat(43)}`,
    result: 'fail',
    method: 'scanner',
    tool: {
      uri: 'https://example.org/scan',
      version: '1.2.3',
      ruleset: '1'.repeat(64),
      config: '2'.repeat(64),
    },
    findings: [
      {
        rule: 'prompt-injection/hidden-text',
        severity: 'high',
        path: 'docs/notes é.md',
        range: { from: 3, to: 3 },
        evidence: '3'.repeat(64),
        note: 'white on white',
      },
      {
        rule: 'R2',
        severity: 'info',
        path: 'SKILL.md',
        range: undefined,
        evidence: '4'.repeat(64),
        note: undefined,
      },
    ],
    observed: '5'.repeat(64),
    note: 'naïve "quotes"',
    expires: '2027-02-19',
  });
}

export function vouch(aid: string, more: Partial<Vouch> = {}): Vouch {
  return {
    type: 'vouch',
    aid,
    subject: aidSubject(nativeCrypto, aid),
    level: 'medium',
    scope: { criteria: undefined, names: undefined },
    grants: [],
    from: '2026-11-21',
    until: '2027-11-21',
    note: '',
    controller: undefined,
    ...more,
  };
}

/** A vouch with limits, that grants criteria. */
export function fullVouch(aid: string): Vouch {
  return vouch(aid, {
    level: 'high',
    scope: { criteria: CRITERIA, names: ['*-notes', 'csv', 'pdf*'] },
    grants: CRITERIA,
    note: 'met them',
  });
}

export function imported(
  about: AboutFiles = SOME_FILES,
  more: Partial<SkillImport> = {},
): SkillImport {
  return {
    type: 'import',
    ...about,
    origin: { url: 'https://example.org/s.git', commit: undefined, path: undefined },
    evidence: [],
    criteria: [],
    note: '',
    issued: '2026-11-21',
    expires: '2027-11-21',
    controller: undefined,
    ...more,
  };
}

/** An import with evidence. */
export function fullImport(about: AboutFiles = SOME_FILES): SkillImport {
  return imported(about, {
    origin: { url: 'https://example.org/s.git', commit: 'a'.repeat(40), path: 'skills/notes' },
    evidence: [
      { kind: 'oms', signer: 'CN=Example', digest: '6'.repeat(64), note: 'not expired then' },
      { kind: 'git-ssh', signer: 'ada@example.org', digest: '7'.repeat(64), note: undefined },
    ],
    criteria: CRITERIA,
    note: 'by hand',
  });
}

export function exemption(
  about: AboutFiles = SOME_FILES,
  more: Partial<Exemption> = {},
): Exemption {
  return {
    type: 'exemption',
    ...about,
    reason: 'the next release mends it',
    owner: 'ada@example.org',
    issued: '2026-11-21',
    expires: '2027-02-19',
    controller: undefined,
    ...more,
  };
}
