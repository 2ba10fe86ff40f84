import { GitkelError } from '../base/errors.ts';
import { parseVersion } from '../cesr/version.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { splitMessage } from '../keri/signed-message.ts';
import { readContent } from '../stream/content.ts';
import { type AnchoringLogs, decideTel, type TelDecision } from '../tel/decide.ts';
import { parseTelEvent, type TelEvent } from '../tel/event.ts';
import { isInOneForm } from './event-form.ts';
import { type AddedFile, type FoldRefusal, type Folding, refuse } from './folding.ts';
import type { LogPath } from './layout.ts';

function decisionDetail(
  { type, sn, registry }: TelEvent,
  decision: Exclude<TelDecision, { outcome: 'accept' }>,
): string {
  const what = `event ${sn} (${type}) of the registry ${registry}`;
  switch (decision.outcome) {
    case 'duplicate':
      return `${what} is in the log already`;
    case 'escrow':
      return `${what} is not complete: ${decision.reason}`;
    case 'reject':
      return `${what} is refused: ${decision.detail}`;
  }
}

/** The one anchor of an event of a registry: the first event of its issuer's trunk that seals it and nothing else. */
function anchorsIn({ drafts }: Folding): AnchoringLogs {
  return {
    anchors: (issuer, event) => {
      const anchor = drafts.soleAnchor(issuer, event);
      return anchor === undefined ? [] : [anchor];
    },
  };
}

/**
 * Folds the file of a credential status event: it must be accepted on what the log holds of its registry, and carry the
 * signatures of its backers, each once, and the first anchor in the trunk of its issuer.
 */
export function foldStatus(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'status' }>,
): FoldRefusal | undefined {
  const { crypto, registries, contents } = folding;
  const split = splitMessage(file.bytes);
  if (!split.ok) return refuse(file.path, split.reason, split.detail);
  const { message, attachments } = split;
  const parsed = parseTelEvent(crypto, message);
  if (!parsed.ok) return refuse(file.path, parsed.reason, parsed.detail);
  const { event } = parsed;
  const { registry, type, said } = event;
  if (registry !== path.registry || type !== path.type || said !== path.said)
    return refuse(file.path, 'path-event', 'the path names another event than the file holds');
  const { transferableReceipts, nonTransferableReceipts, controllerSignatures } = attachments;
  const hasOthers =
    transferableReceipts.length + nonTransferableReceipts.length + controllerSignatures.length > 0;
  if (hasOthers || !isInOneForm(attachments, file.bytes.subarray(message.length), true)) {
    const detail = 'the attachments are not in the one form that a log holds';
    return refuse(file.path, 'attachment-form', detail);
  }
  const log = registries.registry(registry);
  const decision = decideTel(crypto, log, anchorsIn(folding), { event, attachments });
  if (decision.outcome !== 'accept') {
    const reason = decision.outcome === 'duplicate' ? 'duplicate' : decision.reason;
    return refuse(file.path, reason, decisionDetail(event, decision));
  }
  if (decision.backerIndices.length !== attachments.witnessSignatures.length) {
    const detail = `a ${type} carries a signature of a backer that does not hold`;
    return refuse(file.path, 'bad-signature', detail);
  }
  const ordinal = registries.files(registry);
  if (path.ordinal !== ordinal)
    return refuse(file.path, 'path-ordinal', `the file must be number ${ordinal} of ${registry}`);
  const issuer = event.type === 'vcp' ? event.issuer : (log?.state.issuer ?? '');
  const { sn, said: anchoring } = decision.anchor;
  const anchor = { sn, said: anchoring };
  const accepted = { event, issuer, anchor, backing: decision.backing, ordinal };
  registries.add(accepted, contents.batches);
  folding.statuses.push(accepted);
  return undefined;
}

/** The SAID of a credential, or why the bytes are none. */
function credentialSaid(
  crypto: Crypto,
  bytes: Uint8Array,
): { readonly said: string } | { readonly reason: string; readonly detail: string } {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 23));
  const [, text = ''] = /^\{"v":"([\w.-]{17})$/.exec(head) ?? [];
  const none = { reason: 'credential', detail: 'the file is no credential of ACDC 1.0 in JSON' };
  try {
    const version = parseVersion(text);
    const content = readContent(crypto, { bytes, version });
    if (content.kind === 'refused') return content;
    return content.kind === 'other' && content.name === 'credential' && content.said !== undefined
      ? { said: content.said }
      : none;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return none;
  }
}

/**
 * Folds the body of a credential: exact bytes whose SAID an event of a registry of this log issues. So nobody fills the
 * log with bodies that no issuer asked for.
 */
export function foldCredential(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'credential' }>,
): FoldRefusal | undefined {
  const { crypto, registries, contents } = folding;
  const read = credentialSaid(crypto, file.bytes);
  if ('reason' in read) return refuse(file.path, read.reason, read.detail);
  const { said } = read;
  if (said !== path.said) {
    const detail = 'the path names another credential than the file holds';
    return refuse(file.path, 'path-credential', detail);
  }
  if (!registries.isIssued(said))
    return refuse(file.path, 'credential-unasked', `no event of this log issues ${said}`);
  if (registries.bodyPosition(said) !== undefined)
    return refuse(file.path, 'credential-twice', `the credential ${said} is in the log already`);
  registries.addBody(said, contents.batches);
  folding.credentials.push(said);
  return undefined;
}
