import { fromUtf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { decodeStandardBase64 } from '../base/standard-base64.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Certificate, parseCertificate } from './certificate.ts';

/** One certificate in PEM (RFC 7468), and nothing beside it but text before or behind. */
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/**
 * Reads the file of a root certificate that is to be pinned: DER, or one certificate in PEM.
 * @param name what a message calls the file
 * @throws GitkelError `malformed`: reason `certificate`, or `certificate-authority` where it is that of nobody who issues any.
 */
export function readRootCertificate(crypto: Crypto, bytes: Uint8Array, name: string): Certificate {
  const found = [...(fromUtf8(bytes) ?? '').matchAll(PEM)];
  if (found.length > 1)
    throw malformed(
      'certificate',
      `Cannot take ${quoted(name, 200)} as a root: it holds ${found.length} certificates, not one`,
    );
  const [, base64] = found[0] ?? [];
  const der = base64 === undefined ? bytes : decodeStandardBase64(base64.replaceAll(/\s/g, ''));
  if (der === undefined)
    throw malformed(
      'certificate',
      `Cannot take ${quoted(name, 200)} as a root: its base64 is none`,
    );
  const certificate = parseCertificate(crypto, der);
  if (certificate.isAuthority) return certificate;
  throw malformed(
    'certificate-authority',
    `Cannot take ${quoted(name, 200)} as a root: it is the certificate of ${quoted(certificate.subjectText, 200)}, which is no authority`,
  );
}
