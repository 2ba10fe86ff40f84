/**
 * Announcements: that somebody is about to propose a batch for a place, told to the co-signers before anybody signs, so that
 * two honest proposals for one place meet while nothing is signed yet. They are advice, and end nothing.
 * @module
 */
import { toHex, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isRotation } from '../keri/event.ts';
import { isSatisfied } from '../keri/threshold.ts';
import { checkedSignature } from '../keys/checked-signature.ts';
import type { Signer } from '../keys/signer.ts';
import type { LogGround } from '../log/log.ts';
import type { BatchPlan } from './planned.ts';
import type { PlannedEvent } from './plan.ts';
import { requestFor } from './requests.ts';

/** Where one event of an identifier is to stand: after the event `prior`, at the sequence number `sn`. */
export interface AnnouncedPlace {
  readonly aid: string;
  readonly sn: number;
  readonly prior: string;
}

/** What is announced, and by which key. */
export interface Announcement {
  readonly logId: string;
  readonly batch: string;
  readonly place: AnnouncedPlace;
  /** A key that controls the identifier before that place: who holds the announcement. */
  readonly signer: string;
  readonly bytes: Uint8Array;
}

const FORMAT = 'gitkel-announcement/1';
const SIGNATURE_CODE = '0B';
const KEY_CODE = /^[BD]$/;
const WHAT = 'the announcement';

/** The name of a place in a ref: 32 bytes in hex. */
export function placeHex(crypto: Crypto, { aid, sn, prior }: AnnouncedPlace): string {
  return toHex(crypto.digest('blake3-256', utf8(`${aid} ${sn} ${prior}`)));
}

function documentOf(
  { logId, batch, place }: Pick<Announcement, 'logId' | 'batch' | 'place'>,
  signer: string,
): { readonly [key: string]: Json } {
  const { aid, sn, prior } = place;
  return { aid, batch, format: FORMAT, log: logId, prior, signer, sn };
}

/** Signs an announcement: the signature is over the document's canonical JSON without `signature`. */
export async function signAnnouncement(
  crypto: Crypto,
  content: Pick<Announcement, 'logId' | 'batch' | 'place'>,
  signer: Signer,
): Promise<Announcement> {
  const document = documentOf(content, signer.publicKey);
  const message = canonicalBytes(document);
  const raw = await checkedSignature(crypto, signer, signer.publicKey, message, 'Cannot announce');
  const signature = encodePrimitive({ code: SIGNATURE_CODE, raw });
  const { logId, batch, place } = content;
  const bytes = canonicalBytes({ ...document, signature });
  return { logId, batch, place, signer: signer.publicKey, bytes };
}

/**
 * Reads an announcement and verifies its signature. Whether the signer has a say is for {@link announcementProblem}.
 * @throws GitkelError `malformed`, or `refused` for a wrong signature.
 */
export function parseAnnouncement(crypto: Crypto, bytes: Uint8Array): Announcement {
  const keys = ['aid', 'batch', 'format', 'log', 'prior', 'signature', 'signer', 'sn'];
  const fields = fieldsOf(parseCanonical(bytes, LIMITS.announcementBytes, WHAT), WHAT, keys);
  if (fields.text('format') !== FORMAT)
    throw malformed(
      'announcement-format',
      `Cannot read ${WHAT}: format ${quoted(fields.text('format'))}, this version reads "${FORMAT}"`,
    );
  const place = { aid: fields.text('aid'), sn: fields.integer('sn'), prior: fields.text('prior') };
  const content = { logId: fields.text('log'), batch: fields.text('batch'), place };
  const signer = fields.text('signer');
  const [key, signature] = [decodePrimitive(signer), decodePrimitive(fields.text('signature'))];
  const message = canonicalBytes(documentOf(content, signer));
  const isSigned =
    KEY_CODE.test(key.code) &&
    signature.code === SIGNATURE_CODE &&
    crypto.verify(key.raw, message, signature.raw);
  if (!isSigned)
    throw new GitkelError(
      'refused',
      `Cannot take ${WHAT}: the signature of ${quoted(signer)} does not hold`,
      { reason: 'bad-signature' },
    );
  return { ...content, signer, bytes };
}

/** Whether something stands at a place by now, or it can never be reached. */
export function isPlaceFilled(
  { contents }: LogGround,
  { aid, sn, prior }: AnnouncedPlace,
): boolean {
  const kel = contents.kel(aid);
  return kel !== undefined && (kel.state.sn >= sn || kel.saidAt(sn - 1) !== prior);
}

/** Why an announcement does not count on what a log holds. */
export function announcementProblem(
  log: LogGround,
  { logId, place, signer }: Announcement,
): readonly [reason: string, detail: string] | undefined {
  if (logId !== log.contents.genesis?.logId)
    return ['other-log', `it is for the log ${quoted(logId)}`];
  const kel = log.contents.kel(place.aid);
  if (kel === undefined) return ['aid-unknown', `${quoted(place.aid)} is not in the log`];
  if (isPlaceFilled(log, place))
    return ['place-taken', `event ${place.sn} of ${place.aid} is in the log`];
  return kel.state.publicKeys.includes(signer)
    ? undefined
    : ['signer-unknown', `${signer} is no current key of ${place.aid}`];
}

/** Whether keys that are held satisfy all that the controllers of an event have to. */
function isSatisfiedBy(
  crypto: Crypto,
  planned: PlannedEvent,
  has: (publicKey: string) => boolean,
): boolean {
  const own = requestFor(crypto, planned).keys.filter(({ publicKey }) => has(publicKey));
  const indices = own.map(({ index }) => index);
  const prior = own.flatMap(({ priorIndex }) => (priorIndex === undefined ? [] : [priorIndex]));
  const { before, after, event } = planned;
  return (
    isSatisfied(after.threshold, indices) &&
    (!isRotation(event) || before === undefined || isSatisfied(before.nextThreshold, prior))
  );
}

/**
 * The places for which a batch is to be announced: each at which the trunk of an identifier goes on and for which keys of
 * others are needed. An inception has a place of its own, and a superseding rotation must not wait.
 */
export function placesToAnnounce(
  log: LogGround,
  { events }: BatchPlan,
  has: (publicKey: string) => boolean,
): readonly AnnouncedPlace[] {
  const seen = new Set<string>();
  return events.flatMap((planned) => {
    const { event, supersedes } = planned;
    const isFirst = !seen.has(event.aid);
    seen.add(event.aid);
    if (!isFirst || !('prior' in event) || supersedes !== undefined) return [];
    if (isSatisfiedBy(log.host.crypto, planned, has)) return [];
    return [{ aid: event.aid, sn: event.sn, prior: event.prior }];
  });
}
