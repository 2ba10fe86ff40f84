import * as Args from '@oclif/core/args';
import { type Journal, readJournal } from '../../src/keys/journal.ts';
import { timeWords } from '../../src/batch/time.ts';
import { quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { statOf } from '../../src/host/files.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { harmless } from '../../src/cli/output.ts';

export default class BatchHistory extends BaseCommand {
  static override summary =
    'Show what this home did with batches: who contributed what, when, and whether it was taken.';
  static override examples = [
    '<%= config.bin %> batch history',
    '<%= config.bin %> batch history EKq3 --json',
  ];
  static override args = {
    id: Args.string({ description: 'Only of this batch (the id, or the beginning of it).' }),
  };

  async run(): Promise<Journal> {
    const { args, flags } = await this.parse(BatchHistory);
    const { home } = this.session(flags, 'reads');
    const journal = readJournal(home);
    const entries = journal.entries.filter(
      ({ batch }) => args.id === undefined || batch?.startsWith(args.id) === true,
    );
    for (const { at, action, batch, signer, from, outcome, reason } of entries) {
      const parts = [
        timeWords(at),
        action,
        batch,
        signer,
        from === undefined ? undefined : `from ${from}`,
        outcome,
        reason,
      ];
      this.print(harmless(parts.filter((part) => part !== undefined).join('  ')));
    }
    // That there is no home at all was said.
    const isTold = args.id === undefined && statOf(home.host, home.dir) === undefined;
    if (entries.length === 0 && !isTold && !this.jsonEnabled())
      this.logToStderr(
        args.id === undefined
          ? 'nothing is noted in this home yet'
          : `nothing is noted of ${quoted(args.id)} in this home: gitkel batch list shows what is staged`,
      );
    if (!journal.intact) {
      this.logToStderr(
        `the journal was changed at entry ${journal.brokenAt ?? '?'}: what stands from there on proves nothing`,
      );
      process.exitCode = EXIT.refused;
    }
    return { ...journal, entries };
  }
}
