import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { createLog } from '../src/log/create-log.ts';
import { BaseCommand } from '../src/cli/base-command.ts';

export default class Init extends BaseCommand {
  static override summary =
    'Make a new log: a bare Git repository, or a branch of the repository that is there.';
  static override description =
    'Writes no commit: the log begins with the first identity that is created in it, its founder. In a directory that is no repository yet, a bare one is made with the branch "main"; in a repository that exists, the log will be the orphan branch "gitkel".';
  static override examples = [
    '<%= config.bin %> init team-log',
    '<%= config.bin %> init team-log --closed',
    '<%= config.bin %> init scratch --no-fsync',
  ];
  static override args = {
    dir: Args.string({ description: 'Where the log is to be.' }),
  };
  static override flags = {
    closed: Flags.boolean({ summary: 'Only the founder, and writers that it names, may commit.' }),
    fsync: Flags.boolean({
      allowNo: true,
      default: true,
      summary: 'Wait until what is written is on the disk; --no-fsync for logs to be thrown away.',
    }),
  };

  async run(): Promise<{ status: string; dir: string; branch: string; admission: string }> {
    const { args, flags } = await this.parse(Init);
    const session = this.session(flags);
    const dir = path.resolve(args.dir ?? flags.log ?? '.');
    const admission = flags.closed ? 'closed' : 'open';
    const { gitDir, branch } = createLog(session.host, dir, {
      branch: flags.branch,
      admission,
      fsync: flags.fsync,
    });
    if (!flags.fsync) session.warnUnsynced();
    this.print(
      `a log is ready in ${gitDir} (branch ${branch}, admission ${admission})`,
      'next: gitkel key new NAME, then gitkel identity create NAME --key NAME',
    );
    return { status: 'done', dir: gitDir, branch, admission };
  }
}
