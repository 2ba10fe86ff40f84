import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { auditInPool } from '../src/audit/audit.ts';
import type { AuditVerdict } from '../src/audit/verdict.ts';
import type { AuditReportFile } from '../src/cli/audit-report.ts';
import { upToDate } from '../src/cli/audited-here.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { expectedAid } from '../src/cli/expected.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { recall } from '../src/cli/memory.ts';
import { findingLine } from '../src/cli/finding-line.ts';
import { identityLines } from '../src/cli/identity-lines.ts';
import { interruptible } from '../src/cli/interrupt.ts';
import { harmless } from '../src/cli/output.ts';
import { duration } from '../src/cli/duration.ts';
import { maxAgeFlag } from '../src/cli/flags.ts';
import {
  freshnessHere,
  freshnessJson,
  freshnessLines,
  type ShownFreshness,
} from '../src/cli/freshness.ts';
import { Progress } from '../src/cli/progress.ts';
import { fetchedCopy, localDirectory } from '../src/cli/remote-copy.ts';
import type { Session } from '../src/cli/session.ts';
import { remoteAddress, remotePlace } from '../src/git/remote-address.ts';
import { pinnedLogAt } from '../src/keys/log-pins.ts';
import { counted } from '../src/base/counted.ts';
import { quoted } from '../src/base/errors.ts';
import type { Contents } from '../src/log/contents.ts';
import { expectLongRun } from '../src/host/short-runs.ts';

function statementLines({ statements }: AuditVerdict): readonly string[] {
  if (statements.length === 0) return [];
  const idle = statements.filter(({ counts }) => !counts);
  return [
    ...idle.map(
      ({ said, issuer, controller, why }) =>
        `--  statement ${said} of ${issuer} does NOT count for ${quoted(controller)}: ${why}`,
    ),
    `${counted(statements.length, 'statement')}, ${statements.length - idle.length} of them ${idle.length === statements.length - 1 ? 'counts' : 'count'}`,
  ];
}

/** The verdict, with how fresh the log is as results say it. */
type Audited = Omit<AuditVerdict, 'freshness'> & ShownFreshness;

function verdictLines(verdict: AuditVerdict): readonly string[] {
  return [
    ...verdict.findings.map(findingLine),
    ...verdict.notes.map((note) => harmless(`    ${note}`)),
    ...verdict.aids.flatMap((one) => [
      `${one.verdict === 'valid' ? 'ok ' : 'NO '} ${one.aid} event ${one.sn} ${one.said}${one.abandoned ? ' abandoned' : ''}`,
      ...identityLines(one).map((line) => `    ${line}`),
    ]),
    ...statementLines(verdict),
    ...(verdict.verifiedBefore === 0
      ? []
      : [
          `batches 0 to ${verdict.verifiedBefore - 1} were verified here before; --full verifies them again`,
        ]),
    ...(verdict.freshness === undefined ? [] : freshnessLines(verdict.freshness)),
    `log ${verdict.log ?? 'unknown'}: ${verdict.batches} ${verdict.batches === 1 ? 'batch' : 'batches'}, ${verdict.aids.length} ${verdict.aids.length === 1 ? 'identity' : 'identities'}${verdict.objects === undefined ? '' : `, ${verdict.objects} objects hashed`}`,
    `${verdict.state}: ${verdict.reason}`,
  ];
}

export default class Audit extends BaseCommand {
  static override summary = 'Verify a clone, trusting nobody who hosts it.';
  static override description =
    'Replays every batch, event and signature, computes every tree id again, and says what it found: exit 0 or 1. What this home verified before is not verified again, unless the log is checked out there or --full is given. The clone is only read; no program is started in it. --expect and --expect-log tell what you know from elsewhere; without that, a verdict is "consistent, identity not pinned". --report writes a page that needs no network: the verdict, the identities with their keys and devices, the skills with their provenance, and who signed what; names of your home are in it.';
  static override examples = [
    '<%= config.bin %> audit',
    '<%= config.bin %> audit https://example.org/team-log.git --expect EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX',
    '<%= config.bin %> audit clone --objects --json',
    '<%= config.bin %> audit clone --report audit.html',
  ];
  static override args = {
    source: Args.string({
      description: 'A directory or a URL; else the log that is found from here.',
    }),
  };
  static override flags = {
    'expect-log': Flags.string({ helpValue: 'ID', summary: 'The log id that it must have.' }),
    expect: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'AID[@SN:SAID]',
      summary: 'An identity that it must hold, with this event.',
    }),
    ...maxAgeFlag,
    full: Flags.boolean({
      summary: 'Verify from nothing, also what this home verified before.',
    }),
    objects: Flags.boolean({
      summary: 'Hash every stored object that the log reaches, trees included.',
    }),
    report: Flags.string({
      helpValue: 'FILE.html',
      summary: 'Verify from nothing, and write what was found as a page for people.',
    }),
  };

  async run(): Promise<Audited> {
    expectLongRun();
    const { args, flags } = await this.parse(Audit);
    const session = this.session(flags, 'remembers');
    const expectedAids = (flags.expect ?? []).map((text) => expectedAid(session, text));
    const maxAge = flags['max-age'] === undefined ? undefined : duration(flags['max-age']);
    const { source } = args;
    const asked = session.host.now();
    const isFetched = source !== undefined && localDirectory(source) === undefined;
    const place = source === undefined ? session.logDirectory() : source;
    const expectedLog = flags['expect-log'] ?? pinnedLogAt(session.home, addressOf(place))?.logId;
    const local = source === undefined ? session.logDirectory() : localDirectory(source);
    const report = await reportFile(session, flags.report, local);
    const progress = new Progress('verifying batch');
    let verified: Contents | undefined;
    const auditOf = async (dir: string, check: () => void): Promise<AuditVerdict> =>
      auditInPool(session.host, dir, {
        branch: flags.branch,
        expectedLog,
        expectedAids,
        objects: flags.objects,
        memory: flags.full ? undefined : session.memory,
        maxAge,
        onChecked: report && ((batch) => report.note(batch)),
        freshness: (log) =>
          isFetched
            ? { state: 'fresh', since: asked, upstream: addressOf(source) }
            : freshnessHere(session.home, log, maxAge),
        onBatch: (done, total) => {
          check();
          progress.update(done, total);
        },
        recall: (contents) => {
          verified = contents;
          return recall(session.home, contents, contents.aids);
        },
      });
    const verdict = await interruptible(async (check) =>
      local === undefined
        ? fetchedCopy(session.host, source ?? '', async (copy) => auditOf(copy, check))
        : upToDate(async () => auditOf(local, check)),
    ).finally(() => progress.end());
    if (verdict.state === 'valid' && verified !== undefined) {
      await session.remember(verified);
      if (isFetched) await session.rememberAsked(verified, addressOf(source), asked);
    }
    const { name, version, root } = this.config;
    const subject = {
      home: session.home,
      source: addressOf(place),
      expectedId: expectedLog,
      expectedAids,
      program: { name, version, root },
    };
    const bytes = report?.write(verdict, verified, subject);
    if (bytes !== undefined)
      session.tell(`wrote ${flags.report} (${counted(bytes, 'byte')}): open it in a browser`);
    this.print(...verdictLines(verdict));
    process.exitCode = verdict.state === 'valid' ? EXIT.done : EXIT.refused;
    const { freshness = { state: 'unknown', since: undefined, upstream: undefined }, ...rest } =
      verdict;
    return { ...rest, ...freshnessJson(freshness) };
  }
}

/** Where the report goes, if one is asked for: nothing of it is loaded otherwise. */
async function reportFile(
  { host }: Session,
  file: string | undefined,
  dir: string | undefined,
): Promise<AuditReportFile | undefined> {
  if (file === undefined) return undefined;
  const { AuditReportFile: ReportFile } = await import('../src/cli/audit-report.ts');
  return new ReportFile(host, file, dir);
}

function addressOf(source: string): string {
  return remoteAddress(remotePlace(source, process.cwd()));
}
