import { GitkelError, quoted } from '../base/errors.ts';
import type { Contents } from '../log/contents.ts';

/** An AID that a reviewer expects in the log, and where it was seen before. */
export interface ExpectedAid {
  readonly aid: string;
  readonly at: { readonly sn: number; readonly said: string } | undefined;
}

/**
 * Reads `AID` or `AID@SN:SAID`; the sequence number is decimal.
 * @throws GitkelError `usage`.
 */
export function parseExpectedAid(text: string): ExpectedAid {
  const [, aid, sn, said] =
    /^([A-Za-z0-9_-]{44,88})(?:@(\d{1,15}):([A-Za-z0-9_-]{44,88}))?$/.exec(text) ?? [];
  if (aid === undefined) {
    throw new GitkelError('usage', `Cannot expect ${quoted(text)}: write AID or AID@SN:SAID`, {
      hint: '`gitkel identity show` ends with that line.',
    });
  }
  return { aid, at: sn === undefined || said === undefined ? undefined : { sn: Number(sn), said } };
}

/** The line that a reviewer can pin: what {@link parseExpectedAid} reads. */
export function expectationLine(aid: string, sn: number, said: string): string {
  return `${aid}@${sn}:${said}`;
}

/** Why the log is not what was expected: one entry for each miss. */
export function expectationProblems(
  contents: Contents,
  expectedLog: string | undefined,
  expectedAids: readonly ExpectedAid[],
): readonly { readonly reason: string; readonly detail: string; readonly aid?: string }[] {
  const logId = contents.genesis?.logId;
  const problems: { reason: string; detail: string; aid?: string }[] = [];
  if (expectedLog !== undefined && expectedLog !== logId) {
    problems.push({
      reason: 'expected-log',
      detail: `the log is ${logId ?? 'unborn'}, ${quoted(expectedLog)} was expected`,
    });
  }
  for (const { aid, at } of expectedAids) {
    const kel = contents.kel(aid);
    if (kel === undefined) {
      problems.push({
        reason: 'expected-aid',
        aid,
        detail: `${aid} was expected, it is not in this log`,
      });
    } else if (at !== undefined && kel.saidAt(at.sn) !== at.said) {
      const found = kel.saidAt(at.sn) ?? `nothing (it ends at ${kel.length - 1})`;
      const by = kel.disputed.find(({ said }) => said === at.said)?.by;
      const fate = by === undefined ? '' : `; that one was superseded at position ${by.position}`;
      problems.push({
        reason: 'expected-event',
        aid,
        detail: `event ${at.sn} of ${aid} is ${found}, ${at.said} was expected${fate}`,
      });
    }
  }
  return problems;
}
