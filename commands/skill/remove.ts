import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { confirm } from '../../src/cli/confirm.ts';
import { folderFlag, skillsFolder } from '../../src/cli/install-flags.ts';
import { shownPath, statOf } from '../../src/host/files.ts';
import { skillPath } from '../../src/install/install-layout.ts';
import { removeSkill } from '../../src/install/place-skill.ts';
import { readLock } from '../../src/install/skills-folder.ts';
import { entryOf } from '../../src/install/skills-lock.ts';
import { withChangeFolder } from '../../src/install/staged-copy.ts';
import { verifyEntry } from '../../src/install/verify-installed.ts';

interface Removed {
  readonly status: 'removed';
  readonly name: string;
  /** Whether its files were not those that were installed. */
  readonly edited: boolean;
}

export default class SkillRemove extends BaseCommand {
  static override summary = 'Remove an installed skill and its entry in the lock.';
  static override description =
    'Removes only what the lock knows. Where its files are not those that were installed, it says so and asks.';
  static override examples = [
    '<%= config.bin %> skill remove pdf',
    '<%= config.bin %> skill remove pdf --into ~/.agents/skills --yes',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name of the skill.' }),
  };
  static override flags = {
    ...folderFlag,
    yes: Flags.boolean({ summary: 'Do not ask, not even where its files were edited.' }),
  };

  async run(): Promise<Removed> {
    const { args, flags } = await this.parse(SkillRemove);
    const { host } = this.session(flags, 'reads');
    const folder = skillsFolder(host, flags.into);
    const entry = entryOf(readLock(folder), args.name);
    if (entry === undefined) {
      throw new GitkelError(
        'not-found',
        `Cannot remove ${quoted(args.name)}: the lock of ${shownPath(folder.dir)} does not know it`,
        { reason: 'not-installed', hint: 'gitkel skill list shows what it knows.' },
      );
    }
    const path = skillPath(folder.dir, entry.name);
    const { objection } = verifyEntry(folder, entry, { log: undefined, staleness: undefined });
    const isEdited = statOf(host, path) !== undefined && objection?.reason !== 'log-missing';
    if (isEdited) {
      this.show(
        `${quoted(entry.name, 300)} is not as it was installed: ${objection?.detail ?? ''}`,
      );
      const isAgreed =
        flags.yes ||
        (await confirm('Remove it all the same?', {
          action: `remove ${quoted(entry.name, 300)}`,
          inScripts: '--yes',
        }));
      if (!isAgreed)
        throw new GitkelError('refused', `Not removed: ${entry.name}`, { reason: 'declined' });
    }
    await withChangeFolder(folder, async (change) => removeSkill(folder, change, entry));
    this.print(`removed ${quoted(entry.name, 300)}`);
    return { status: 'removed', name: entry.name, edited: isEdited };
  }
}
