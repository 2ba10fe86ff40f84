/**
 * Announcing at a remote for which places batches are about to be proposed, and hearing what others announced.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import {
  type AnnouncedPlace,
  type Announcement,
  announcementProblem,
  isPlaceFilled,
  placeHex,
} from '../batch/announcement.ts';
import { carrierOf } from '../batch/mailbox.ts';
import { announcementAt } from '../batch/incoming.ts';
import { ANNOUNCEMENT_FILE, isPlaceRef, placeRef, placeRefs } from '../log/mailbox-names.ts';
import type { Log } from '../log/log.ts';
import { listMailbox, type MailboxRef, withFetched } from './listed-batches.ts';
import { pushInForm } from './batch-push.ts';
import type { Remote } from './remote.ts';

/** What a remote has under names of announcements, within bounds; what is none is left out. */
async function readAnnouncements(
  log: Log,
  remote: Remote,
  listed: readonly MailboxRef[],
): Promise<readonly { readonly at: MailboxRef; readonly announcement: Announcement }[]> {
  const wanted = listed.filter(({ ref }) => isPlaceRef(ref)).slice(0, LIMITS.announcements);
  if (wanted.length === 0) return [];
  return withFetched(log, remote, wanted, async (store) =>
    wanted.flatMap((at) => {
      const announcement = announcementAt(log, store, at.ref, at.oid);
      return announcement === undefined ? [] : [{ at, announcement }];
    }),
  );
}

/**
 * What was announced at a remote for these places and counts on what the log holds. Others are ignored.
 * @throws GitkelError as `listRemoteRefs` and `fetchRefs`.
 */
export async function announcedAt(
  log: Log,
  remote: Remote,
  places: readonly AnnouncedPlace[],
): Promise<readonly Announcement[]> {
  const { crypto } = log.host;
  const prefixes = places.map((place) => placeRefs(placeHex(crypto, place)));
  const isAsked = (ref: string): boolean => prefixes.some((prefix) => ref.startsWith(prefix));
  const listed = await listMailbox(log, remote, isAsked);
  const here = listed.refs.filter(({ ref }) => isAsked(ref));
  const found = await readAnnouncements(log, remote, here);
  return found.flatMap(({ announcement }) =>
    announcementProblem(log, announcement) === undefined ? [announcement] : [],
  );
}

/**
 * Puts announcements at a remote.
 * @throws GitkelError `refused`, reason `push-refused`; `environment`, reason `remote-unreachable`.
 */
export async function announce(
  log: Log,
  remote: Remote,
  announcements: readonly Announcement[],
): Promise<void> {
  const { crypto } = log.host;
  const carried = announcements.map(({ batch, place, signer, bytes }) => ({
    ref: placeRef(placeHex(crypto, place), batch),
    ...carrierOf(crypto, ANNOUNCEMENT_FILE, bytes, `announcement of ${batch} by ${signer}\n`),
  }));
  if (carried.length === 0) return;
  try {
    log.store.writePack(carried.flatMap(({ objects }) => objects));
    const missing = carried.map(({ ref, oid }) => ({ ref, oid, theirs: undefined }));
    await pushInForm(log, remote, missing, undefined);
  } finally {
    log.store.release();
  }
}

/** The refs at a remote of announcements whose places are filled: nobody needs them any more. */
export async function filledAnnouncements(
  log: Log,
  remote: Remote,
  listed: readonly MailboxRef[],
): Promise<readonly MailboxRef[]> {
  const found = await readAnnouncements(log, remote, listed);
  return found.flatMap(({ at, announcement }) =>
    announcement.logId === log.contents.genesis?.logId && isPlaceFilled(log, announcement.place)
      ? [at]
      : [],
  );
}
