import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { type DeviceStanding, devicesAt, judgedStatements } from '../../src/log/devices.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { standingWords } from '../../src/cli/device-lines.ts';
import { requireKel } from '../../src/cli/require-kel.ts';
import { requirePosition } from '../../src/cli/require-position.ts';

interface ListedStatement {
  readonly said: string;
  readonly device: string;
  readonly position: number;
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  readonly counts: boolean;
  readonly why: string;
}

export default class DeviceList extends BaseCommand {
  static override summary = 'List the devices of an identity, and which of their statements count.';
  static override examples = [
    '<%= config.bin %> device list team',
    '<%= config.bin %> device list team --at 4 --json',
  ];
  static override args = {
    identity: Args.string({ required: true, description: 'The controller: AID or name.' }),
  };
  static override flags = {
    at: Flags.integer({ min: 0, helpValue: 'POSITION', summary: 'As of this batch; else now.' }),
  };

  async run(): Promise<{
    position: number;
    devices: readonly DeviceStanding[];
    statements: readonly ListedStatement[];
  }> {
    const { args, flags } = await this.parse(DeviceList);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const { contents } = log;
    const controller = session.aid(args.identity);
    requireKel(log, controller);
    const position = requirePosition(log, flags.at);
    const devices = devicesAt(contents, controller, position);
    const statements = [...new Set(devices.map(({ device }) => device))]
      .flatMap((device) =>
        judgedStatements(contents, device)
          .filter((one) => one.position <= position && one.controller === controller)
          .map(({ said, position: at, subjects, counts, why }): ListedStatement => ({
            said,
            device,
            position: at,
            subjects,
            counts,
            why,
          })),
      )
      .toSorted((a, b) => a.position - b.position);
    this.print(
      ...devices.flatMap((one) => [`${quoted(one.name)} ${one.device}`, `  ${standingWords(one)}`]),
      ...statements.map(
        ({ device, subjects, counts, why }) =>
          `${counts ? 'counts' : 'does NOT count'}: ${subjects.map(({ name }) => quoted(name)).join(', ')} by ${device} (${why})`,
      ),
      ...(devices.length === 0 ? ['no devices'] : []),
    );
    return { position, devices, statements };
  }
}
