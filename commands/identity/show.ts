import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { expectationLine } from '../../src/audit/expectations.ts';
import { isAbandoned, type KeyState, wireState } from '../../src/keri/state.ts';
import { requirementWords } from '../../src/log/batch-record.ts';
import { controllersAt, type DeviceStanding, devicesAt } from '../../src/log/devices.ts';
import { stateAt } from '../../src/log/history.ts';
import { type IdentityFacts, identityFacts } from '../../src/log/identity-facts.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { duration } from '../../src/cli/duration.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { maxAgeFlag } from '../../src/cli/flags.ts';
import {
  freshnessHere,
  freshnessJson,
  freshnessLines,
  isFreshEnough,
  type ShownFreshness,
} from '../../src/cli/freshness.ts';
import { standingWords } from '../../src/cli/device-lines.ts';
import { identityLines } from '../../src/cli/identity-lines.ts';
import { requireKel } from '../../src/cli/require-kel.ts';
import { requirePosition } from '../../src/cli/require-position.ts';
import { shownNames, type ShownNames } from '../../src/cli/shown-names.ts';

interface Shown extends IdentityFacts, ShownFreshness {
  readonly aid: string;
  readonly position: number;
  readonly abandoned: boolean;
  readonly state: ReturnType<typeof wireState>;
  /** The position as of which the devices are told. */
  readonly asOf: number;
  /** The identities whose device it is or was. */
  readonly deviceOf: readonly DeviceStanding[];
  /** Its own devices. */
  readonly devices: readonly DeviceStanding[];
  readonly expect: string;
}

function parseAt(text: string): { readonly sn: number } | { readonly position: number } {
  const [, mark, digits] = /^(@?)(\d{1,15})$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new GitkelError(
      'usage',
      `Cannot show the identity at ${quoted(text)}: give an event number (3) or a batch number (@3)`,
    );
  }
  return mark === '@' ? { position: Number(digits) } : { sn: Number(digits) };
}

function lines(
  state: KeyState,
  position: number,
  holds: (publicKey: string) => boolean,
): readonly string[] {
  const next = state.nextDigests.length;
  return [
    `identity ${state.aid}`,
    `  event ${state.sn} (${state.lastType}) in batch ${position}: ${state.said}`,
    `  ${requirementWords(state.threshold, state.publicKeys.length, 'key')}`,
    ...state.publicKeys.map(
      (key, index) => `  key ${index}: ${key}${holds(key) ? ' (yours)' : ''}`,
    ),
    isAbandoned(state)
      ? '  no next keys: abandoned, nothing can be added'
      : `  next rotation: ${requirementWords(state.nextThreshold, next, 'next key')}`,
    ...(state.witnesses.length === 0
      ? []
      : [
          `  ${state.witnessThreshold} of ${state.witnesses.length} witnesses must receipt:`,
          ...state.witnesses.map((witness, index) => `    witness ${index}: ${witness}`),
        ]),
    ...(state.traits.length === 0 ? [] : [`  traits: ${state.traits.join(', ')}`]),
  ];
}

function deviceLines(
  { asOf, deviceOf, devices }: Pick<Shown, 'asOf' | 'deviceOf' | 'devices'>,
  names: ShownNames,
): readonly string[] {
  if (deviceOf.length + devices.length === 0) return [];
  return [
    `  devices as of batch ${asOf}:`,
    ...deviceOf.map(
      (one) =>
        `    it is the device ${quoted(one.name)} of ${names.aid(one.controller)}: ${standingWords(one)}`,
    ),
    ...devices.map(
      (one) =>
        `    its device ${quoted(one.name)} is ${names.aid(one.device)}: ${standingWords(one)}`,
    ),
  ];
}

export default class IdentityShow extends BaseCommand {
  static override summary = 'Show the key state of an identity.';
  static override description =
    'Ends with the line that a reviewer can pin: what `gitkel audit --expect` takes.';
  static override examples = [
    '<%= config.bin %> identity show team',
    '<%= config.bin %> identity show team --at 2',
    '<%= config.bin %> identity show team --at @5 --json',
  ];
  static override args = { identity: Args.string({ required: true, description: 'AID or name.' }) };
  static override flags = {
    ...maxAgeFlag,
    at: Flags.string({
      helpValue: 'SN|@POSITION',
      summary: 'As of this event number, or as of this batch (@5).',
    }),
  };

  async run(): Promise<Shown> {
    const { args, flags } = await this.parse(IdentityShow);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    const aid = session.aid(args.identity);
    const kel = requireKel(log, aid);
    const at = flags.at === undefined ? { position: requirePosition(log) } : parseAt(flags.at);
    if ('position' in at) requirePosition(log, at.position);
    const found = stateAt(kel, at);
    if (found === undefined) {
      throw new GitkelError(
        'not-found',
        `Cannot show ${quoted(args.identity)} at ${quoted(flags.at ?? '')}: it was not there`,
        {
          hint: `Its events are 0 to ${kel.length - 1}.`,
        },
      );
    }
    const { state, position } = found;
    const expect = expectationLine(aid, state.sn, state.said);
    const asOf = 'position' in at ? at.position : position;
    const standing = {
      asOf,
      deviceOf: controllersAt(log.contents, aid, asOf),
      devices: devicesAt(log.contents, aid, asOf),
    };
    const facts = identityFacts(log.contents, aid);
    const maxAge = flags['max-age'] === undefined ? undefined : duration(flags['max-age']);
    const freshness = freshnessHere(session.home, log, maxAge);
    this.print(
      ...lines(state, position, session.hasKey),
      ...identityLines(facts).map((line) => `  ${line}`),
      ...deviceLines(standing, shownNames(session.home)),
      ...freshnessLines(freshness).map((line) => `  ${line}`),
      expect,
    );
    process.exitCode = isFreshEnough(freshness, maxAge) ? EXIT.done : EXIT.refused;
    return {
      aid,
      position,
      abandoned: isAbandoned(state),
      state: wireState(state),
      ...standing,
      ...facts,
      ...freshnessJson(freshness),
      expect,
    };
  }
}
