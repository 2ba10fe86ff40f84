import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { toHex } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { inputFile } from '../../src/cli/input.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import { standingLine } from '../../src/cli/story-lines.ts';
import { claimStanding } from '../../src/log/acting.ts';
import { standingOf } from '../../src/log/devices.ts';
import type { Log } from '../../src/log/log.ts';
import type { RecordStanding } from '../../src/log/record-standing.ts';
import type { Session } from '../../src/cli/session.ts';

interface Parts {
  readonly device: string;
  /** Absent where an AID that is nobody's device states something for itself. */
  readonly controller: string | undefined;
}

/** The AIDs that ever linked the device; a revoked one may still seal, it just does not count. */
function controllersOf({ contents }: Log, device: string): readonly string[] {
  return [...new Set(contents.records.linksTo(device).map(({ controller }) => controller))];
}

/** The device that is meant: the only one of this home, for that controller if one is named. */
function ownDevice(session: Session, log: Log, controller: string | undefined): string {
  const { contents } = log;
  const own = contents.aids.filter(
    (aid) => contents.kel(aid)?.state.publicKeys.some((key) => session.hasKey(key)) === true,
  );
  const linked = own.filter((aid) =>
    controller === undefined
      ? contents.records.linksTo(aid).some(({ revocation }) => revocation === undefined)
      : controllersOf(log, aid).includes(controller),
  );
  const [only, ...others] = linked.length > 0 ? linked : own;
  if (only !== undefined && others.length === 0) return only;
  const why = only === undefined ? 'no identity of this log' : 'several that it could be';
  throw new GitkelError('usage', `Cannot tell which device signs: this home holds ${why}`, {
    hint: 'Name the device with --as.',
  });
}

/** The controller that is meant, when none is named: the only one that ever linked the device. */
function onlyController(log: Log, device: string): string | undefined {
  const controllers = controllersOf(log, device);
  if (controllers.length <= 1) return controllers[0];
  throw new GitkelError(
    'usage',
    `Cannot tell for whom ${device} signs: it was linked to ${controllers.length} identities`,
    { hint: 'Name one with --for.' },
  );
}

function partsOf(
  session: Session,
  log: Log,
  { as, for: named }: { readonly as?: string | undefined; readonly for?: string | undefined },
): Parts {
  const controller = named === undefined ? undefined : session.aid(named);
  const device = as === undefined ? ownDevice(session, log, controller) : session.aid(as);
  if (controller === device) {
    throw new GitkelError('usage', `Cannot sign as a device of itself: ${device}`, {
      hint: 'Without --for, an identity that is no device states something for itself.',
    });
  }
  return { device, controller: controller ?? onlyController(log, device) };
}

/** Refuses what would not count for its controller as the log is now. */
function requireCounting({ contents }: Log, { device, controller }: Parts): void {
  if (controller === undefined) return;
  const next = { said: '', issuer: device, controller, position: contents.batches };
  const { counts, why } = claimStanding(contents.records, next, 'sign-statement');
  if (counts) return;
  throw new GitkelError(
    'refused',
    `Cannot sign as ${device} for ${controller}: it would not count: ${why}`,
    {
      reason: 'would-not-count',
      hint: 'Have the device linked with that capability: gitkel device link. --anyway seals it nevertheless.',
    },
  );
}

/** Whether the statement that was committed just now counts; `undefined` while it is only staged. */
function standingOfSealed({ contents }: Log, { aid, said }: Proposal): RecordStanding | undefined {
  const kel = contents.kel(aid);
  const entry = contents.records.statementsOf(aid).findLast(({ sn }) => kel?.saidAt(sn) === said);
  if (entry === undefined) return undefined;
  const { counts, why } = standingOf(contents, entry);
  return { counts, why };
}

export default class DeviceSign extends BaseCommand {
  static override summary = "Sign files as a device, in its controller's name.";
  static override description =
    "Seals an in-toto statement over the SHA-256 of the files in the device's own KEL. Whether it counts for the controller is told by its position in the log: after the link, before the revocation. What would not count as the log is now is refused, unless --anyway is given.";
  static override examples = [
    '<%= config.bin %> device sign build.tgz',
    '<%= config.bin %> device sign build.tgz --as ci --for team',
  ];
  static override strict = false;
  static override args = { file: Args.string({ required: true, description: 'The files.' }) };
  static override flags = {
    as: Flags.string({
      helpValue: 'AID',
      summary: 'The device: AID or name; else the linked one of this home.',
    }),
    for: Flags.string({
      helpValue: 'AID',
      summary: 'The controller: AID or name; else the one that linked the device.',
    }),
    anyway: Flags.boolean({ summary: 'Sign although it would not count for the controller.' }),
    ...stagingFlags,
  };

  async run(): Promise<
    Proposal & { readonly controller: string | null; readonly standing: RecordStanding | null }
  > {
    const { argv, flags } = await this.parse(DeviceSign);
    const session = this.session(flags);
    const log = await session.log();
    const { device, controller } = partsOf(session, log, flags);
    if (!flags.anyway) requireCounting(log, { device, controller });
    const files = argv.map(String);
    const subjects = files.map((file) => ({
      name: path.basename(file),
      sha256: toHex(
        session.host.crypto.digest(
          'sha2-256',
          inputFile(session.host, file, LIMITS.anchoredFileBytes),
        ),
      ),
    }));
    const body = { type: 'statement', subjects, controller } as const;
    const proposal = await propose(session, [{ kind: 'seal', aid: device, bodies: [body] }], flags);
    this.print(
      ...proposalLines(
        proposal,
        `signed ${files.map((file) => quoted(file)).join(', ')} as ${device}${controller === undefined ? '' : ` for ${controller}`}`,
      ),
    );
    const standing = standingOfSealed(await session.log(), proposal) ?? null;
    if (standing !== null) this.print(`  ${standingLine(standing)}`);
    process.exitCode = proposalExit(proposal);
    return { ...proposal, controller: controller ?? null, standing };
  }
}
