import { isAbandoned } from '../../src/keri/state.ts';
import { listNames } from '../../src/keys/names.ts';
import { thresholdWords } from '../../src/log/batch-record.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { unbornLine } from '../../src/cli/unborn-line.ts';

interface Listed {
  readonly aid: string;
  readonly names: readonly string[];
  readonly sn: number;
  readonly said: string;
  readonly abandoned: boolean;
}

export default class IdentityList extends BaseCommand {
  static override summary = 'List the identities of the log.';
  static override examples = [
    '<%= config.bin %> identity list',
    '<%= config.bin %> identity list --json',
  ];

  async run(): Promise<{ identities: readonly Listed[] }> {
    const { flags } = await this.parse(IdentityList);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const names = listNames(session.home);
    const identities = log.contents.aids.flatMap((aid): readonly Listed[] => {
      const state = log.contents.kel(aid)?.state;
      if (state === undefined) return [];
      const own = names.filter((named) => named.aid === aid).map(({ name }) => name);
      this.print(
        `${aid}  event ${state.sn}  ${thresholdWords(state.threshold, state.publicKeys.length)}${isAbandoned(state) ? '  abandoned' : ''}${own.length === 0 ? '' : `  (${own.join(', ')})`}`,
      );
      return [{ aid, names: own, sn: state.sn, said: state.said, abandoned: isAbandoned(state) }];
    });
    if (identities.length === 0) this.print(unbornLine(log, 'identities'));
    return { identities };
  }
}
