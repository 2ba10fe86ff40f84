import type { AuditReport, ReportBatch, ReportRecord } from '../../src/report/report.ts';
import type { ReportIdentity } from '../../src/report/report-identity.ts';
import { recheckThing } from '../../src/report/recheck.ts';
import { type Child, h, link } from './dom.ts';
import { code, foreign, shortId } from './words.ts';

/** What is found in a report by name, and how it is named everywhere. */
export class ReportIndex {
  readonly report: AuditReport;
  readonly #identities: ReadonlyMap<string, ReportIdentity>;
  readonly #records: ReadonlyMap<string, ReportRecord>;
  readonly #batches: ReadonlyMap<number, ReportBatch>;

  constructor(report: AuditReport) {
    this.report = report;
    this.#identities = new Map(report.identities.map((one) => [one.aid, one]));
    this.#records = new Map(report.records.map((one) => [one.said, one]));
    this.#batches = new Map(report.batches.map((one) => [one.position, one]));
  }

  identity(aid: string): ReportIdentity | undefined {
    return this.#identities.get(aid);
  }

  record(said: string): ReportRecord | undefined {
    return this.#records.get(said);
  }

  /** What an identifier is called, in plain text: by the reader's name, else by a device's label, else by itself. */
  nameOf(aid: string): string {
    const identity = this.identity(aid);
    if (identity === undefined) return shortId(aid);
    const [label] = identity.labels;
    return identity.name ?? (label === undefined ? shortId(aid) : `“${label}”`);
  }

  /** An identifier with a link to what the report tells of it. */
  aid(aid: string): Child {
    const name = foreign(this.nameOf(aid));
    return this.identity(aid) === undefined ? name : link(`identity-${aid}`, name);
  }

  /** The number of a batch with a link to it. */
  batch(position: number): Child {
    const number = String(position);
    return this.#batches.has(position) ? link(`batch-${number}`, number) : number;
  }

  /** A record with a link to it. */
  recordLink(said: string): Child {
    const text = code(shortId(said));
    return this.record(said) === undefined ? text : link(`record-${said}`, text);
  }
}

/** Where a claim stands, and the command that checks it again. */
export function claim(commit: string, command: string): HTMLElement {
  return h(
    'span',
    { class: 'claim' },
    commit === '' ? undefined : h('span', {}, 'commit ', code(commit)),
    h('span', {}, 'check ', code(command)),
  );
}

/** The same of a thing that has an id of its own. */
export function claimOf(commit: string, id: string): HTMLElement {
  return claim(commit, recheckThing(id));
}
