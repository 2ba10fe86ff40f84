import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import type { DeviceLink } from '../../src/records/device-link.ts';
import { deviceName } from '../../src/records/device-link.ts';
import { CAPABILITIES, isCapability } from '../../src/records/capability.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { deviceFlag, namedDevices } from '../../src/cli/named-devices.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';

interface RawFlag {
  readonly type: string;
  readonly flag?: string;
  readonly input: string;
}

interface Linking {
  readonly device: string;
  name: string | undefined;
  readonly capabilities: string[];
}

/** `--name` and `--capability` belong to the `--device` before them, so that several devices fit on one line. */
function linkings(raw: readonly RawFlag[]): readonly Linking[] {
  const found: Linking[] = [];
  for (const { type, flag, input } of raw) {
    if (type !== 'flag') continue;
    const last = found.at(-1);
    if (flag === 'device') found.push({ device: input, name: undefined, capabilities: [] });
    else if (flag === 'name' || flag === 'capability') {
      if (last === undefined)
        throw new GitkelError('usage', `Cannot link: --${flag} stands before any --device`);
      if (flag === 'capability') last.capabilities.push(input);
      else if (last.name === undefined) last.name = input;
      else throw new GitkelError('usage', `Cannot link ${quoted(last.device)} under two names`);
    }
  }
  return found;
}

function capabilitiesOf(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!isCapability(name)) {
      throw new GitkelError(
        'usage',
        `Cannot link with the capability ${quoted(name)}: it is no lower-case name`,
        {
          hint: `Known ones: ${Object.keys(CAPABILITIES).join(', ')}`,
        },
      );
    }
  }
  return [...new Set(names)].toSorted();
}

export default class DeviceLinkCommand extends BaseCommand {
  static override summary = 'Link devices to an identity: they may act in its name.';
  static override description =
    'A device is an identity with a KEL of its own in this log. The link is one event of the controller; the device must accept it with a signature of its own, which is collected like every other. Several --device, each with its --name and --capability after it, go into one event.';
  static override examples = [
    '<%= config.bin %> device link team --device laptop --name "Ada\'s laptop" --capability sign-statement',
    '<%= config.bin %> device link team --device laptop --name laptop --device ci --name ci-runner --capability sign-statement',
  ];
  static override args = {
    identity: Args.string({ required: true, description: 'The controller: AID or name.' }),
  };
  static override flags = {
    ...deviceFlag,
    name: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      summary: 'What the controller calls the device before it.',
    }),
    capability: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      summary: `What the device before it may do: ${Object.keys(CAPABILITIES).join(', ')}.`,
    }),
    ...stagingFlags,
  };

  async run(): Promise<Proposal & { readonly devices: readonly string[] }> {
    const { args, flags, raw } = await this.parse(DeviceLinkCommand);
    const session = this.session(flags);
    const devices = namedDevices(session, flags.device);
    const bodies = linkings(raw as readonly RawFlag[]).map(
      ({ device, name, capabilities }): DeviceLink => ({
        type: 'device-link',
        device: session.aid(device),
        name: deviceName(name ?? device),
        capabilities: capabilitiesOf(capabilities),
      }),
    );
    for (const name of new Set(bodies.flatMap(({ capabilities }) => capabilities))) {
      if (!Object.hasOwn(CAPABILITIES, name))
        session.warn(
          `the capability ${quoted(name)} allows nothing that is known here; known ones: ${Object.keys(CAPABILITIES).join(', ')}`,
        );
    }
    const aid = session.aid(args.identity);
    const proposal = await propose(session, [{ kind: 'seal', aid, bodies }], flags);
    this.print(
      ...proposalLines(
        proposal,
        `linked ${bodies.map(({ name }) => quoted(name)).join(', ')} to ${args.identity}`,
      ),
    );
    process.exitCode = proposalExit(proposal);
    return { ...proposal, devices };
  }
}
