import * as Args from '@oclif/core/args';
import { setName } from '../../src/keys/names.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class NameSet extends BaseCommand {
  static override summary = 'Give an identity a name, in this home only.';
  static override description =
    'Names are never written to a log. They are accepted wherever an AID is.';
  static override examples = [
    '<%= config.bin %> name set team EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX',
    '<%= config.bin %> name set ci-runner EAZHcpm0bjEFvqNsb4LbTROn9LgiDPeVhehK6aU8uhFM --json',
    '<%= config.bin %> name list',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name.' }),
    aid: Args.string({ required: true, description: 'The AID that it stands for.' }),
  };

  async run(): Promise<{ status: string; name: string; aid: string; before: string | null }> {
    const { args, flags } = await this.parse(NameSet);
    const before = await setName(this.session(flags).home, args.name, args.aid);
    this.print(
      `${args.name} is ${args.aid}${before === undefined || before === args.aid ? '' : ` (was ${before})`}`,
    );
    return { status: 'done', name: args.name, aid: args.aid, before: before ?? null };
  }
}
