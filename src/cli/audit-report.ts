/**
 * `gitkel audit --report`: loaded only where a report is asked for.
 * @module
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { type ExpectedAid, expectationLine } from '../audit/expectations.ts';
import type { AuditVerdict } from '../audit/verdict.ts';
import { shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { Home } from '../keys/home.ts';
import { listNames } from '../keys/names.ts';
import type { CheckedBatch } from '../log/check-batch.ts';
import { Contents } from '../log/contents.ts';
import { GENESIS_PATH } from '../log/layout.ts';
import { BatchNotes } from '../report/batch-notes.ts';
import { makeReport } from '../report/make-report.ts';
import { type PageParts, REPORT_START, reportPage } from '../report/report-page.ts';
import { writeOutput } from './output-file.ts';

/** What a report says beside what was audited. */
export interface ReportSubject {
  readonly home: Home;
  /** The directory or the address that was audited, without a password. */
  readonly source: string;
  readonly expectedId: string | undefined;
  readonly expectedAids: readonly ExpectedAid[];
  /** The name and the version of this program, and the directory of its package. */
  readonly program: { readonly name: string; readonly version: string; readonly root: string };
}

function pageParts(root: string): PageParts {
  const directory = path.join(root, 'dist', 'web', 'report');
  const read = (file: string): string => {
    try {
      return readFileSync(path.join(directory, file), 'utf8');
    } catch (cause) {
      const message = `Cannot make a report: ${path.join(directory, file)} is missing in this installation`;
      throw new GitkelError('environment', message, { cause, hint: 'Install gitkel again.' });
    }
  };
  return { script: read('report.js'), style: read('report.css'), notices: read('NOTICES.txt') };
}

function namesOf(home: Home): (aid: string) => string | undefined {
  const names = new Map<string, string[]>();
  for (const { aid, name } of listNames(home)) names.set(aid, [...(names.get(aid) ?? []), name]);
  return (aid) => names.get(aid)?.join(', ');
}

/** How a file begins; an empty one may be replaced, too: `mktemp` makes such. */
function isReportOrEmpty(file: string): boolean {
  const start = Buffer.alloc(REPORT_START.length);
  const fd = openSync(file, 'r');
  try {
    const length = readSync(fd, start, 0, start.length, 0);
    return length === 0 || start.subarray(0, length).toString('latin1') === REPORT_START;
  } finally {
    closeSync(fd);
  }
}

function refuse(file: string, why: string): GitkelError {
  return new GitkelError('usage', `Cannot write the report ${shownPath(file)}: ${why}`, {
    reason: 'output',
    hint: 'Name another file with --report.',
  });
}

/** Whether a file would lie among the checked-out files of a log: the next audit finds there what the log does not hold. */
function isCheckedOutWith(host: Host, dir: string | undefined, file: string): boolean {
  if (dir === undefined || statOf(host, path.join(dir, GENESIS_PATH)) === undefined) return false;
  const relative = path.relative(dir, path.resolve(file));
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/**
 * Refuses to write where something else than an earlier report would be lost, or where the report would speak against the log.
 * @param dir the directory that is audited, if it is one of this machine
 */
function requireReportPlace(host: Host, file: string, dir: string | undefined): void {
  if (file === '') throw new GitkelError('usage', 'Cannot write the report: no file is named');
  const place = path.resolve(file);
  const stats = statOf(host, place);
  if (stats !== undefined && !stats.isFile())
    throw refuse(file, 'something is there that is no regular file');
  if (stats !== undefined && !isReportOrEmpty(place))
    throw refuse(file, 'a file is there that is no report');
  if (isCheckedOutWith(host, dir, file))
    throw refuse(file, 'among the checked-out files of the log, the next audit would refuse it');
}

/** A report in the making: notes are taken while a log is audited, and the file is written in the end. */
export class AuditReportFile {
  readonly #host: Host;
  readonly #file: string;
  readonly #notes = new BatchNotes();

  /**
   * @param dir the directory that is audited, if it is one of this machine
   * @throws GitkelError `usage` where nothing can be written to this path.
   */
  constructor(host: Host, file: string, dir: string | undefined) {
    requireReportPlace(host, file, dir);
    this.#host = host;
    this.#file = file;
  }

  /** Takes down a batch that was checked. */
  note(batch: CheckedBatch): void {
    this.#notes.add(batch);
  }

  /**
   * Writes the file.
   * @param contents what verified; `undefined` where nothing did
   * @returns how many bytes it has
   */
  write(verdict: AuditVerdict, contents: Contents | undefined, subject: ReportSubject): number {
    const { crypto } = this.#host;
    const { name, version, root } = subject.program;
    const verified = { crypto, contents: contents ?? new Contents(), notes: this.#notes };
    const report = makeReport(verdict, verified, {
      source: subject.source,
      expectedId: subject.expectedId,
      expectedAids: subject.expectedAids.map(({ aid, at }) =>
        at === undefined ? aid : expectationLine(aid, at.sn, at.said),
      ),
      nameOf: namesOf(subject.home),
      madeBy: `${name} ${version}`,
      madeAt: this.#host.now(),
    });
    const bytes = utf8(reportPage(crypto, report, pageParts(root)));
    writeOutput(this.#host, this.#file, bytes);
    return bytes.length;
  }
}
