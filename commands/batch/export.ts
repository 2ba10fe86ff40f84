import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { loadCollected } from '../../src/batch/load-collected.ts';
import { encodeExport } from '../../src/batch/export-file.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { namedBatch } from '../../src/cli/batch-report.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';

export default class BatchExport extends BaseCommand {
  static override summary = 'Write a staged batch to a file that co-signers can judge alone.';
  static override description =
    'The file carries the batch, the complete KELs of every identity involved, and what was contributed so far. It holds no secret.';
  static override examples = [
    '<%= config.bin %> batch export EKq3 -o batch.json',
    '<%= config.bin %> batch export EKq3 -o - > batch.json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'The batch id, or the beginning of it.' }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      required: true,
      helpValue: 'FILE',
      summary: 'Where to write; - for standard output.',
    }),
  };

  async run(): Promise<{ status: string; batch: string; file: string }> {
    const { args, flags } = await this.parse(BatchExport);
    const session = this.session(flags);
    if (flags.output === '-' && this.jsonEnabled()) {
      throw new GitkelError('usage', 'Cannot write both the batch and JSON to standard output', {
        hint: 'Name a file with -o, or leave --json away.',
      });
    }
    if (flags.output !== '-') requireOutput(session.host, flags.output);
    const log = await session.log();
    const batch = namedBatch(log, args.id);
    const collected = loadCollected(log, batch);
    const bytes = encodeExport(log, collected);
    if (flags.output === '-') {
      process.stdout.write(bytes);
    } else {
      writeOutput(session.host, flags.output, bytes);
      this.print(
        `wrote ${flags.output}`,
        `next, each co-signer: gitkel batch sign ${flags.output}`,
        ...(collected.planned.some(({ after }) => after.witnesses.length > 0)
          ? ['once they have signed, from a new export, each witness: gitkel witness receipt FILE']
          : []),
      );
    }
    await session.note({ action: 'export', batch: batch.id, outcome: 'written' });
    return { status: 'done', batch: batch.id, file: flags.output };
  }
}
