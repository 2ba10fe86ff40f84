import { counted } from '../src/base/counted.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { waitedFor } from '../src/cli/progress.ts';
import { compact, type Compaction } from '../src/git/compact.ts';
import { openRepository } from '../src/git/repository.ts';
import type { StoreSize } from '../src/git/store-size.ts';
import { findLogRef } from '../src/log/find-log.ts';

interface Compacted extends Compaction {
  readonly status: 'done';
}

function sizeLine({ packs, loose, objects, bytes }: StoreSize): string {
  return `${counted(packs, 'pack')}, ${counted(loose, 'loose object')}, ${counted(objects, 'object')} in all, ${bytes} bytes`;
}

export default class Gc extends BaseCommand {
  static override summary = 'Compact the repository of a log.';
  static override description =
    'With git, all that branches and staged batches reach is packed anew into one pack, and what nothing reaches is dropped; that takes a while, and twice the space. Without git, or in a repository with work trees or reflogs, the packs are put together as they are. Others may read and write meanwhile. Commits fold small packs by themselves.';
  static override examples = ['<%= config.bin %> gc', '<%= config.bin %> gc --log team-log --json'];

  async run(): Promise<Compacted> {
    const { flags } = await this.parse(Gc);
    const session = this.session(flags, 'reads');
    const { host } = session;
    const repository = openRepository(host, session.logDirectory(), { hostile: false });
    findLogRef(host, repository, flags.branch);
    const { by, before, after } = await waitedFor('compacting', compact(host, repository));
    this.print(
      by === 'git'
        ? 'packed anew by git'
        : 'put together by gitkel: no git is here, or the repository has work trees or reflogs',
      `before: ${sizeLine(before)}`,
      `after: ${sizeLine(after)}`,
    );
    return { status: 'done', by, before, after };
  }
}
