import { isDelegated } from '../keri/delegation.ts';
import { type Decision, evaluate } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import { endorsers, isInOneForm } from './event-form.ts';
import { type AddedFile, type FoldRefusal, type Folding, refuse } from './folding.ts';
import type { KelDraft } from './kel-draft.ts';
import type { LogPath } from './layout.ts';

function decisionDetail(
  decision: Exclude<Decision, { outcome: 'accept' }>,
  event: KeyEvent,
): string {
  const what = `event ${event.sn} of ${event.aid}`;
  switch (decision.outcome) {
    case 'duplicate':
      return `${what} is in the log already`;
    case 'escrow':
      return `${what} is not complete: ${decision.reason}`;
    case 'reject':
      return `${what} is refused: ${decision.detail}`;
  }
}

/** Why an event cannot take the place of others here although it may supersede them. */
function supersedingProblem(
  { book, contents }: Folding,
  { added }: KelDraft,
  { aid, sn, said }: KeyEvent,
): readonly [reason: string, detail: string] | undefined {
  if (added.length > 0) {
    return [
      'superseded-in-batch',
      `event ${sn} of ${aid} supersedes an event of its own batch, which nobody needs then`,
    ];
  }
  book.supersede(aid, sn, said, contents.batches);
  return undefined;
}

/** Folds the file of a key event: it must evaluate to `accept`, stand at its one path, and have its one form. */
export function foldEvent(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'event' }>,
): FoldRefusal | undefined {
  const { crypto, drafts } = folding;
  const parsed = parseSignedEvent(crypto, file.bytes);
  if (!parsed.ok) return refuse(file.path, parsed.reason, parsed.detail);
  const { signed } = parsed;
  const { event, attachments } = signed;
  if (event.aid !== path.aid || event.type !== path.type || event.said !== path.said)
    return refuse(file.path, 'path-event', 'the path names another event than the file holds');
  if (!isInOneForm(attachments, file.bytes.subarray(event.bytes.length), isDelegated(event))) {
    const detail = 'the attachments are not in the one form that a log holds';
    return refuse(file.path, 'attachment-form', detail);
  }
  const log = drafts.log(event.aid);
  const before = event.sn === 0 ? undefined : log?.stateAt(event.sn - 1);
  const decision = evaluate(crypto, log, signed, drafts);
  if (decision.outcome !== 'accept') {
    const reason = decision.outcome === 'duplicate' ? 'duplicate' : decision.reason;
    return { ...refuse(file.path, reason, decisionDetail(decision, event)), decision };
  }
  const what = `event ${event.sn} of ${event.aid}`;
  const { anchor } = decision;
  const [named] = attachments.sealSources;
  if (named !== undefined && (named.sequenceNumber !== anchor?.sn || named.said !== anchor.said)) {
    const detail = `${what} names another approval than the first one of its delegator, event ${anchor?.sn ?? '?'}`;
    return refuse(file.path, 'anchor', detail);
  }
  const { rejected, indices, witnessIndices } = decision.progress;
  const endorsing = endorsers(crypto, drafts, signed, before);
  if (rejected.length > 0 || endorsing === undefined)
    return refuse(file.path, 'bad-signature', `${what} carries a signature that does not hold`);
  const draft = drafts.draft(event.aid);
  if (path.ordinal !== draft.files) {
    const detail = `the file must be number ${draft.files} of ${event.aid}`;
    return refuse(file.path, 'path-ordinal', detail);
  }
  const problem =
    decision.supersedes === undefined ? undefined : supersedingProblem(folding, draft, event);
  if (problem !== undefined) return refuse(file.path, ...problem);
  drafts.add({ event, state: decision.state, anchor, signers: { indices, witnessIndices } });
  folding.events.push(event);
  for (const signer of endorsing) folding.prove(event.said, signer);
  return undefined;
}
