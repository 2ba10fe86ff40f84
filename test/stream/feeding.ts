/** Feeds recorded scenarios to a validator, step by step, and tells what became of them in the words of the records. */
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { parseEvent } from '../../src/keri/event.ts';
import type { Proof } from '../../src/keri/proofs.ts';
import { parseReceipt } from '../../src/keri/receipt.ts';
import { splitMessage } from '../../src/keri/signed-message.ts';
import { reportOf, type ValidatorReport } from '../../src/stream/report.ts';
import { Validator } from '../../src/stream/validator.ts';
import { type Scenario, type Step, stepBytes } from '../keri/scenarios.ts';

/** What became of one step; `unread` where the bytes are not a message with its attachments and nothing else. */
export interface FedStep {
  readonly outcome: string;
  readonly escrows: readonly string[];
  /** SAIDs of waiting events that were accepted afterwards, sorted. */
  readonly resolved: readonly string[];
}

/** One accepted event, as the records tell it. */
interface AcceptedEvent {
  readonly sn: string;
  readonly ilk: string;
  readonly said: string;
  readonly sig_indices: readonly number[];
  readonly witness_indices: readonly number[];
  readonly nontrans_receipts: readonly string[];
  readonly trans_receipts: readonly string[];
  readonly seal_source: { readonly sn: string; readonly said: string } | undefined;
}

export interface FedScenario {
  readonly steps: readonly FedStep[];
  /** The rules by which something was refused or had to wait. */
  readonly reasons: ReadonlySet<string>;
  readonly report: ValidatorReport;
  /** By identifier, in the order of acceptance. */
  readonly accepted: Readonly<Record<string, readonly AcceptedEvent[]>>;
}

type Told = { readonly outcome: string; readonly reason?: string | undefined };

/** Gives one message with its attachments to a validator. */
export function feed(validator: Validator, bytes: Uint8Array): FedStep & Told {
  const split = splitMessage(bytes);
  const refused = (outcome: string, reason: string): FedStep & Told => ({
    outcome,
    escrows: [],
    resolved: [],
    reason,
  });
  if (!split.ok) return refused('unread', split.reason);
  const { message, attachments } = split;
  const receipt = parseReceipt(message);
  const parsed = parseEvent(crypto, message);
  if (!receipt.ok && !parsed.ok) return refused('rejected', parsed.reason);
  // A reader would still wait for what is attached.
  if (message.length === bytes.length) return refused('unread', 'no-attachments');
  const done = receipt.ok
    ? validator.receive({ event: receipt.event, attachments })
    : parsed.ok
      ? validator.accept({ event: parsed.event, attachments })
      : undefined;
  if (done === undefined) throw new Error('it is one or the other');
  return { ...done, resolved: done.resolved.toSorted() };
}

interface Growing {
  readonly aid: string;
  event: AcceptedEvent;
}

function withProof(event: AcceptedEvent, proof: Proof): AcceptedEvent {
  switch (proof.kind) {
    case 'controller':
      return { ...event, sig_indices: [...event.sig_indices, proof.signature.index] };
    case 'witness':
      return { ...event, witness_indices: [...event.witness_indices, proof.signature.index] };
    case 'endorsement':
      return { ...event, nontrans_receipts: [...event.nontrans_receipts, proof.receipt.aid] };
    case 'transferable':
      return { ...event, trans_receipts: [...event.trans_receipts, proof.signer.aid] };
  }
}

/** A validator, and the events that it accepts with the proofs that it finds. */
export function listening(): {
  readonly validator: Validator;
  readonly accepted: () => FedScenario['accepted'];
} {
  const grown: Growing[] = [];
  const validator = new Validator(crypto, {
    accepted: ({ aid, sn, said, type }, sound, { anchor, progress }) => {
      expectSame(sound.controllerSignatures, progress.indices);
      const event: AcceptedEvent = {
        sn: sn.toString(16),
        ilk: type,
        said,
        sig_indices: progress.indices,
        witness_indices: progress.witnessIndices,
        nontrans_receipts: [],
        trans_receipts: [],
        seal_source:
          anchor === undefined ? undefined : { sn: anchor.sn.toString(16), said: anchor.said },
      };
      grown.push({ aid, event });
    },
    proved: ({ said }, proofs) => {
      const at = grown.find(({ event }) => event.said === said);
      if (at === undefined) throw new Error('proofs are of accepted events');
      for (const proof of proofs) at.event = withProof(at.event, proof);
    },
  });
  const accepted = (): FedScenario['accepted'] =>
    Object.fromEntries(
      validator.logs.map(({ state: { aid } }) => [
        aid,
        grown.flatMap((each) => (each.aid === aid ? [each.event] : [])),
      ]),
    );
  return { validator, accepted };
}

/** The signatures that are handed on with an event are by the keys that are counted. */
function expectSame(
  signatures: readonly { readonly index: number }[],
  indices: readonly number[],
): void {
  const handed = [...new Set(signatures.map(({ index }) => index))].toSorted((a, b) => a - b);
  if (handed.join(' ') !== indices.join(' '))
    throw new Error(`signatures of ${handed.join(' ')} for ${indices.join(' ')}`);
}

export function feedScenario(scenario: Scenario): FedScenario {
  const { validator, accepted } = listening();
  const reasons = new Set<string>();
  const steps = scenario.steps.map((step) => {
    const { outcome, escrows, resolved, reason } = feed(validator, stepBytes(step));
    if (reason !== undefined) reasons.add(reason);
    return { outcome, escrows, resolved };
  });
  return { steps, reasons, report: reportOf(validator), accepted: accepted() };
}

/** What the records say of a step; where several items were seen in it, of the first. */
export function recordedStep({ result }: Step): FedStep {
  const first = result.multiple?.[0] ?? result;
  return {
    outcome: first.outcome ?? '',
    escrows: first.escrows ?? [],
    resolved: (result.accepted_by_escrow_processing ?? []).toSorted(),
  };
}
