/** The recorded scenarios. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { utf8 } from '../../src/base/bytes.ts';

interface StepResult {
  readonly outcome?: string;
  readonly escrows?: readonly string[];
  readonly multiple?: readonly { readonly outcome: string; readonly escrows?: readonly string[] }[];
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

/** An accepted event, with who is recorded to have signed it. */
interface RecordedEvent {
  readonly sn: string;
  readonly ilk: string;
  readonly said: string;
  readonly sig_indices: readonly number[];
  readonly witness_indices?: readonly number[];
  readonly nontrans_receipts?: readonly string[];
  readonly trans_receipts?: readonly string[];
  readonly seal_source?: { readonly sn: string; readonly said: string };
}

export interface Scenario {
  readonly id: string;
  readonly tags: readonly string[];
  readonly signers: Readonly<
    Record<string, { readonly seed_hex: string; readonly public_qb64: string }>
  >;
  readonly steps: readonly Step[];
  /** Whether the recorded validator came to the same end when it got all of it in one piece. */
  readonly whole_stream_same_final?: boolean;
  readonly final: {
    readonly aids: Readonly<
      Record<
        string,
        {
          readonly state: Readonly<Record<string, unknown>> & {
            readonly s: string;
            readonly d: string;
          };
          readonly accepted: readonly RecordedEvent[];
          readonly superseded?: Readonly<Record<string, readonly string[]>>;
        }
      >
    >;
    readonly escrows: Readonly<
      Record<
        string,
        readonly { readonly pre: string; readonly sn?: string; readonly value: string }[]
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
