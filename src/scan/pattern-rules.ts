import type { RuleHit } from './pattern-thread.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { SCAN_SEVERITIES, type ScanSeverity } from './severity.ts';

/** The rules of our own that patterns of text can lead to, by their ids. */
export function ownPatternRules(): Map<string, Rule> {
  return new Map(
    RULES.filter(({ method }) => method !== 'structure').map((rule) => [rule.id, rule]),
  );
}

/** Characters of what rules of others say of themselves. */
const WORDS = 300;

/** What a rule of others calls itself: safe to be shown, and short. */
function words(text: string | undefined, otherwise: string): string {
  const plain = (text ?? '').replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return plain === '' ? otherwise : plain.slice(0, WORDS);
}

function severityOf(text: string | undefined): ScanSeverity {
  const word = text?.toLowerCase() === 'info' ? 'note' : text?.toLowerCase();
  return SCAN_SEVERITIES.find((severity) => severity === word) ?? 'medium';
}

/** The id of a rule of others: the file that it is in, and its name. */
export function foreignRuleId({ source, name }: RuleHit): string {
  return `${source}:${name}`;
}

/** A rule of others, by what it says of itself: `severity`, `description` and `remedy` of its metadata. */
export function foreignRule(hit: RuleHit): Rule {
  const { meta, name } = hit;
  return {
    id: foreignRuleId(hit),
    version: 1,
    title: words(meta['title'] ?? meta['description'], name),
    severity: severityOf(meta['severity']),
    method: 'text',
    explanation: words(meta['description'], `The rule ${name} of others matches.`),
    remedy: words(meta['remedy'], 'Look at the place, and at what the rule is about.'),
    alwaysFull: false,
  };
}
