import { Args, Flags } from '@oclif/core';
import { quoted } from '../../src/base/errors.ts';
import { type DeviceStanding, devicesAt, standingOf } from '../../src/log/devices.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { requireKel } from '../../src/cli/require-kel.ts';

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
    const { contents } = await session.log();
    const controller = session.aid(args.identity);
    requireKel(await session.log(), controller);
    const position = flags.at ?? contents.batches - 1;
    const devices = devicesAt(contents, controller, position);
    const statements = [...new Set(devices.map(({ device }) => device))].flatMap((device) =>
      contents.records
        .statementsOf(device)
        .filter((entry) => entry.position <= position && entry.statement.controller === controller)
        .map((entry): ListedStatement => {
          const { counts, why } = standingOf(contents, entry);
          return {
            said: entry.said,
            device,
            position: entry.position,
            subjects: entry.statement.subjects,
            counts,
            why,
          };
        }),
    );
    for (const { device, name, standing, capabilities, linkedAt, revokedAt } of devices) {
      this.print(
        `${quoted(name)} ${device}`,
        `  ${standing}, linked at batch ${linkedAt}${revokedAt === undefined ? '' : `, revoked at batch ${revokedAt}`}; ${capabilities.join(', ') || 'no capabilities'}`,
        ...statements
          .filter((statement) => statement.device === device)
          .map(
            ({ subjects, counts, why }) =>
              `  ${counts ? 'counts' : 'does NOT count'}: ${subjects.map((subject) => quoted(subject.name)).join(', ')} (${why})`,
          ),
      );
    }
    if (devices.length === 0) this.print('no devices');
    return { position, devices, statements };
  }
}
