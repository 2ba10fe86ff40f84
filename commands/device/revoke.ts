import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { counted } from '../../src/base/counted.ts';
import { requireAgreed } from '../../src/cli/agreed.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { deviceFlag, namedDevices } from '../../src/cli/named-devices.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';

export default class DeviceRevokeCommand extends BaseCommand {
  static override summary = 'Revoke devices of an identity.';
  static override description =
    'What a device sealed before its revocation counts for ever; what it seals at or after it does not, whatever date it claims. The device need not agree.';
  static override examples = [
    '<%= config.bin %> device revoke team --device ci --reason "runner was rebuilt"',
    '<%= config.bin %> device revoke team --device laptop --device phone --yes',
  ];
  static override args = {
    identity: Args.string({ required: true, description: 'The controller: AID or name.' }),
  };
  static override flags = {
    ...deviceFlag,
    reason: Flags.string({ default: '', summary: 'Why, for others to read.' }),
    ...stagingFlags,
  };

  async run(): Promise<Proposal & { readonly devices: readonly string[] }> {
    const { args, flags } = await this.parse(DeviceRevokeCommand);
    const session = this.session(flags);
    const devices = namedDevices(session, flags.device);
    const { reason } = flags;
    const bodies = devices.map((device) => ({ type: 'device-revoke', device, reason }) as const);
    const aid = session.aid(args.identity);
    await requireAgreed(
      {
        action: `revoke ${counted(devices.length, 'device')} of ${args.identity}`,
        lines: [
          `This revokes ${counted(devices.length, 'device')} of ${aid}:`,
          ...devices.map((device) => `  ${device}`),
          '  What they seal from then on does not count, whatever date it claims. What they sealed before counts for ever.',
        ],
        question: 'Revoke?',
      },
      flags,
      (...lines) => this.show(...lines),
    );
    const proposal = await propose(session, [{ kind: 'seal', aid, bodies }], flags);
    this.print(
      ...proposalLines(
        proposal,
        `revoked ${devices.length === 1 ? 'a device' : `${devices.length} devices`} of ${args.identity}`,
      ),
    );
    process.exitCode = proposalExit(proposal);
    return { ...proposal, devices };
  }
}
