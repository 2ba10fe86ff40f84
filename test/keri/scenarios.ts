/** The recorded scenarios, and a validator that keeps what has to wait, as the one that was recorded did. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { utf8 } from '../../src/base/bytes.ts';
import { type Attachments, noAttachments } from '../../src/cesr/attachments.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { type Decision, evaluate } from '../../src/keri/evaluate.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import type { KeyLog } from '../../src/keri/key-log.ts';
import type { RejectReason } from '../../src/keri/rejection.ts';
import { parseSignedEvent, type SignedEvent } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';

interface StepResult {
  readonly outcome?: string;
  readonly multiple?: readonly { readonly outcome: string }[];
  readonly accepted_by_escrow_processing?: readonly string[];
}

export interface Step {
  readonly n: number;
  readonly event?: string;
  readonly event_b64?: string;
  readonly said?: string;
  readonly attachments: string;
  readonly result: StepResult;
}

export interface Scenario {
  readonly id: string;
  readonly tags: readonly string[];
  readonly signers: Readonly<
    Record<string, { readonly seed_hex: string; readonly public_qb64: string }>
  >;
  readonly steps: readonly Step[];
  readonly final: {
    readonly aids: Readonly<
      Record<
        string,
        {
          readonly state: Readonly<Record<string, unknown>> & {
            readonly s: string;
            readonly d: string;
          };
          readonly accepted: readonly { readonly said: string; readonly ilk: string }[];
        }
      >
    >;
  };
}

/** The parsed JSON of a file of recorded results, by its name in `test/vectors`. */
export function vectors(file: string): unknown {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, '../vectors', file), 'utf8'));
}

export function scenariosOf(file: string): readonly Scenario[] {
  return (vectors(file) as { readonly scenarios: readonly Scenario[] }).scenarios;
}

export function stepBytes(step: Step): Uint8Array {
  const event =
    step.event === undefined ? Buffer.from(step.event_b64 ?? '', 'base64') : utf8(step.event);
  return Buffer.concat([event, utf8(step.attachments)]);
}

/** The events that the recorded validator had accepted after each step. */
export function recordedAcceptances(scenario: Scenario): readonly ReadonlySet<string>[] {
  const accepted = new Set<string>();
  return scenario.steps.map(({ said, result }) => {
    const outcomes = result.multiple?.map(({ outcome }) => outcome) ?? [result.outcome];
    if (outcomes.includes('accepted') && said !== undefined) accepted.add(said);
    for (const later of result.accepted_by_escrow_processing ?? []) accepted.add(later);
    return new Set(accepted);
  });
}

class Log implements KeyLog {
  state: KeyState;
  readonly saids: string[] = [];

  constructor(state: KeyState) {
    this.state = state;
  }

  saidAt(sn: number): string | undefined {
    return this.saids[sn];
  }

  readonly states: KeyState[] = [];

  stateAt(sn: number): KeyState | undefined {
    return this.states[sn];
  }

  anchorAt(): undefined {
    return undefined;
  }
}

function merged(a: Attachments, b: Attachments): Attachments {
  return {
    ...a,
    controllerSignatures: [...a.controllerSignatures, ...b.controllerSignatures],
    witnessSignatures: [...a.witnessSignatures, ...b.witnessSignatures],
  };
}

export type Delivery =
  | Decision
  | { readonly outcome: 'malformed'; readonly reason: RejectReason; readonly detail: string };

/** Accepts events in any order: keeps what waits, joins the signatures of later deliveries, tries again after each. */
export class Validator {
  readonly #logs = new Map<string, Log>();
  readonly #waiting = new Map<string, SignedEvent>();
  readonly accepted: KeyEvent[] = [];

  state(aid: string): KeyState | undefined {
    return this.#logs.get(aid)?.state;
  }

  /** `sn:said` of the last event, by identifier. */
  get heads(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#logs].map(
        ([aid, { state }]) => [aid, `${state.sn.toString(16)}:${state.said}`] as const,
      ),
    );
  }

  #decide(signed: SignedEvent): Decision {
    const { event } = signed;
    const decision = evaluate(crypto, this.#logs.get(event.aid), signed);
    if (decision.outcome === 'accept') {
      const log = this.#logs.get(event.aid) ?? new Log(decision.state);
      this.#logs.set(event.aid, log);
      log.saids.splice(event.sn, Infinity, event.said);
      log.states.splice(event.sn, Infinity, decision.state);
      log.state = decision.state;
      this.accepted.push(event);
    }
    if (decision.outcome === 'escrow') this.#waiting.set(event.said, signed);
    else this.#waiting.delete(event.said);
    return decision;
  }

  deliver(bytes: Uint8Array): Delivery {
    const parsed = parseSignedEvent(crypto, bytes);
    if (!parsed.ok) return { outcome: 'malformed', reason: parsed.reason, detail: parsed.detail };
    const { event, attachments } = parsed.signed;
    const before = this.#waiting.get(event.said)?.attachments ?? noAttachments;
    const decision = this.#decide({ event, attachments: merged(before, attachments) });
    for (let count = -1; count !== this.accepted.length;) {
      count = this.accepted.length;
      for (const signed of this.#waiting.values()) this.#decide(signed);
    }
    return decision;
  }
}
