import type { Freshness } from '../log/freshness.ts';
import type { Finding } from './verdict.ts';

/** Why a log is not as fresh as it has to be. @param maxAge seconds; `undefined` where any age will do */
export function ageFindings(
  freshness: Freshness | undefined,
  maxAge: number | undefined,
): readonly Finding[] {
  if (maxAge === undefined || freshness?.state === 'fresh') return [];
  return freshness?.state === 'stale'
    ? [
        {
          reason: 'log-stale',
          detail: `the upstream was last asked more than ${maxAge} seconds ago`,
        },
      ]
    : [
        {
          reason: 'log-freshness-unknown',
          detail: 'it is not known when the upstream was last asked for this log',
        },
      ];
}
