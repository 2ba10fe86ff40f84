import { GitkelError } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import { splitMessage } from '../keri/signed-message.ts';
import { parseTelEvent, type TelEvent } from '../tel/event.ts';
import { verifyEvidence } from './evidence.ts';
import type { AddedFile } from './folding.ts';
import type { LogPath } from './layout.ts';
import { type SignatureNames, signatureNames } from './signature-names.ts';

/** What a batch adds beside events and their records. */
export type OtherStory = { readonly path: string } & (
  | {
      readonly kind: 'proof';
      readonly aid: string;
      readonly sn: number;
      /** The SAID of the event that is proved. */
      readonly said: string;
      readonly signers: SignatureNames;
    }
  | {
      readonly kind: 'status';
      readonly type: TelEvent['type'];
      readonly registry: string;
      readonly sn: number;
      readonly said: string;
      /** The SAID of the credential; `undefined` for an event of the registry itself. */
      readonly credential: string | undefined;
    }
  | { readonly kind: 'credential'; readonly said: string }
  | {
      readonly kind: 'evidence';
      readonly said: string;
      readonly aid: string;
      readonly sn: number;
      readonly rivals: readonly [string, string];
    }
);

function unreadable(path: string, reason: string, detail: string): GitkelError {
  return new GitkelError('refused', `Cannot read ${path}: ${detail}`, {
    reason,
    hint: 'The repository changed since it was verified. Run `gitkel audit`.',
  });
}

/** Tells what a file of a verified batch says that holds neither an event of its own nor a record. */
export function tellOther(
  crypto: Crypto,
  { path, bytes }: AddedFile,
  parsedPath: Extract<LogPath, { kind: 'proof' | 'status' | 'credential' | 'evidence' }>,
): OtherStory {
  switch (parsedPath.kind) {
    case 'proof': {
      const parsed = parseSignedEvent(crypto, bytes);
      if (!parsed.ok) throw unreadable(path, parsed.reason, parsed.detail);
      const { event, attachments } = parsed.signed;
      const { aid, sn, said } = event;
      return { kind: 'proof', path, aid, sn, said, signers: signatureNames(attachments) };
    }
    case 'status': {
      const split = splitMessage(bytes);
      if (!split.ok) throw unreadable(path, split.reason, split.detail);
      const parsed = parseTelEvent(crypto, split.message);
      if (!parsed.ok) throw unreadable(path, parsed.reason, parsed.detail);
      const { event } = parsed;
      const { type, registry, sn, said } = event;
      const credential = 'credential' in event ? event.credential : undefined;
      return { kind: 'status', path, type, registry, sn, said, credential };
    }
    case 'credential':
      return { kind: 'credential', path, said: parsedPath.said };
    case 'evidence': {
      const verdict = verifyEvidence(crypto, bytes);
      if (!verdict.ok) throw unreadable(path, verdict.reason, verdict.detail);
      const { said, aid, sn, rivals } = verdict.proven;
      const saids = [rivals[0].event.said, rivals[1].event.said] as const;
      return { kind: 'evidence', path, said, aid, sn, rivals: saids };
    }
  }
}
