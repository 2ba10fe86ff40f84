import * as Flags from '@oclif/core/flags';
import { repositoryFindings } from '../src/audit/doctor.ts';
import { type DoctorFinding, failure, fine, warning } from '../src/audit/doctor-finding.ts';
import { counted } from '../src/base/counted.ts';
import { GitkelError } from '../src/base/errors.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { homeFindings } from '../src/cli/doctor-home.ts';
import { findGit, nodeFinding } from '../src/cli/doctor-machine.ts';
import { mendHome, mendRepository } from '../src/cli/doctor-mend.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { recall } from '../src/cli/memory.ts';
import { hookPrograms } from '../src/cli/hook-place.ts';
import { harmless } from '../src/cli/output.ts';
import type { Session } from '../src/cli/session.ts';
import { readHookConfig } from '../src/gate/hook-config.ts';
import { hookFindings } from '../src/gate/hook-findings.ts';
import { hookConfigPath } from '../src/gate/hook-name.ts';
import { findRepository, openRepository } from '../src/git/repository.ts';
import { statOf } from '../src/host/files.ts';
import type { Host } from '../src/host/host.ts';
import type { Contents } from '../src/log/contents.ts';

interface Diagnosis {
  readonly status: DoctorFinding['level'];
  readonly mended: readonly string[];
  readonly findings: readonly DoctorFinding[];
}

const LABELS: Readonly<Record<DoctorFinding['level'], string>> = {
  ok: 'ok   ',
  warning: 'WARN ',
  error: 'ERROR',
};

/** The directory of the log's repository; `undefined` when there is none here. */
function logDirectory(session: Session): string | undefined {
  try {
    return session.logDirectory();
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Where the log of a repository is: elsewhere, where its hooks judge pushes by another one. */
function judgingLog(host: Host, dir: string): string {
  try {
    const { commonDir } = openRepository(host, dir, { hostile: false });
    if (statOf(host, hookConfigPath(commonDir)) === undefined) return dir;
    return readHookConfig(host, commonDir).logDir ?? dir;
  } catch (error) {
    // What is wrong there is told by the findings about it.
    if (error instanceof GitkelError) return dir;
    throw error;
  }
}

/** Holds a log that verified against what the home remembers of it; a home that cannot be used has its own findings. */
function memoryFindings(
  session: Session,
  isHomeUsable: boolean,
  contents: Contents,
): readonly DoctorFinding[] {
  if (!isHomeUsable) return [];
  const { alarms, notes, known } = recall(session.home, contents, contents.aids);
  return [
    ...alarms.map(({ reason, detail }) =>
      failure(
        reason,
        detail,
        'compare it with the copy that you verified before; do not write to it',
      ),
    ),
    ...notes.map((note) => warning('stale', note, 'get a newer copy of the log')),
    ...(alarms.length + notes.length === 0
      ? [
          fine(
            'memory',
            known
              ? 'consistent with what this home verified before'
              : 'this home sees the log for the first time',
          ),
        ]
      : []),
  ];
}

export default class Doctor extends BaseCommand {
  static override summary =
    'Look for what is wrong with this machine, your home and the log, and tell what mends it.';
  static override description =
    'Looks at the versions of Node and git, permissions, keys, what was signed, the journal, the repository, hooks, locks, packs and the clock, and verifies the log. Ends with 1 when there are errors; warnings alone end with 0. --fix repairs permissions and ends locks whose gitkel processes are gone; nothing else is changed.';
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --fix --log team-log',
    '<%= config.bin %> doctor --json',
  ];
  static override flags = {
    fix: Flags.boolean({
      aliases: ['mend'],
      summary: 'Repair permissions of the home, and end stale locks of gitkel.',
    }),
  };

  async run(): Promise<Diagnosis> {
    const { flags } = await this.parse(Doctor);
    const session = this.session(flags, 'reads');
    const { host } = session;
    const dir = logDirectory(session);
    const home = session.homeDirectory();
    const mended = flags.fix
      ? [...(await mendHome(host, home)), ...(dir === undefined ? [] : mendRepository(host, dir))]
      : [];
    const homeFound = homeFindings(host, home);
    const isHomeUsable = homeFound.every(
      ({ check, level }) => level === 'ok' || !check.startsWith('home'),
    );
    const findings = [
      nodeFinding(process.versions.node),
      await findGit(),
      ...homeFound,
      ...(dir === undefined
        ? [fine('log', 'no repository here: only the home was looked at')]
        : repositoryFindings(host, judgingLog(host, dir), flags.branch, (contents) =>
            memoryFindings(session, isHomeUsable, contents),
          )),
      ...(await this.#hooks(host, dir)),
    ];
    const count = (level: DoctorFinding['level']): number =>
      findings.filter((finding) => finding.level === level).length;
    const [errors, warnings] = [count('error'), count('warning')];
    this.print(...mended.map((line) => harmless(`mended: ${line}`)));
    for (const { level, check, detail, mend } of findings) {
      this.print(
        harmless(`${LABELS[level]} ${check}: ${detail}`),
        ...(mend === null ? [] : [harmless(`      mend: ${mend}`)]),
      );
    }
    this.print(
      errors + warnings === 0
        ? 'all is well'
        : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`,
    );
    process.exitCode = errors > 0 ? EXIT.refused : EXIT.done;
    return { status: errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'ok', mended, findings };
  }

  /** The hooks of the log's repository, and of the one here. */
  async #hooks(host: Host, dir: string | undefined): Promise<readonly DoctorFinding[]> {
    const dirs = new Set([dir, findRepository(host, process.cwd())]);
    const programs = hookPrograms(this.config.root);
    const found: DoctorFinding[] = [];
    for (const one of dirs)
      if (one !== undefined) found.push(...(await hookFindings(host, one, programs)));
    return found;
  }
}
