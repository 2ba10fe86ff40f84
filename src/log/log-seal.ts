import { quoted } from '../base/errors.ts';
import type { KeyEvent } from '../keri/event.ts';

const LABEL = 'gitkel/';

/** The `t` of a seal that names a record of some log; other seals are opaque and give `undefined`. */
function recordSealLabel(seal: unknown): string | undefined {
  if (typeof seal !== 'object' || seal === null || !('t' in seal)) return undefined;
  const { t } = seal as { readonly t: unknown };
  return typeof t === 'string' && t.startsWith(LABEL) ? t : undefined;
}

/**
 * What is wrong with the `gitkel/<type>/<log id>` seals of an event in the log with this id. A seal that names another
 * log is opaque, so that one KEL can live in several logs. One that names this log must come with its record in the
 * same batch; in an inception it would be circular.
 */
export function logSealProblem(
  event: KeyEvent,
  logId: string | undefined,
): readonly [reason: string, detail: string] | undefined {
  for (const seal of event.seals) {
    const label = recordSealLabel(seal);
    if (label === undefined || logId === undefined) continue;
    if (label.slice(label.lastIndexOf('/') + 1) !== logId) continue;
    if (event.type === 'icp')
      return ['seal-in-inception', `an inception cannot seal a record: ${quoted(label)}`];
    return ['seal-without-record', `the seal ${quoted(label)} has no record in this batch`];
  }
  return undefined;
}
