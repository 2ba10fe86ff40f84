import { digestText } from '../cesr/digest.ts';
import { checkProofs, signerName } from '../keri/proofs.ts';
import { parseSignedEvent, type SignedEvent } from '../keri/signatures.ts';
import { isInOneForm } from './event-form.ts';
import { type AddedFile, type FoldRefusal, type Folding, refuse } from './folding.ts';
import type { LogPath } from './layout.ts';
import { namesOf } from './proofs.ts';

/** How many signatures are attached to an event. */
function signatureCount({ attachments }: SignedEvent): number {
  const { controllerSignatures, witnessSignatures } = attachments;
  const { transferableReceipts, nonTransferableReceipts } = attachments;
  return [
    controllerSignatures,
    witnessSignatures,
    transferableReceipts,
    nonTransferableReceipts,
  ].reduce((sum, { length }) => sum + length, 0);
}

/**
 * Folds a late proof: an event of the trunk once more, with signatures of those only who were not known to have signed
 * it, each by the keys that are in force with the event.
 */
export function foldProof(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'proof' }>,
): FoldRefusal | undefined {
  const { crypto, drafts, known } = folding;
  if (digestText(crypto, file.bytes) !== path.digest)
    return refuse(file.path, 'path-proof', 'the path names another digest than that of the file');
  const parsed = parseSignedEvent(crypto, file.bytes);
  if (!parsed.ok) return refuse(file.path, parsed.reason, parsed.detail);
  const { signed } = parsed;
  const { event, attachments } = signed;
  const { aid, sn, said } = event;
  const what = `event ${sn} of ${aid}`;
  const draft = drafts.draft(aid);
  if (aid !== path.aid || draft.isEmpty || draft.saidAt(sn) !== said) {
    const detail = `${what} that is proved is not in the trunk of ${path.aid}`;
    return refuse(file.path, 'proof-event', detail);
  }
  const count = signatureCount(signed);
  if (count === 0 || !isInOneForm(attachments, file.bytes.subarray(event.bytes.length), false)) {
    const detail = 'the attachments are not in the one form that a late proof has';
    return refuse(file.path, 'attachment-form', detail);
  }
  const before = sn === 0 ? undefined : draft.stateAt(sn - 1);
  const first = draft.signersAt(sn);
  const names = checkProofs(crypto, event, before, attachments, drafts).verified.map(signerName);
  if (names.length !== count)
    return refuse(
      file.path,
      'bad-signature',
      `${what} is proved by a signature that does not hold`,
    );
  const there = new Set(first === undefined ? [] : namesOf(first));
  const old = names.find((name) => there.has(name) || known.positionOf(said, name) !== undefined);
  if (old !== undefined)
    return refuse(file.path, 'proof-known', `${what} is proved by ${old} already`);
  if (path.ordinal !== draft.files)
    return refuse(file.path, 'path-ordinal', `the file must be number ${draft.files} of ${aid}`);
  draft.addFile();
  for (const name of names) folding.prove(said, name);
  folding.proofFiles.push({ aid, sn, signatures: count });
  return undefined;
}
