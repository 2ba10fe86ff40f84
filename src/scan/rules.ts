import { CONDUCT_RULES } from './conduct-rules.ts';
import { EXECUTION_RULES } from './execution-rules.ts';
import { INSTRUCTION_RULES } from './instruction-rules.ts';
import type { Rule } from './rule.ts';

/** Raised when the code behind the rules changes what is found. */
export const CODE_RULES_VERSION = 2;

const ALL = [...INSTRUCTION_RULES, ...EXECUTION_RULES, ...CONDUCT_RULES] as const;

/** The id of a rule of our own. */
export type RuleId = (typeof ALL)[number]['id'];

/** Every rule of our own, those of a kind together. Rules of others come with the engine that runs them. */
export const RULES: readonly (Rule & { readonly id: RuleId })[] = ALL;

const BY_ID: ReadonlyMap<string, Rule> = new Map(ALL.map((rule) => [rule.id, rule]));

/** A rule of our own by its id. */
export function ruleById(id: string): Rule | undefined {
  return BY_ID.get(id);
}

/** A rule of our own. */
export function ownRule(id: RuleId): Rule {
  const rule = BY_ID.get(id);
  if (rule === undefined) throw new Error(`${id} is not among the rules`);
  return rule;
}
