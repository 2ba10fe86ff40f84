import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { requireCriteria, requirePatterns, rootLine } from '../../src/cli/trust-lines.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { changeHomeTrust, type HomeRoot, ROOT_LEVELS } from '../../src/keys/home-trust.ts';

export default class TrustAdd extends BaseCommand {
  static override summary = 'Trust somebody by yourself, or distrust them, in this home only.';
  static override description =
    'What they audit and import counts for you as far as the level says, and whom they vouch for is trusted through them, never further than they are. With distrust nothing of what they say counts, whoever vouches for them. A second call for the same AID replaces the first. Nothing is written to a log; gitkel skill vouch says it to others.';
  static override examples = [
    '<%= config.bin %> trust add audit-team --level high',
    '<%= config.bin %> trust add EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX --level low --criterion safe-to-read --name "pdf-*" --json',
    '<%= config.bin %> trust add mallory --level distrust',
  ];
  static override args = {
    aid: Args.string({ required: true, description: 'Whom: AID or name.' }),
  };
  static override flags = {
    level: Flags.option({
      options: ROOT_LEVELS,
      required: true,
      summary: 'How far.',
    })(),
    criterion: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME|SAID',
      summary: 'Only for this criterion; may be given several times.',
    }),
    name: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'GLOB',
      summary: 'Only for skills of such names, in which * stands for any characters.',
    }),
  };

  async run(): Promise<{
    readonly status: 'done';
    readonly root: HomeRoot;
    readonly before: HomeRoot | null;
  }> {
    const { args, flags } = await this.parse(TrustAdd);
    const session = this.session(flags);
    const { home } = session;
    const root: HomeRoot = {
      aid: session.aid(args.aid),
      level: flags.level,
      criteria: [...new Set(flags.criterion ?? [])],
      names: [...new Set(flags.name ?? [])],
    };
    requirePatterns(root.names);
    let before: HomeRoot | undefined;
    await changeHomeTrust(home, (trust) => {
      requireCriteria(home.host.crypto, trust, root.criteria);
      before = trust.roots.find(({ aid }) => aid === root.aid);
      const others = trust.roots.filter(({ aid }) => aid !== root.aid);
      return { ...trust, roots: [...others, root] };
    });
    const names = shownNames(home);
    const was = before === undefined ? '' : ` (was ${before.level})`;
    this.print(`${rootLine(root, (aid) => names.aid(aid))}${was}`);
    return { status: 'done', root, before: before ?? null };
  }
}
