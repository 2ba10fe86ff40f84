/**
 * What a stream came to: the key states of its identifiers, its registries, and what waits where.
 * @module
 */
import { hexNumber } from '../cesr/number.ts';
import {
  type WireCredential,
  wireCredential,
  type WireRegistry,
  wireRegistry,
} from '../tel/state.ts';
import { type ReportedAid, type ReportedEscrow, reportOf } from './report.ts';
import type { StreamValidator } from './stream-validator.ts';

interface ReportedRegistry {
  readonly state: WireRegistry;
  readonly credentials: Readonly<Record<string, WireCredential>>;
}

export interface StreamReport {
  readonly aids: Readonly<Record<string, ReportedAid>>;
  readonly escrows: Readonly<Record<string, readonly ReportedEscrow[]>>;
  /** By registry; absent when the stream has none. */
  readonly tel?: Readonly<Record<string, ReportedRegistry>>;
}

export function streamReport({ validator, registries }: StreamValidator): StreamReport {
  const { aids, escrows } = reportOf(validator);
  const waiting: Record<string, ReportedEscrow[]> = {};
  for (const { reason, event } of registries.waiting) {
    const pre = 'credential' in event ? event.credential : event.registry;
    const entry = { pre, sn: hexNumber(event.sn), value: event.said };
    (waiting[`tel-${reason}`] ??= []).push(entry);
  }
  const states = [...registries.states()].map(({ registry, credentials }) => {
    const wire = credentials.map((state) => [state.credential, wireCredential(state)] as const);
    return [
      registry.registry,
      { state: wireRegistry(registry), credentials: Object.fromEntries(wire) },
    ] as const;
  });
  return {
    aids,
    escrows: { ...escrows, ...waiting },
    ...(states.length > 0 && { tel: Object.fromEntries(states) }),
  };
}
