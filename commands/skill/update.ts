import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.ts';
import {
  agreementFlags,
  folderFlag,
  skillsFolder,
  trustFlags,
} from '../../src/cli/install-flags.ts';
import { movedLines, objectionLines } from '../../src/cli/install-lines.ts';
import { termsOf } from '../../src/cli/install-terms.ts';
import { shownPath } from '../../src/host/files.ts';
import { type Update, updateSkill, type UpdateChoice } from '../../src/cli/update-skill.ts';
import { type DecidingLog, withDecidingLog } from '../../src/cli/skill-log.ts';
import type { InstalledSkill } from '../../src/install/skills-lock.ts';
import type { Session } from '../../src/cli/session.ts';
import { readLock } from '../../src/install/skills-folder.ts';
import { shownObjection, shownSkill } from '../../src/cli/installed-json.ts';

interface Result {
  readonly updates: readonly unknown[];
}

function linesOf(update: Update): readonly string[] {
  return [...lineOf(update), ...movedLines(update.movedTo)];
}

/** The version of a skill; of one that nobody released its manifest. */
function versionOf({ version, manifest }: InstalledSkill): string {
  return version === undefined ? manifest : quoted(version);
}

function lineOf({ entry, ...update }: Update): readonly string[] {
  const name = quoted(entry.name, 300);
  switch (update.status) {
    case 'updated':
    case 'installed':
      return [`updated ${name} ${versionOf(entry)} -> ${versionOf(update.now)}`];
    case 'unchanged':
      return [`ok  ${name} ${versionOf(entry)} is what its source has`];
    case 'pinned':
      return [`--  ${name} stays: it was installed at a commit by its id (--commit names another)`];
    case 'refused':
      return objectionLines(entry.name, update.objection);
    case 'failed':
      return [`NO  ${name}: ${update.error.message}`, `    ${update.error.hint ?? ''}`];
  }
}

function jsonOf({ movedTo, ...update }: Update): unknown {
  return { ...resultOf(update), ...(movedTo === undefined ? {} : { movedTo }) };
}

function resultOf({ entry, ...update }: Update): object {
  const { status } = update;
  const { name, version: from = null } = entry;
  switch (update.status) {
    case 'updated':
    case 'installed':
    case 'unchanged':
      return { ...shownSkill(update.now), status, from };
    case 'pinned':
      return { ...shownSkill(entry), status };
    case 'refused':
      return {
        name,
        status,
        from,
        ...shownObjection(update.objection),
      };
    case 'failed': {
      const { code, reason, message, hint } = update.error;
      return { name, status, from, error: { code, reason, message, hint } };
    }
  }
}

export default class SkillUpdate extends BaseCommand {
  static override summary = 'Update installed skills from where they came from.';
  static override description =
    'Takes what each source has now through the same steps as an installation: the release must be by the same publisher, and not older than the installed one. What asks for no more than before is replaced with nobody asked; what asks for more is shown, and you are asked. Edited files are never replaced: --quarantine moves them aside first. Exit 0 or 1.';
  static override examples = [
    '<%= config.bin %> skill update',
    '<%= config.bin %> skill update pdf --commit v2.1 --log https://example.org/log.git',
  ];
  static override args = {
    name: Args.string({ description: 'The name of the skill; else all of them.' }),
  };
  static override flags = {
    ...folderFlag,
    ...trustFlags,
    ...agreementFlags,
    commit: Flags.string({
      helpValue: 'COMMIT',
      summary: 'The commit to go to; else what the branch or tag of the last time names now.',
    }),
    quarantine: Flags.boolean({
      summary: 'Move what was edited, or is bad and cannot be updated, aside.',
    }),
  };

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(SkillUpdate);
    if (flags.expect !== undefined && args.name === undefined) {
      throw new GitkelError('usage', 'Cannot expect one manifest of all skills', {
        hint: 'Name the skill to which --expect belongs.',
      });
    }
    const session = this.session(flags, 'remembers');
    const terms = termsOf(session, flags);
    const folder = skillsFolder(session.host, flags.into);
    const lock = readLock(folder);
    const entries = args.name === undefined ? lock : lock.filter(({ name }) => name === args.name);
    if (entries.length === 0) {
      throw new GitkelError(
        'not-found',
        `Cannot update: the lock of ${shownPath(folder.dir)} knows no ${args.name === undefined ? 'skill' : quoted(args.name)}`,
        { reason: 'not-installed', hint: 'gitkel skill install brings one.' },
      );
    }
    const choice: UpdateChoice = {
      folder,
      terms,
      commit: flags.commit,
      strict: flags.strict,
      yes: flags.yes,
      expected: flags.expect,
      quarantine: flags.quarantine,
      show: (...lines) => this.show(...lines),
    };
    const updates = await withDecidingLog(session, flags, async (log) =>
      this.#updateAll(session, log, choice, entries),
    );
    process.exitCode = this.#exitOf(updates);
    return { updates: updates.map(jsonOf) };
  }

  /** One after the other: a person may be asked for each. */
  async #updateAll(
    session: Session,
    log: DecidingLog,
    choice: UpdateChoice,
    entries: readonly InstalledSkill[],
  ): Promise<readonly Update[]> {
    const updates: Update[] = [];
    for (const entry of entries) {
      const update = await updateSkill(session, log, choice, entry);
      this.print(...linesOf(update));
      updates.push(update);
    }
    return updates;
  }

  #exitOf(updates: readonly Update[]): number {
    const [only, ...others] = updates;
    if (only?.status === 'failed' && others.length === 0) return exitCodeOf(only.error.code);
    const isGood = updates.every(({ status }) => status !== 'refused' && status !== 'failed');
    return isGood ? EXIT.done : EXIT.refused;
  }
}
