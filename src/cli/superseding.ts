import { quoted } from '../base/errors.ts';
import type { Log } from '../log/log.ts';
import { type GraveStep, requireAgreed } from './agreed.ts';
import { requireKel } from './require-kel.ts';
import { backgroundOfLog } from './superseded.ts';

/** How many superseded events are listed one by one. */
const LISTED = 20;

interface Superseding {
  /** As the person named the identity. */
  readonly name: string;
  readonly aid: string;
  /** Sequence number of the first event that is superseded. */
  readonly sn: number;
}

/** What a rotation in the place of an event does; `undefined` where that place is free, so that it is an ordinary one. */
function supersedingStep(log: Log, { name, aid, sn }: Superseding): GraveStep | undefined {
  const last = requireKel(log, aid).state.sn;
  if (sn > last) return undefined;
  const background = backgroundOfLog(log);
  const events = Array.from({ length: Math.min(last - sn + 1, LISTED) }, (_, at) =>
    background.eventAt(aid, sn + at),
  ).flatMap((event) => event ?? []);
  const more = last - sn + 1 - events.length;
  return {
    action: `rotate ${quoted(name)} in the place of its event ${sn}`,
    lines: [
      last === sn
        ? `This takes the place of event ${sn} of ${aid}:`
        : `This takes the place of events ${sn} to ${last} of ${aid}:`,
      ...events.map((event) => `  ${event.type} ${event.sn} ${event.said}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      '  They and what they sealed count no longer, for anybody; revocations that they sealed stay in force unless --lift names them.',
    ],
    question: 'Supersede them?',
  };
}

/**
 * Says which events a rotation would supersede, and asks for it.
 * @throws GitkelError as {@link requireAgreed}.
 */
export async function requireSupersedingAgreed(
  log: Log,
  superseding: Superseding,
  flags: { readonly yes: boolean; readonly stage: boolean },
  show: (...lines: readonly string[]) => void,
): Promise<void> {
  const step = supersedingStep(log, superseding);
  if (step !== undefined) await requireAgreed(step, flags, show);
}
