import type { Json } from '../base/canonical-json.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isRotation } from '../keri/event.ts';
import { priorIndexOf, signingKeys } from '../keri/signatures.ts';
import { thresholdToJson } from '../keri/threshold.ts';
import type { PlannedEvent } from './plan.ts';
import type { BatchPlan, PlannedRecord } from './planned.ts';

/** One key that may sign an event: its index, and for a rotation the prior next digest that it reveals. */
export interface RequestedKey {
  readonly index: number;
  readonly publicKey: string;
  readonly priorIndex: number | undefined;
}

/** One witness that may sign an event, at its index in the list that is in force with it. */
export interface RequestedWitness {
  readonly index: number;
  /** CESR text `B…`. */
  readonly aid: string;
}

/** Who may sign an event, and with which thresholds. */
export interface SignatureRequest {
  readonly event: string;
  readonly aid: string;
  readonly sn: number;
  readonly keys: readonly RequestedKey[];
  /** The threshold over `keys`, as KERI's JSON. */
  readonly threshold: Json;
  /** The prior next threshold, which a rotation must satisfy too. */
  readonly priorThreshold: Json | undefined;
  /** The witnesses in force with the event; none when it needs none. */
  readonly witnesses: readonly RequestedWitness[];
  /** How many of them have to sign. */
  readonly witnessThreshold: number;
}

/** The signatures that an event needs, from the event and the key states around it. Pure. */
export function requestFor(
  crypto: Crypto,
  { event, before, after }: PlannedEvent,
): SignatureRequest {
  const rotating = isRotation(event) && before !== undefined;
  const threshold = event.type === 'ixn' ? before?.threshold : event.threshold;
  if (threshold === undefined)
    throw new Error('an interaction event without a key state has no request');
  return {
    event: event.said,
    aid: event.aid,
    sn: event.sn,
    keys: signingKeys(event, before).map((publicKey, index) => ({
      index,
      publicKey,
      priorIndex: rotating ? priorIndexOf(crypto, before, publicKey) : undefined,
    })),
    threshold: thresholdToJson(threshold),
    priorThreshold: rotating ? thresholdToJson(before.nextThreshold) : undefined,
    witnesses: after.witnesses.map((aid, index) => ({ index, aid })),
    witnessThreshold: after.witnessThreshold,
  };
}

/** Who may sign a record beside the seal, and with which threshold. */
export interface RecordRequest {
  readonly record: string;
  readonly type: string;
  readonly aid: string;
  readonly keys: readonly { readonly index: number; readonly publicKey: string }[];
  readonly threshold: Json;
}

/** The signatures that a record needs; `undefined` when the seal is all. */
function recordRequestFor({ record, signerState }: PlannedRecord): RecordRequest | undefined {
  if (signerState === undefined) return undefined;
  return {
    record: record.said,
    type: record.body.type,
    aid: signerState.aid,
    keys: signerState.publicKeys.map((publicKey, index) => ({ index, publicKey })),
    threshold: thresholdToJson(signerState.threshold),
  };
}

/** All requests of a batch as its document holds them: those of the events, then those of the records. */
export function requestsJson(crypto: Crypto, plan: BatchPlan): readonly Json[] {
  return [
    ...plan.events.map((planned) => requestJson(requestFor(crypto, planned))),
    ...plan.records.flatMap((planned): readonly Json[] => {
      const request = recordRequestFor(planned);
      return request === undefined
        ? []
        : [{ ...request, keys: request.keys.map((key) => ({ ...key })) }];
    }),
  ];
}

function requestJson(request: SignatureRequest): Json {
  const { event, aid, sn, keys, threshold, priorThreshold, witnesses, witnessThreshold } = request;
  return {
    aid,
    event,
    keys: keys.map(({ index, publicKey, priorIndex }) => ({
      index,
      publicKey,
      ...(priorIndex === undefined ? {} : { priorIndex }),
    })),
    sn,
    threshold,
    ...(priorThreshold === undefined ? {} : { priorThreshold }),
    ...(witnesses.length === 0
      ? {}
      : { witnesses: witnesses.map((witness) => ({ ...witness })), witnessThreshold }),
  };
}
