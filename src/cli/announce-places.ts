import { GitkelError } from '../base/errors.ts';
import {
  type AnnouncedPlace,
  type Announcement,
  placesToAnnounce,
  signAnnouncement,
} from '../batch/announcement.ts';
import { dropBatch } from '../batch/mailbox.ts';
import { planOnLog } from '../batch/load-collected.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import type { Log } from '../log/log.ts';
import { announce, announcedAt } from '../sync/announce.ts';
import { remoteOf } from '../sync/remote.ts';
import { waitedFor } from './progress.ts';
import type { Session } from './session.ts';

const ASKING = 'announcing the batch';

/** The error for a place that another one announced a batch for. */
function announcedByOther({ place, batch, signer }: Announcement): GitkelError {
  return new GitkelError(
    'conflict',
    `Cannot propose event ${place.sn} of ${place.aid}: ${signer} announced the batch ${batch} for that place`,
    {
      reason: 'place-announced',
      hint: 'Get it with `gitkel batch pull`, once it was pushed there, and sign that one; or propose yours all the same with --take-over.',
    },
  );
}

async function ownAnnouncements(
  session: Session,
  log: Log,
  batch: string,
  places: readonly AnnouncedPlace[],
): Promise<readonly Announcement[]> {
  const logId = log.contents.genesis?.logId ?? '';
  const made: Announcement[] = [];
  for (const place of places) {
    const key = log.contents.kel(place.aid)?.state.publicKeys.find(session.hasKey);
    const signer = key === undefined ? undefined : await session.findSigner(key);
    if (signer !== undefined)
      made.push(await signAnnouncement(log.host.crypto, { logId, batch, place }, signer));
  }
  return made;
}

/**
 * Announces at the upstream of a log, before anybody signs, the places that a batch is for, where others have to sign it,
 * too. When others announced another batch for one of them, that is told; of two who announce at the same time one gives way.
 * An upstream that does not answer, or does not take it, keeps nobody from proposing.
 * @throws GitkelError `conflict`, reason `place-announced`, unless `takeOver`.
 */
async function announcePlaces(
  session: Session,
  log: Log,
  batch: StagedBatch,
  takeOver: boolean,
): Promise<void> {
  const remote = log.publishes ? remoteOf(log) : undefined;
  if (remote === undefined) return;
  const places = placesToAnnounce(log, planOnLog(log, batch), session.hasKey);
  if (places.length === 0) return;
  const others = (found: readonly Announcement[]): readonly Announcement[] =>
    found.filter((one) => one.batch !== batch.id && !session.hasKey(one.signer));
  try {
    const before = await waitedFor(ASKING, announcedAt(log, remote, places));
    const [first] = takeOver ? [] : others(before);
    if (first !== undefined) throw announcedByOther(first);
    const own = await ownAnnouncements(session, log, batch.id, places);
    const isThere = before.some((one) => one.batch === batch.id);
    await waitedFor(ASKING, announce(log, remote, isThere ? [] : own));
    // Whoever announced at the same moment sees this one, too: the batch with the lower id stays.
    const [rival] = takeOver
      ? []
      : others(await waitedFor(ASKING, announcedAt(log, remote, places))).filter(
          (one) => one.batch < batch.id,
        );
    if (rival !== undefined) throw announcedByOther(rival);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason === 'place-announced') throw error;
    session.warn(`the batch is not announced at the upstream: ${error.message}`);
  }
}

/**
 * Announces a batch as {@link announcePlaces} does; one that was staged just now and gives way is dropped: nobody has signed
 * it.
 * @throws GitkelError `conflict`, reason `place-announced`, unless `takeOver`.
 */
export async function announceOrDrop(
  session: Session,
  log: Log,
  batch: StagedBatch,
  takeOver: boolean,
  isNew: boolean,
): Promise<void> {
  try {
    await announcePlaces(session, log, batch, takeOver);
  } catch (error) {
    if (isNew && error instanceof GitkelError && error.reason === 'place-announced')
      await dropBatch(log, batch.id);
    throw error;
  }
}
