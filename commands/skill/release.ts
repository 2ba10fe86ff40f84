import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import {
  permissionsBefore,
  permissionWords,
  readReleasable,
  type Releasable,
  versionOf,
} from '../../src/cli/releasable.ts';
import { fileCount, revokedLines, sinceLines, sincePrevious } from '../../src/cli/release-lines.ts';
import { sealedRecord } from '../../src/cli/sealed-record.ts';
import { findingLines } from '../../src/cli/skill-lines.ts';
import { publisherFlags, publisherOf } from '../../src/cli/skill-publisher.ts';
import { skillArgs, skillFlags, sourceOf } from '../../src/cli/skill-source.ts';
import { typed } from '../../src/cli/typed.ts';
import type { Host } from '../../src/host/host.ts';
import type { Log } from '../../src/log/log.ts';
import type { Release } from '../../src/records/release.ts';
import { newRelease, requireAuthority, requireReleasable } from '../../src/skills/new-release.ts';
import { findPermissions, type SkillReport } from '../../src/skills/skill-report.ts';

type Released = Proposal & {
  readonly name: string;
  readonly version: string;
  readonly manifest: string;
  /** The SAID of the release's record. */
  readonly release: string | null;
  readonly previous: string | null;
  readonly controller: string;
};

export default class SkillRelease extends BaseCommand {
  static override summary = 'Release a version of a skill.';
  static override description =
    'Checks the skill as strictly as skill check, shows its permissions and what changed since the release before, and seals an in-toto statement that lists every file in the KEL of the publisher, or of a device that it lets release. Where several keys have to sign, it stages a batch, as everything does. Exit 1 where the skill is not valid.';
  static override examples = [
    '<%= config.bin %> skill release skills/pdf --as team',
    '<%= config.bin %> skill release skills/pdf --as ci --for team --version 1.2.0 --commit v1.2.0 --source https://example.org/skills.git',
  ];
  static override args = skillArgs;
  static override flags = {
    ...skillFlags,
    ...publisherFlags,
    version: Flags.string({
      helpValue: 'V',
      summary: 'The version; else metadata.version of SKILL.md.',
    }),
    source: Flags.string({
      helpValue: 'URL',
      summary: 'Where others find the repository; the release names it with commit and directory.',
      dependsOn: ['commit'],
    }),
    previous: Flags.string({
      helpValue: 'PLACE',
      summary:
        'The files of the release before (directory, archive), to see how permissions changed.',
    }),
    'previous-commit': Flags.string({
      helpValue: 'COMMIT',
      summary: 'As of this commit, for --previous.',
      dependsOn: ['previous'],
    }),
    ...stagingFlags,
  };

  async run(): Promise<Released | SkillReport> {
    const { args, flags } = await this.parse(SkillRelease);
    const session = this.session(flags);
    const { host } = session;
    const { commit, source: url } = flags;
    const skill = readReleasable(host, { source: args.source, commit });
    if ('state' in skill) {
      this.print(...findingLines(skill.findings), `not released: ${skill.reason ?? skill.state}`);
      process.exitCode = EXIT.refused;
      return skill;
    }
    const { manifest } = skill;
    const version = versionOf(skill.files, flags.version);
    const source =
      url === undefined || commit === undefined
        ? undefined
        : typed(url, (text) => sourceOf(host, { source: args.source, commit }, text));
    const log = await session.log();
    const publisher = publisherOf(session, log, flags);
    const choices = { ...publisher, manifest, version, source };
    requireAuthority(log.contents, publisher, `release ${quoted(manifest.name)}`);
    requireReleasable(log.contents, choices);
    const release = newRelease(host.crypto, log.contents.records, choices);
    const { issuer, controller = issuer } = publisher;
    this.print(...revokedLines(log.contents, controller, manifest.said));
    this.#show(host, log, release, skill, {
      source: flags.previous,
      commit: flags['previous-commit'],
    });
    const operation = { kind: 'seal', aid: issuer, bodies: [release] } as const;
    const proposal = await propose(session, [operation], flags);
    const done = `released ${quoted(manifest.name)} ${version} as ${issuer}${controller === issuer ? '' : ` for ${controller}`}`;
    this.print(...proposalLines(proposal, done));
    process.exitCode = proposalExit(proposal);
    return {
      ...proposal,
      name: manifest.name,
      version,
      manifest: manifest.said,
      release: sealedRecord(await session.log(), proposal) ?? null,
      previous: release.previous ?? null,
      controller,
    };
  }

  /** What will be sealed: whoever releases it should have seen it. */
  #show(
    host: Host,
    log: Log,
    release: Release,
    { files, report }: Pick<Releasable, 'files' | 'report'>,
    {
      source,
      commit,
    }: { readonly source: string | undefined; readonly commit: string | undefined },
  ): void {
    const { manifest, version, previous } = release;
    const { releases } = log.contents.records;
    const before =
      source === undefined
        ? undefined
        : permissionsBefore(host, { source, commit }, releases.release(previous ?? '')?.manifest);
    this.print(
      ...findingLines(report.findings),
      `${quoted(manifest.name)} ${version}: ${fileCount(manifest.files)}, manifest ${manifest.said}`,
      ...permissionWords(findPermissions(files), before),
      ...sinceLines(sincePrevious(log, release)),
    );
  }
}
