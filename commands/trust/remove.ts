import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { changeHomeTrust, type HomeRoot } from '../../src/keys/home-trust.ts';

export default class TrustRemove extends BaseCommand {
  static override summary = 'Trust or distrust somebody no longer by yourself.';
  static override description =
    'What others whom you trust vouch for stays: gitkel trust add AID --level distrust ends that, too.';
  static override examples = [
    '<%= config.bin %> trust remove audit-team',
    '<%= config.bin %> trust remove EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX --json',
  ];
  static override args = {
    aid: Args.string({ required: true, description: 'Whom: AID or name.' }),
  };

  async run(): Promise<{ readonly status: 'done'; readonly removed: HomeRoot }> {
    const { args, flags } = await this.parse(TrustRemove);
    const session = this.session(flags);
    const aid = session.aid(args.aid);
    let removed: HomeRoot | undefined;
    await changeHomeTrust(session.home, (trust) => {
      removed = trust.roots.find((root) => root.aid === aid);
      return { ...trust, roots: trust.roots.filter((root) => root.aid !== aid) };
    });
    if (removed === undefined) {
      throw new GitkelError(
        'not-found',
        `Cannot remove ${quoted(args.aid)}: it is no root of this home`,
        {
          reason: 'trust-root',
          hint: 'gitkel trust list names them.',
        },
      );
    }
    this.print(`${args.aid} is no root any more (was ${removed.level})`);
    return { status: 'done', removed };
  }
}
