import type { RunRecord, SealedRun } from '../records/run-record.ts';
import { forWhom } from './describe-skill-record.ts';

function runLines({
  id,
  head,
  lines,
  manifest,
  release,
  sandbox,
  sources,
  sha256,
}: SealedRun): readonly string[] {
  return [
    `  run ${id}, ${lines} lines, head ${head}`,
    `    of the manifest ${manifest}${release === undefined ? '' : `, released by ${release}`}`,
    `    ${sandbox === 'none' ? 'WITHOUT a sandbox' : `sandbox ${sandbox}`}, seen by ${sources.join(' and ') || 'nothing'}; its file sha256:${sha256}`,
  ];
}

/** What a run record would say, line by line. */
export function describeRunRecord(
  { runs, period, controller }: RunRecord,
  issuer: string,
): readonly string[] {
  return [
    `SEAL what the logs of these runs say, in the name of ${issuer}${forWhom(controller)}`,
    ...(period === undefined
      ? []
      : [
          `  with what was sealed before these are ALL runs from ${period.from} until ${period.until}`,
          ...period.except.map((id) => `  EXCEPT the run ${id}, which is not sealed`),
        ]),
    ...runs.flatMap(runLines),
  ];
}
