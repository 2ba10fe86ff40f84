import * as Args from '@oclif/core/args';
import { expectationLine } from '../src/audit/expectations.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { expectedAid } from '../src/cli/expected.ts';
import { harmless } from '../src/cli/output.ts';
import { pinIdentity, pinThisLog } from '../src/cli/pinning.ts';

type Pinned =
  | {
      readonly status: 'done';
      readonly pinned: 'log';
      readonly log: string;
      readonly position: number;
      readonly addresses: readonly string[];
    }
  | {
      readonly status: 'done';
      readonly pinned: 'identity';
      readonly aid: string;
      readonly sn: number;
      readonly said: string;
      /** What `audit --expect` takes. */
      readonly expect: string;
    };

export default class Pin extends BaseCommand {
  static override summary = 'Vouch that a log, or an identity, is the one that is meant.';
  static override description =
    'Records a first contact in this home. Without an argument, or with its id, the log is pinned as it is now, for the address that it comes from; an identity is pinned at its last establishment event in the log, or at the event that is named. From then on `gitkel audit`, `clone` and `pull` refuse whatever does not fit to it. A later pin takes the place of an earlier one.';
  static override examples = [
    '<%= config.bin %> pin',
    '<%= config.bin %> pin EHXs04rfDpQyn5CSy7ftyaDplGfyvCr0FLTvS-ESCBvC',
    '<%= config.bin %> pin team',
    '<%= config.bin %> pin EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX@0:EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX --json',
  ];
  static override args = {
    what: Args.string({ description: 'The log id, AID, name, or AID@SN:SAID; else the log.' }),
  };

  async run(): Promise<Pinned> {
    const { args, flags } = await this.parse(Pin);
    const session = this.session(flags);
    const { what } = args;
    const log = what === undefined ? await session.log() : await session.logIfAny();
    if (log !== undefined && (what === undefined || what === log.contents.genesis?.logId)) {
      const { logId, position, addresses } = await pinThisLog(session, log);
      this.print(
        `pinned the log ${logId} at batch ${position}`,
        ...addresses.map((address) => `  at ${harmless(address)}`),
      );
      return { status: 'done', pinned: 'log', log: logId, position, addresses };
    }
    const { aid, sn, said } = pinIdentity(session, expectedAid(session, what ?? ''), log);
    const expect = expectationLine(aid, sn, said);
    this.print(`pinned the identity ${aid} at event ${sn}`, expect);
    return { status: 'done', pinned: 'identity', aid, sn, said, expect };
  }
}
