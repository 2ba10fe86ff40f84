import { counted } from '../base/counted.ts';
import { quoted } from '../base/errors.ts';
import type { Audit } from '../records/audit.ts';
import type { Exemption } from '../records/exemption.ts';
import type { SkillImport } from '../records/skill-import.ts';
import type { Vouch } from '../records/vouch.ts';
import type { ShownNames } from './shown-names.ts';

/** What an audit, a vouch, an import or an exemption says, in one line. Text of others is escaped. */
export function statementWords(
  body: Audit | Vouch | SkillImport | Exemption,
  names: ShownNames,
): string {
  switch (body.type) {
    case 'audit': {
      const since = body.from === undefined ? '' : ` since ${body.from}`;
      const found =
        body.findings.length === 0 ? '' : `, ${counted(body.findings.length, 'finding')}`;
      return `audit ${quoted(body.subject.name)} ${body.manifest}${since}: ${body.result === 'pass' ? 'pass' : 'FAIL'} (${body.method}${found}), until ${body.expires},`;
    }
    case 'vouch': {
      const grants =
        body.grants.length === 0
          ? ''
          : `, granting ${counted(body.grants.length, 'criterion', 'criteria')} to every release`;
      return `vouch for ${names.aid(body.aid)}: ${body.level}${grants}, until ${body.until},`;
    }
    case 'import':
      return `answer for ${quoted(body.subject.name)} ${body.manifest} from ${quoted(body.origin.url, 200)}, until ${body.expires},`;
    case 'exemption':
      return `exempt ${quoted(body.subject.name)} ${body.manifest}: ${quoted(body.reason, 200)}, until ${body.expires},`;
  }
}
