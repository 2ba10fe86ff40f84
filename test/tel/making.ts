/** Makes events of registries; everything follows from small numbers. */
import { utf8 } from '../../src/base/bytes.ts';
import { type Attachments, noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { saidOf } from '../../src/cesr/said.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { parseTelEvent, type TelEvent } from '../../src/tel/event.ts';

export const DUMMY = '#'.repeat(44);
export const ISSUER = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(1) });
export const CREDENTIAL = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(2) });
export const DATE = '2024-05-06T07:08:09.101112+00:00';

/** A message with its size and its SAID, where the dummy stands. */
export function message(fields: Readonly<Record<string, unknown>>): Uint8Array {
  const text = (size: number): string =>
    JSON.stringify({ v: `KERI10JSON${size.toString(16).padStart(6, '0')}_`, ...fields });
  const unfinished = text(utf8(text(0)).length);
  const spans = [...unfinished.matchAll(/#{44}/g)].map(({ index }) => ({
    start: index,
    length: 44,
  }));
  return utf8(unfinished.replaceAll(DUMMY, saidOf(crypto, utf8(unfinished), spans)));
}

export function event<Type extends TelEvent['type']>(
  fields: Readonly<Record<string, unknown>> & { readonly t: Type },
): Extract<TelEvent, { type: Type }> {
  const parsed = parseTelEvent(crypto, message(fields));
  if (!parsed.ok) throw new Error(`${parsed.reason}: ${parsed.detail}`);
  return parsed.event as Extract<TelEvent, { type: Type }>;
}

const seedOf = (number: number): Uint8Array => crypto.digest('sha2-256', utf8(`backer ${number}`));

/** The key of backer number `n`. */
export function backer(number: number): string {
  return encodePrimitive({ code: 'B', raw: crypto.publicKey(seedOf(number)) });
}

export function rawSignature(number: number, { bytes }: TelEvent): Uint8Array {
  return crypto.sign(seedOf(number), bytes);
}

/** Attachments: an anchor in the event of the issuer at `sn`, and signatures of backers by number and index. */
export function attached(
  signed: TelEvent,
  anchor: { readonly sn: number; readonly said: string } | undefined,
  backers: readonly (readonly [number: number, index: number])[] = [],
): { readonly event: TelEvent; readonly attachments: Attachments } {
  return {
    event: signed,
    attachments: {
      ...noAttachments,
      sealSources: anchor === undefined ? [] : [{ sequenceNumber: anchor.sn, said: anchor.said }],
      witnessSignatures: backers.map(([number, index]) =>
        ed25519Signature(rawSignature(number, signed), index, index),
      ),
    },
  };
}
