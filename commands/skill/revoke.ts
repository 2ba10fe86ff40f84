import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { requireAgreed } from '../../src/cli/agreed.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import { concernedBy, findRevokeTarget } from '../../src/cli/revoke-target.ts';
import { sealedRecord } from '../../src/cli/sealed-record.ts';
import { publisherFlags, publisherOf } from '../../src/cli/skill-publisher.ts';
import { skillFlags } from '../../src/cli/skill-source.ts';
import { typed } from '../../src/cli/typed.ts';
import { requireDigest } from '../../src/keys/key-text.ts';
import type { Log } from '../../src/log/log.ts';
import { revokeCapability } from '../../src/log/stated.ts';
import {
  isRevokeReason,
  REVOKE_REASONS,
  type Revoke,
  revokeNote,
  revokeReasonWords,
  type RevokeTarget,
} from '../../src/records/revoke.ts';
import { requireAuthority } from '../../src/skills/new-release.ts';

function digestOf(said: string): string {
  requireDigest(said, '--replacement');
  return said;
}

/** What a device needs to revoke what a person names. */
function capabilityFor({ contents }: Log, text: string): string {
  return revokeCapability(contents.records, { kind: 'statement', said: text });
}

type Revoked = Proposal & {
  readonly target: RevokeTarget;
  readonly name: string;
  readonly because: string;
  /** The SAID of the revocation's record. */
  readonly revocation: string | null;
  readonly controller: string;
  /** The SAIDs of the releases that are revoked by it, as far as they are the revoking publisher's own. */
  readonly releases: readonly string[];
};

export default class SkillRevoke extends BaseCommand {
  static override summary =
    'Revoke a release, files, or every release of a skill so far; or take back a statement.';
  static override description =
    'Of its own releases a publisher, or a device that it lets release, revokes for everybody: one by the SAID of the release, files by a directory, an archive or the SAID of their manifest, whenever they are released; with a name, every release of it up to now. A revocation of what others released counts only for those who were told to heed its issuer. An audit, a vouch, an import, an exemption or a statement of its own is taken back by the SAID of its record. A revocation is never taken back, but for one that a recovery superseded and a lift names.';
  static override examples = [
    '<%= config.bin %> skill revoke skills/pdf --as team --reason vulnerable --note "reads outside of its directory"',
    '<%= config.bin %> skill revoke pdf --as ci --for team --reason compromised --yes',
  ];
  static override args = {
    target: Args.string({
      required: true,
      description:
        'A directory or an archive; the SAID of a release, a manifest or a statement; or a name.',
    }),
  };
  static override flags = {
    ...skillFlags,
    ...publisherFlags,
    name: Flags.boolean({ summary: 'It is a name, even where a directory is called so.' }),
    reason: Flags.string({
      required: true,
      options: Object.keys(REVOKE_REASONS),
      summary: 'Why.',
    }),
    note: Flags.string({ default: '', summary: 'More about it, for others to read.' }),
    replacement: Flags.string({
      helpValue: 'SAID',
      summary: 'The release or the manifest to be used instead.',
    }),
    ...stagingFlags,
  };

  async run(): Promise<Revoked> {
    const { args, flags } = await this.parse(SkillRevoke);
    const session = this.session(flags);
    const { reason } = flags;
    if (!isRevokeReason(reason)) throw new Error('the flag takes only reasons of the list');
    const replacement = typed(flags.replacement, digestOf);
    const note = typed(flags.note, revokeNote) ?? '';
    const log = await session.log();
    const capability = capabilityFor(log, args.target);
    const publisher = publisherOf(session, log, flags, capability);
    const { issuer, controller } = publisher;
    const by = controller ?? issuer;
    const found = findRevokeTarget(log, by, {
      text: args.target,
      commit: flags.commit,
      isName: flags.name,
    });
    const { target, subject } = found;
    requireAuthority(log.contents, publisher, `revoke ${quoted(args.target)}`, capability);
    const concerned = concernedBy(log.contents, by, target);
    const lines = [
      `${target.kind === 'statement' ? `taking back ${target.said} about` : 'revoking'} ${quoted(subject.name)}: ${revokeReasonWords(target, reason)} (${reason})`,
      ...concerned.map(({ version, said }) => `  ${quoted(version)} ${said}`),
      ...(concerned.length === 0 && target.kind !== 'statement'
        ? [`  no release of ${by} is concerned: it counts for those who heed ${by}`]
        : []),
    ];
    if (flags.yes) this.print(...lines);
    await requireAgreed(
      {
        action: `revoke ${quoted(args.target)}`,
        lines: [...lines, '  A revocation is never taken back.'],
        question: 'Revoke?',
      },
      flags,
      (...told) => this.show(...told),
    );
    const body: Revoke = { type: 'revoke', target, subject, reason, note, replacement, controller };
    const proposal = await propose(session, [{ kind: 'seal', aid: issuer, bodies: [body] }], flags);
    const done = target.kind === 'statement' ? `took back ${target.said} about` : 'revoked';
    this.print(...proposalLines(proposal, `${done} ${quoted(subject.name)} as ${issuer}`));
    process.exitCode = proposalExit(proposal);
    return {
      ...proposal,
      target,
      name: subject.name,
      because: reason,
      revocation: sealedRecord(await session.log(), proposal) ?? null,
      controller: by,
      releases: concerned.map(({ said }) => said),
    };
  }
}
