/**
 * `gitkel audit --report`: loaded only where a report is asked for.
 * @module
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { type ExpectedAid, expectationLine } from '../audit/expectations.ts';
import type { AuditVerdict } from '../audit/verdict.ts';
import type { Host } from '../host/host.ts';
import type { Home } from '../keys/home.ts';
import { listNames } from '../keys/names.ts';
import type { CheckedBatch } from '../log/check-batch.ts';
import { Contents } from '../log/contents.ts';
import { BatchNotes } from '../report/batch-notes.ts';
import { makeReport } from '../report/make-report.ts';
import { type PageParts, reportPage } from '../report/report-page.ts';
import { requireOutput, writeOutput } from './output-file.ts';

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

/** A report in the making: notes are taken while a log is audited, and the file is written in the end. */
export class AuditReportFile {
  readonly #host: Host;
  readonly #file: string;
  readonly #notes = new BatchNotes();

  /** @throws GitkelError `usage` where nothing can be written to this path. */
  constructor(host: Host, file: string) {
    requireOutput(host, file);
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
