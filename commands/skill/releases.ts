import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { listedLines, type ListedRelease, listedRelease } from '../../src/cli/release-lines.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { listNames } from '../../src/keys/names.ts';

export default class SkillReleases extends BaseCommand {
  static override summary = 'List the releases of a log, and how they stand.';
  static override description =
    'Oldest first: whether each counts for its publisher, and whether that publisher revoked it. What others revoke is for those to heed who trust them.';
  static override examples = [
    '<%= config.bin %> skill releases',
    '<%= config.bin %> skill releases pdf --json',
    '<%= config.bin %> skill releases team',
  ];
  static override args = {
    of: Args.string({ description: 'The name of a skill, or a publisher: AID or name.' }),
  };

  async run(): Promise<{ readonly releases: readonly ListedRelease[] }> {
    const { args, flags } = await this.parse(SkillReleases);
    const session = this.session(flags, 'reads');
    const { contents } = await session.log();
    const named = listNames(session.home).find(({ name }) => name === args.of);
    const publisher = named?.aid ?? args.of;
    const releases = contents.records.releases.all
      .filter(
        ({ name, controller }) =>
          args.of === undefined || name === args.of || controller === publisher,
      )
      .map((release) => listedRelease(contents, release));
    const names = shownNames(session.home);
    this.print(
      ...(releases.length === 0
        ? ['no releases']
        : releases.flatMap((release) => listedLines(release, (aid) => names.aid(aid)))),
    );
    return { releases };
  }
}
