import * as Args from '@oclif/core/args';
import { type ErrorCode, GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { batchState, collect } from '../../src/batch/batches.ts';
import { isExport, verifyExport } from '../../src/batch/export-file.ts';
import { importExport } from '../../src/batch/import-export.ts';
import { getBatch } from '../../src/batch/mailbox.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { inputFile } from '../../src/cli/input.ts';
import type { Session } from '../../src/cli/session.ts';
import type { Log } from '../../src/log/log.ts';

interface Added {
  readonly file: string;
  readonly status: 'accepted' | 'refused';
  readonly batch?: string;
  readonly signer?: string;
  readonly event?: string;
  /** Why it was refused, as errors are classed. */
  readonly code?: ErrorCode;
  readonly reason?: string;
  readonly detail?: string;
}

async function addExport(
  session: Session,
  log: Log,
  file: string,
  bytes: Uint8Array,
): Promise<Added> {
  const outcome = await importExport(log, verifyExport(session.host.crypto, bytes));
  const { status, batch } = outcome;
  return status === 'conflict'
    ? {
        file,
        status: 'refused',
        batch,
        code: 'conflict',
        reason: outcome.reason,
        detail: outcome.detail,
      }
    : { file, status: 'accepted', batch };
}

async function addFile(session: Session, log: Log, file: string): Promise<Added> {
  try {
    const bytes = inputFile(session.host, file, LIMITS.batchFileBytes);
    if (isExport(bytes)) return await addExport(session, log, file, bytes);
    const outcome = await collect(log, bytes);
    if (outcome.ok) {
      const { batch, signer } = outcome.contribution;
      return { file, status: 'accepted', batch, signer };
    }
    const { signer, event, reason, detail } = outcome.problem;
    return {
      file,
      status: 'refused',
      signer,
      code: 'refused',
      reason,
      detail,
      ...(event === undefined ? {} : { event }),
    };
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    return {
      file,
      status: 'refused',
      code: error.code,
      reason: error.reason ?? error.code,
      detail: error.message,
    };
  }
}

export default class BatchAdd extends BaseCommand {
  static override summary = 'Add what co-signers returned, or a batch that was exported elsewhere.';
  static override description =
    'Each file is verified on arrival; one that does not hold is named and not stored. Any order, any number of times. The exit code is that of the first one that was not taken.';
  static override examples = [
    '<%= config.bin %> batch add batch.json.DKq3xxxxxxxx.sig',
    '<%= config.bin %> batch add *.sig --json',
  ];
  static override strict = false;
  static override args = {
    file: Args.string({
      required: true,
      description: 'Files that `gitkel batch sign` or `gitkel batch export` wrote.',
    }),
  };

  async run(): Promise<{ added: readonly Added[]; missing: readonly string[] }> {
    const { argv, flags } = await this.parse(BatchAdd);
    const session = this.session(flags);
    const log = await session.log();
    const added: Added[] = [];
    for (const file of argv.map(String)) {
      const result = await addFile(session, log, file);
      added.push(result);
      const { batch, signer, event, reason, detail } = result;
      await session.note({
        action: 'add',
        batch,
        signer,
        event,
        from: file,
        outcome: result.status,
        reason,
      });
      this.print(
        result.status === 'accepted'
          ? `accepted ${file}: ${signer ?? `batch ${batch ?? ''}`}`
          : `refused ${file}: ${detail ?? ''} (${reason ?? ''})`,
        ...(result.code === 'malformed'
          ? ['  taken is what `gitkel batch sign FILE` or `gitkel batch export ID` wrote']
          : []),
      );
    }
    const missing = [...new Set(added.flatMap(({ batch }) => batch ?? []))].flatMap((id) => {
      const batch = getBatch(log, id);
      if (batch === undefined) return [];
      const state = batchState(log, batch);
      if (state.state === 'complete')
        this.print(`batch ${id} is complete`, `next: gitkel batch commit ${id}`);
      return 'missing' in state ? state.missing : [];
    });
    this.print(...missing.map((phrase) => `  missing: ${phrase}`));
    const code = added.find(({ status }) => status === 'refused')?.code;
    if (code !== undefined) process.exitCode = exitCodeOf(code);
    return { added, missing };
  }
}
