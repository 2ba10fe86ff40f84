import { canonicalBytes, parseCanonical, type Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive, encodePrimitive } from '../cesr/primitive.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';

/** Who may commit: `open`, any AID of the log; `closed`, the founder and the writers that it names. */
export type Admission = 'open' | 'closed';

/** `gitkel.json`, the first file of a log. Its SAID is the log id. */
export interface Genesis {
  readonly bytes: Uint8Array;
  readonly logId: string;
  readonly founder: string;
  readonly admission: Admission;
}

const FORMAT = 'gitkel-log/1';
const NONCE_CODE = '0A';
/** Bytes of randomness in a nonce. */
export const NONCE_BYTES = 16;

function documentOf(logId: string, founder: string, admission: Admission, nonce: string): Json {
  return { admission, d: logId, format: FORMAT, founder, nonce };
}

function logIdOf(crypto: Crypto, founder: string, admission: Admission, nonce: string): string {
  return digestText(crypto, canonicalBytes(documentOf(dummy('E'), founder, admission, nonce)));
}

/** Makes the genesis of a log: `nonce` is 16 random bytes, `founder` the AID whose inception stands beside it. */
export function createGenesis(
  crypto: Crypto,
  founder: string,
  admission: Admission,
  nonce: Uint8Array,
): Genesis {
  const nonceText = encodePrimitive({ code: NONCE_CODE, raw: nonce });
  const logId = logIdOf(crypto, founder, admission, nonceText);
  return {
    bytes: canonicalBytes(documentOf(logId, founder, admission, nonceText)),
    logId,
    founder,
    admission,
  };
}

/**
 * Reads `gitkel.json`: canonical JSON, exact fields, SAID verified.
 * @throws GitkelError `malformed`.
 */
export function parseGenesis(crypto: Crypto, bytes: Uint8Array): Genesis {
  const fields = fieldsOf(parseCanonical(bytes, LIMITS.fileBytes, 'gitkel.json'), 'gitkel.json', [
    'admission',
    'd',
    'format',
    'founder',
    'nonce',
  ]);
  const format = fields.text('format');
  if (format !== FORMAT) {
    throw malformed(
      'log-format',
      `Cannot read gitkel.json: format ${quoted(format)}, this version reads "${FORMAT}"`,
    );
  }
  const admission = fields.text('admission');
  if (admission !== 'open' && admission !== 'closed') {
    throw malformed(
      'field',
      `Cannot read gitkel.json: admission ${quoted(admission)} is neither "open" nor "closed"`,
    );
  }
  const [founder, nonce, logId] = [fields.text('founder'), fields.text('nonce'), fields.text('d')];
  if (decodePrimitive(nonce).code !== NONCE_CODE) {
    throw malformed(
      'field',
      `Cannot read gitkel.json: the nonce ${quoted(nonce)} is not 128 bits in CESR (0A…)`,
    );
  }
  if (logIdOf(crypto, founder, admission, nonce) !== logId) {
    throw malformed(
      'said',
      `Cannot read gitkel.json: its digest is not its log id ${quoted(logId)}`,
    );
  }
  return { bytes, logId, founder, admission };
}
