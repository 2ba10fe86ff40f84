import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { wordOf } from '../../src/cli/shell-word.ts';
import { findRepository } from '../../src/git/repository.ts';
import { fsyncDirectory, shownPath, statOf, writeNewFile } from '../../src/host/files.ts';
import type { Host } from '../../src/host/host.ts';
import { directoryEntries } from '../../src/skills/directory-entries.ts';
import { firstPermissions } from '../../src/skills/first-permissions.ts';
import { parsePermissions } from '../../src/skills/parse-permissions.ts';
import { permissionLines } from '../../src/skills/permission-words.ts';
import { PERMISSIONS_FILE, type Permissions } from '../../src/skills/permissions.ts';
import { type SkillFile, skillFiles } from '../../src/skills/skill-files.ts';
import { visibleUses } from '../../src/skills/visible-uses.ts';

interface Initialised {
  readonly status: 'done' | 'shown';
  /** The files that were written. */
  readonly written: readonly string[];
  readonly manifest: string;
  /** Files that were not searched. */
  readonly unread: readonly string[];
}

const ATTRIBUTES = '.gitattributes';

function filesIn(host: Host, dir: string): readonly SkillFile[] {
  const found = skillFiles(host.crypto, directoryEntries(host, dir));
  if (found.outcome === 'files') return found.files;
  const [problem] = found.problems;
  throw new GitkelError(
    'refused',
    `Cannot use ${shownPath(path.join(dir, problem?.path ?? ''))}: ${problem?.detail ?? ''}`,
    { reason: problem?.reason ?? 'skill', hint: 'See `gitkel skill check`.' },
  );
}

/** The manifest that was made, read as everybody else will read it. */
function readBack(manifest: Uint8Array): Permissions {
  const report = parsePermissions(manifest);
  if (report.outcome === 'valid') return report.permissions;
  throw new Error(`the first manifest is not valid: ${JSON.stringify(report.problems)}`);
}

function write(host: Host, dir: string, name: string, bytes: Uint8Array): string {
  writeNewFile(host, path.join(dir, name), bytes, 0o644);
  fsyncDirectory(host, dir);
  return name;
}

export default class SkillInit extends BaseCommand {
  static override summary = 'Write a first permission manifest for a skill.';
  static override description =
    'Searches the files for programs, hosts, environment variables and what SKILL.md asks of the agent, and writes skill.permissions.json from that, for you to correct. In a Git repository it also writes .gitattributes with "* -text", where there is none, so that Git changes no line ending.';
  static override examples = [
    '<%= config.bin %> skill init skills/pdf',
    '<%= config.bin %> skill init skills/pdf --dry-run',
  ];
  static override args = {
    directory: Args.string({ required: true, description: 'The directory of the skill.' }),
  };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Only show the manifest.' }),
  };

  async run(): Promise<Initialised> {
    const { args, flags } = await this.parse(SkillInit);
    const { host } = this.session(flags, 'reads');
    const dir = path.resolve(args.directory);
    const uses = visibleUses(filesIn(host, dir));
    const manifest = firstPermissions(uses);
    const permissions = readBack(manifest);
    const text = fromUtf8(manifest) ?? '';
    const { unread } = uses;
    if (flags['dry-run']) {
      this.printExact(...text.trimEnd().split('\n'));
      return { status: 'shown', written: [], manifest: text, unread };
    }
    if (statOf(host, path.join(dir, PERMISSIONS_FILE)) !== undefined) {
      throw new GitkelError(
        'usage',
        `Cannot write ${shownPath(path.join(dir, PERMISSIONS_FILE))}: it is there already`,
        { reason: 'output', hint: 'Edit it; --dry-run shows what would be written.' },
      );
    }
    const written = [write(host, dir, PERMISSIONS_FILE, manifest)];
    const isAttributed = statOf(host, path.join(dir, ATTRIBUTES)) !== undefined;
    if (!isAttributed && findRepository(host, dir) !== undefined)
      written.push(write(host, dir, ATTRIBUTES, utf8('* -text\n')));
    this.print(
      ...permissionLines(permissions),
      ...(unread.length === 0 ? [] : ['not searched:', ...unread.map((name) => `  ${name}`)]),
      ...written.map((name) => `wrote ${name}`),
      `next: read ${PERMISSIONS_FILE}, say why each is needed, remove what is not; then gitkel skill check ${wordOf(args.directory)}`,
    );
    return { status: 'done', written, manifest: text, unread };
  }
}
