import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { counted } from '../../src/base/counted.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { escrowName } from '../../src/cli/imports.ts';
import { changeEscrow } from '../../src/keys/escrow-file.ts';

export default class EscrowDrop extends BaseCommand {
  static override summary = 'Drop what waits: an event, or the signatures over one.';
  static override description = 'It can be imported again. Nothing in a log changes by this.';
  static override examples = [
    '<%= config.bin %> escrow drop EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX',
    '<%= config.bin %> escrow drop EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX --json',
  ];
  static override args = {
    said: Args.string({ required: true, description: 'The SAID of the event.' }),
  };

  async run(): Promise<{ status: 'done'; dropped: number }> {
    const { args, flags } = await this.parse(EscrowDrop);
    const session = this.session(flags);
    let dropped = 0;
    await changeEscrow(session.home, escrowName(await session.log()), (before) => {
      const left = before.filter(({ said }) => said !== args.said);
      dropped = before.length - left.length;
      return left;
    });
    if (dropped === 0) {
      throw new GitkelError('not-found', `Cannot drop ${quoted(args.said)}: it does not wait`, {
        hint: 'gitkel escrow list shows what does.',
      });
    }
    this.print(`dropped ${counted(dropped, 'message')}`);
    return { status: 'done', dropped };
  }
}
