import { GitkelError } from '../base/errors.ts';
import { isBad, type Objection } from '../install/install-verdict.ts';
import { moveAside } from '../install/quarantine.ts';
import type { SkillsFolder } from '../install/skills-folder.ts';
import type { InstalledSkill } from '../install/skills-lock.ts';
import { type InstalledVerdict, verifyEntry } from '../install/verify-installed.ts';
import type { SkillState } from '../skills/verdict-reason.ts';
import { installSkill } from './install-skill.ts';
import { type NamedSource, withSource } from './install-source.ts';
import { installPolicy, type Terms, verifyTerms } from './install-terms.ts';
import type { Session } from './session.ts';
import type { DecidingLog } from './skill-log.ts';

export interface UpdateChoice {
  readonly folder: SkillsFolder;
  readonly terms: Terms;
  readonly commit: string | undefined;
  readonly strict: boolean;
  readonly yes: boolean;
  readonly expected: string | undefined;
  readonly quarantine: boolean;
  readonly show: (...lines: readonly string[]) => void;
}

/** What became of one installed skill. `pinned`: nothing says what it could be updated to. */
export type Update = {
  readonly entry: InstalledSkill;
  /** Where what was installed was moved to, if it was. */
  readonly movedTo?: string | undefined;
} & (
  | { readonly status: 'installed' | 'updated' | 'unchanged'; readonly now: InstalledSkill }
  | { readonly status: 'pinned' }
  | { readonly status: 'refused'; readonly objection: Objection }
  | { readonly status: 'failed'; readonly error: GitkelError }
);

/** Where an installed skill is looked for again; `undefined` where only a commit's id is known. */
function sourceOf(
  { source }: InstalledSkill,
  { commit, strict }: UpdateChoice,
): NamedSource | undefined {
  switch (source.type) {
    case 'directory':
    case 'archive':
      return { source: source.path, commit, strict };
    case 'git': {
      const named = commit ?? source.ref;
      if (named === undefined) return undefined;
      return { source: source.url, path: source.path, commit: named, strict };
    }
  }
}

const LOCK_IN_DOUBT: ReadonlySet<SkillState> = new Set(['error', 'signed-untrusted']);

async function updated(
  session: Session,
  log: DecidingLog,
  choice: UpdateChoice,
  entry: InstalledSkill,
): Promise<Update> {
  const { folder, terms, quarantine } = choice;
  const { objection, isAside } = verifyEntry(folder, entry, verifyTerms(terms, log));
  const isEdited = objection?.state === 'tampered' && !isAside;
  if (isEdited && !quarantine) return { entry, status: 'refused', objection };
  const isToGo =
    isEdited || (objection !== undefined && objection.state !== 'tampered' && isBad(objection));
  const named = sourceOf(entry, choice);
  if (named === undefined) {
    if (objection === undefined) return { entry, status: 'pinned' };
    const movedTo = isToGo && quarantine ? await moveAside(folder, entry) : undefined;
    return { entry, status: 'refused', objection, movedTo };
  }
  const movedTo = isEdited ? await moveAside(folder, entry) : undefined;
  const update = await fromSource(session, log, choice, { entry, objection }, named);
  const isLeft = movedTo === undefined && isToGo && quarantine;
  if (isLeft && (update.status === 'refused' || update.status === 'failed'))
    return { ...update, movedTo: await moveAside(folder, entry) };
  return { ...update, movedTo };
}

/** Takes a skill from where it came from; what goes wrong there is told with what was done before. */
async function fromSource(
  session: Session,
  log: DecidingLog,
  { folder, terms, yes, expected, show }: UpdateChoice,
  { entry, objection }: Pick<InstalledVerdict, 'objection'> & { readonly entry: InstalledSkill },
  named: NamedSource,
): Promise<Update> {
  try {
    const outcome = await withSource(session.host, named, async (found) =>
      installSkill(session, log, found, {
        folder,
        policy: installPolicy(terms, log),
        name: entry.name,
        replacePublisher: false,
        // Where the lock is not to be believed, nobody knows what was agreed to.
        updates: !LOCK_IN_DOUBT.has(objection?.state ?? 'verified'),
        yes,
        expected,
        show,
      }),
    );
    return outcome.status === 'refused'
      ? { entry, status: 'refused', objection: outcome.objection }
      : { entry, status: outcome.status, now: outcome.entry };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return { entry, status: 'failed', error };
  }
}

/** Updates one installed skill; what goes wrong with it does not keep others from being updated. */
export async function updateSkill(
  session: Session,
  log: DecidingLog,
  choice: UpdateChoice,
  entry: InstalledSkill,
): Promise<Update> {
  try {
    return await updated(session, log, choice, entry);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return { entry, status: 'failed', error };
  }
}
