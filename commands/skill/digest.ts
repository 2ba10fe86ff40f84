import * as Flags from '@oclif/core/flags';
import { toHex } from '../../src/base/bytes.ts';
import { counted } from '../../src/base/counted.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { findingLines } from '../../src/cli/skill-lines.ts';
import { skillArgs, readSkill, skillFlags } from '../../src/cli/skill-source.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import type { SkillNote, SkillProblem } from '../../src/skills/skill-entry.ts';
import { encodeManifest, type ManifestFile } from '../../src/records/skill-manifest.ts';

type Digested =
  | {
      readonly state: 'digested';
      readonly said: string;
      readonly name: string;
      readonly h1: string;
      /** SHA-256 of the manifest's bytes. */
      readonly sha256: string;
      readonly files: readonly ManifestFile[];
      readonly notes: readonly SkillNote[];
    }
  | {
      readonly state: 'refused';
      readonly reason: string;
      readonly problems: readonly SkillProblem[];
    };

export default class SkillDigest extends BaseCommand {
  static override summary = 'Compute the digest of a skill.';
  static override description =
    'The SAID of the manifest of all files: the same from a directory, from the blobs of a commit and from an archive, which is read without unpacking it. What has no digest that everybody agrees on is refused, exit 1: links, special files, names that some system takes for others.';
  static override examples = [
    '<%= config.bin %> skill digest skills/pdf',
    '<%= config.bin %> skill digest skills/pdf --commit v1.2 -o pdf.manifest.json',
    '<%= config.bin %> skill digest pdf.skill --json',
  ];
  static override args = skillArgs;
  static override flags = {
    ...skillFlags,
    files: Flags.boolean({ summary: 'List the files with their SHA-256.' }),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'Write the manifest, whose SHA-256 other tools can check, to this file.',
    }),
  };

  async run(): Promise<Digested> {
    const { args, flags } = await this.parse(SkillDigest);
    const { host } = this.session(flags, 'reads');
    if (flags.output !== undefined) requireOutput(host, flags.output);
    const place = { source: args.source, commit: flags.commit };
    const digest = readSkill(host, place, (entries) => digestSkill(host.crypto, entries));
    if (digest.outcome === 'refused') {
      const { problems } = digest;
      const reason = problems[0]?.reason ?? '';
      this.print(
        ...findingLines(problems.map((problem) => ({ severity: 'error', ...problem }))),
        `refused: ${reason}`,
      );
      process.exitCode = EXIT.refused;
      return { state: 'refused', reason, problems };
    }
    const { manifest, notes } = digest;
    const bytes = encodeManifest(manifest);
    if (flags.output !== undefined) writeOutput(host, flags.output, bytes);
    const sha256 = toHex(host.crypto.digest('sha2-256', bytes));
    const { said, name, h1, files } = manifest;
    if (flags.files) {
      this.print(
        ...files.map(
          ({ path, sha256: hash, executable }) => `${hash} ${executable ? 'x' : ' '} ${path}`,
        ),
      );
    }
    this.print(
      said,
      `  ${h1}`,
      `  sha256 of the manifest: ${sha256}`,
      `  ${counted(files.length, 'file')}`,
      ...notes.map(({ reason, path }) => `  note: ${reason} ${path}`),
    );
    return { state: 'digested', said, name, h1, sha256, files, notes };
  }
}
