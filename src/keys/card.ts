/**
 * Cards: what people exchange to build an event together. A card holds a public key and a digest, never a secret, and
 * proves nothing by itself: who receives one must know whose it is.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { documentBytes, parseDocument } from './home-document.ts';
import { isName } from './key-name.ts';
import { requireDigest, requirePublicKey } from './key-text.ts';

const FORMAT = 'gitkel-card/1';

/** For an inception, or to take a seat in a group: a current key and the commitment to the one after it. */
export interface KeyCard {
  readonly format: typeof FORMAT;
  readonly kind: 'inception';
  /** What the owner calls the key; a claim, for display only. */
  readonly name: string | undefined;
  /** Ed25519 public key, CESR text `D…`. */
  readonly publicKey: string;
  /** Digest of the next public key's text, CESR. */
  readonly nextDigest: string;
}

/** For a rotation: the key that was committed to before, now revealed, and the commitment to the one after it. */
export interface RotationCard {
  readonly format: typeof FORMAT;
  readonly kind: 'rotation';
  readonly name: string | undefined;
  /** The revealed next key, CESR text `D…`. */
  readonly publicKey: string;
  readonly nextDigest: string;
  /** The key that the revealed one replaces, so that a reader finds its place in the old list. */
  readonly priorPublicKey?: string | undefined;
}

export type Card = KeyCard | RotationCard;

export function keyCard(name: string | undefined, publicKey: string, nextDigest: string): KeyCard {
  return { format: FORMAT, kind: 'inception', name, publicKey, nextDigest };
}

export function rotationCard(
  name: string | undefined,
  keys: { readonly priorPublicKey: string | undefined; readonly publicKey: string },
  nextDigest: string,
): RotationCard {
  return { format: FORMAT, kind: 'rotation', name, ...keys, nextDigest };
}

/**
 * The one text of a card: canonical JSON (RFC 8785) and a line feed, ASCII only.
 * @throws GitkelError `malformed` for a card that `parseCard` would refuse.
 */
export function encodeCard(card: Card): Uint8Array {
  const { format, kind, name, publicKey, nextDigest } = card;
  const prior = card.kind === 'rotation' ? card.priorPublicKey : undefined;
  checkContent(name, publicKey, nextDigest, prior);
  return documentBytes({
    format,
    kind,
    nextDigest,
    publicKey,
    ...(name === undefined ? {} : { name }),
    ...(prior === undefined ? {} : { priorPublicKey: prior }),
  });
}

/**
 * Parses exactly what `encodeCard` writes. Whether the key is a sound point of the curve is left to who uses it.
 * @throws GitkelError `malformed`.
 */
export function parseCard(bytes: Uint8Array): Card {
  const value = parseDocument(bytes, LIMITS.cardBytes, 'the card');
  const kind = kindOf(value);
  const required = ['format', 'kind', 'nextDigest', 'publicKey'];
  const optional = kind === 'inception' ? ['name'] : ['name', 'priorPublicKey'];
  const fields = fieldsOf(value, 'the card', required, optional);
  const name = fields.optionalText('name');
  const publicKey = fields.text('publicKey');
  const nextDigest = fields.text('nextDigest');
  const priorPublicKey = fields.optionalText('priorPublicKey');
  checkContent(name, publicKey, nextDigest, priorPublicKey);
  return kind === 'inception'
    ? keyCard(name, publicKey, nextDigest)
    : rotationCard(name, { priorPublicKey, publicKey }, nextDigest);
}

/** A card's name as a person may be shown it, in quotes, or the start of its key. */
export function cardLabel(card: Card): string {
  return card.name === undefined ? `${card.publicKey.slice(0, 12)}…` : quoted(card.name);
}

function kindOf(value: Json): Card['kind'] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const fields = new Map<string, Json>(entries);
  const format = fields.get('format');
  const kind = fields.get('kind');
  if (format !== FORMAT) {
    throw malformed('card', `Cannot read the card: format ${quoted(format)} is unknown`, {
      hint: `this version reads ${FORMAT}`,
    });
  }
  if (kind === 'inception' || kind === 'rotation') return kind;
  throw malformed('card', `Cannot read the card: kind ${quoted(kind)} is unknown`);
}

function checkContent(
  name: string | undefined,
  publicKey: string,
  nextDigest: string,
  priorPublicKey: string | undefined,
): void {
  if (name !== undefined && !isName(name)) {
    throw malformed('card', `Cannot use the card: its name ${quoted(name)} is not a name`);
  }
  requirePublicKey(publicKey, 'the card');
  requireDigest(nextDigest, 'the card');
  if (priorPublicKey === undefined) return;
  requirePublicKey(priorPublicKey, 'the card');
  if (priorPublicKey === publicKey) {
    throw malformed('card', 'Cannot use the card: it replaces a key by itself');
  }
}
