import type { SkillVerdict } from '../skills/skill-verdict.ts';
import { type ChainHop, chainOf } from '../trust/chain.ts';
import { harmless } from './output.ts';

/** Hops that are statements of others about a skill, or about those who make them. */
const SAID: ReadonlySet<ChainHop['kind']> = new Set(['audit', 'import', 'grant', 'vouch']);

/** What others say by which a skill is let in, one line each; none where nothing was asked beside a release. */
export function saidLines({ assessments }: Pick<SkillVerdict, 'assessments'>): readonly string[] {
  const lines = assessments.flatMap(({ facts, view }) =>
    chainOf(facts, view)
      .filter(({ kind, counts }) => counts && SAID.has(kind))
      .map(({ kind, claim }) => harmless(`${kind}: ${claim}`)),
  );
  return [...new Set(lines)];
}
