import { type ChangeVerdict, judgeChange } from './judge-change.ts';
import type { Judgement } from './judgement.ts';
import type { SkillReader } from './skill-reader.ts';

/** A ref that is to move, by object ids. */
export interface RefUpdate {
  /** Its full name. */
  readonly ref: string;
  /** `undefined` for a new one. */
  readonly before: string | undefined;
  /** `undefined` for one that is deleted. */
  readonly after: string | undefined;
}

/** What the repository was before its refs move, and what they are judged by. */
export interface RefGround extends Judgement {
  /** The branch whose policy file governs: the one that HEAD names. Its tip is `undefined` while it is unborn. */
  readonly governing: { readonly ref: string; readonly tip: string | undefined };
}

export interface RefVerdict {
  readonly ref: string;
  readonly verdict: ChangeVerdict;
}

/**
 * Judges refs that are to move together, each against where it was; a new one against the branch that governs. All of them
 * are judged by what was in force before.
 * @throws GitkelError as `judgeChange`.
 */
export async function judgeRefs(
  reader: SkillReader,
  updates: readonly RefUpdate[],
  ground: RefGround,
): Promise<readonly RefVerdict[]> {
  const { governing } = ground;
  const treeOf = async (oid: string | undefined): Promise<string | undefined> =>
    oid === undefined ? undefined : reader.treeOf(oid);
  const verdicts: RefVerdict[] = [];
  for (const { ref, before, after } of updates) {
    const change = {
      before: await treeOf(before ?? governing.tip),
      after: await treeOf(after),
      governs: ref === governing.ref,
      isUpdate: before !== undefined,
    };
    verdicts.push({ ref, verdict: await judgeChange(reader, change, ground) });
  }
  return verdicts;
}
