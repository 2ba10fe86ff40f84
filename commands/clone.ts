import { rmSync } from 'node:fs';
import path from 'node:path';
import { Args, Flags } from '@oclif/core';
import { GitkelError, quoted } from '../src/base/errors.ts';
import { audit, type AuditVerdict } from '../src/audit/audit.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { expectedAid } from '../src/cli/expected.ts';
import { recall, rememberLog } from '../src/cli/memory.ts';
import { Progress } from '../src/cli/progress.ts';
import { localDirectory } from '../src/cli/remote-copy.ts';
import { cloneBare } from '../src/git/clone.ts';
import { openRepository } from '../src/git/repository.ts';
import { statOf } from '../src/host/files.ts';
import type { Contents } from '../src/log/contents.ts';
import { findLogRef } from '../src/log/find-log.ts';
import { copyLog, setUpstream } from '../src/log/copy-log.ts';
import type { Session } from '../src/cli/session.ts';

interface Cloned {
  readonly status: string;
  readonly dir: string;
  readonly log: string | undefined;
  readonly batches: number;
  readonly verdict: AuditVerdict['reason'];
}

function defaultDirectory(source: string): string {
  const name = source.replace(/\/+$/, '').split(/[/:\\]/).at(-1) ?? '';
  return name.replace(/\.git$/, '') || 'log';
}

async function copy(session: Session, source: string, target: string, branch: string | undefined): Promise<void> {
  const local = localDirectory(source);
  if (local !== undefined) {
    const progress = new Progress('copying batch');
    copyLog(session.host, local, target, branch, (done) => progress.update(done, done));
    progress.end();
    return;
  }
  await cloneBare(session.host, source, target);
  const { ref } = findLogRef(session.host, openRepository(session.host, target, { hostile: true }), branch);
  setUpstream(session.host, target, ref.replace('refs/heads/', ''), source);
}

export default class Clone extends BaseCommand {
  static override summary = 'Copy a log to work with, and verify the copy.';
  static override description = 'Makes a bare copy that remembers where it came from. A copy that does not verify is not kept.';
  static override examples = [
    '<%= config.bin %> clone https://example.org/team-log.git',
    '<%= config.bin %> clone ../team-log my-copy --expect EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX',
  ];
  static override args = {
    source: Args.string({ required: true, description: 'A URL or a directory.' }),
    dir: Args.string({ description: 'Where the copy is to be.' }),
  };
  static override flags = {
    'expect-log': Flags.string({ helpValue: 'ID', summary: 'The log id that it must have.' }),
    expect: Flags.string({ multiple: true, helpValue: 'AID[@SN:SAID]', summary: 'An identity that it must hold, with this event.' }),
  };

  async run(): Promise<Cloned> {
    const { args, flags } = await this.parse(Clone);
    const session = this.session(flags);
    const expectedAids = (flags.expect ?? []).map((text) => expectedAid(session, text));
    const target = path.resolve(args.dir ?? defaultDirectory(args.source));
    if (statOf(session.host, target) !== undefined) {
      throw new GitkelError('usage', `Cannot clone into ${quoted(target)}: something is there`, { hint: 'Name another directory.' });
    }
    try {
      await copy(session, args.source, target, flags.branch);
      let verified: Contents | undefined;
      const verdict = audit(session.host, target, {
        expectedLog: flags['expect-log'],
        expectedAids,
        recall: (contents) => {
          verified = contents;
          return recall(session.home, contents);
        },
      });
      const [finding] = verdict.findings;
      if (finding !== undefined) {
        throw new GitkelError('refused', `Cannot clone ${quoted(args.source)}: ${finding.detail}`, {
          reason: finding.reason,
          hint: 'Nothing was kept. `gitkel audit` of the source tells more.',
        });
      }
      if (verified !== undefined) await rememberLog(session.home, verified);
      this.print(`cloned into ${target}`, `log ${verdict.log ?? ''}: ${verdict.batches} batches`, `${verdict.state}: ${verdict.reason}`);
      return { status: 'done', dir: target, log: verdict.log, batches: verdict.batches, verdict: verdict.reason };
    } catch (error) {
      rmSync(target, { recursive: true, force: true });
      throw error;
    }
  }
}
