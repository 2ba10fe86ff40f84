/** The recorded scenarios as whole streams: bytes in, key states and what waits out. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { reportOf } from '../../src/stream/report.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { type Scenario, scenariosOf } from '../keri/scenarios.ts';
import { cutAt, readChunks } from './streams.ts';

const FILES = [
  'kel_valid_single.json',
  'kel_valid_multisig.json',
  'kel_valid_witness.json',
  'kel_delegation.json',
  'kel_recovery.json',
  'kel_escrow.json',
  'kel_invalid_misc.json',
  'kel_long.json',
  'tel.json',
];

interface WholeScenario extends Scenario {
  readonly stream?: string;
  readonly stream_b64?: string;
  readonly stream_binary_attachments_b64?: string;
  /** Where the recorded validator came to when it got the stream in one piece, if that was elsewhere. */
  readonly whole_stream_final_heads?: Readonly<Record<string, string>>;
}

/** Streams that end elsewhere than they were recorded to: `docs/divergences.md` says why. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['delegation-rot-on-delegated', 'not-delegated'],
  ['json-nan', 'not-canonical-json'],
  ['sig-duplicate-same-index-two-codes', 'partial-signature'],
  ['sig-duplicate-same-index-other-ondex', 'partial-signature'],
  ['sig-duplicate-same-index-big-and-small', 'partial-signature'],
  ['sig-duplicate-ondex-rotation', 'partial-signature'],
  ['sig-duplicate-witness-codes', 'partial-witness'],
  ['witness-icp-transferable', 'witness-code'],
  ['witness-receipt-couples-attached', 'witness couples that are attached to the event count'],
  ['pipelined-big-group', 'the attachment group -0V is read'],
  ['recovery-rot-with-witness-change', 'witness changes of a superseding rotation apply'],
  ['recovery-delegated-later-anchor', 'delegated rotations supersede by rule B'],
  ['recovery-delegated-same-anchor-later-seal', 'delegated rotations supersede by rule B'],
  ['recovery-delegated-drt-over-ixn', 'delegated rotations supersede by rule A'],
  ['recovery-delegated-delegator-rot-over-ixn', 'delegated rotations supersede by rule C'],
  [
    'recovery-delegated-later-anchor-newly-committed-keys',
    'next keys are those before the superseded rotation',
  ],
  ['weighted-threshold-as-json-string', 'threshold'],
  ['multisig-duplicate-key', 'duplicate-key'],
  ['multisig-duplicate-next', 'duplicate-next-digest'],
  ['suite-ecdsa-256r1', 'key-code'],
  ['stream-count-zero', 'attachments'],
  // A message that is refused is framed all the same: what follows on its attachments is read.
  ['icp-basic-prefix-mismatch', 'framing'],
  ['version-version-11', 'framing'],
  ['version-acdc-proto', 'framing'],
  ['stream-bad-said-then-group', 'framing'],
]);

type Heads = Readonly<Record<string, string>>;

function recordedHeads({ final, whole_stream_final_heads: whole }: WholeScenario): Heads {
  return (
    whole ??
    Object.fromEntries(
      Object.entries(final.aids).map(([aid, { state }]) => [aid, `${state.s}:${state.d}`]),
    )
  );
}

/** The heads to which a stream leads that arrives in these chunks. */
function headsAfter(chunks: readonly Uint8Array[]): Heads {
  const stream = new StreamValidator(crypto);
  for (const item of readChunks(chunks)) if (item.kind === 'message') stream.take(item);
  const { aids } = reportOf(stream.validator);
  return Object.fromEntries(
    Object.entries(aids).map(([aid, { state }]) => [aid, `${state.s}:${state.d}`]),
  );
}

const streams = FILES.flatMap((file) => scenariosOf(file) as readonly WholeScenario[]).flatMap(
  (scenario) => {
    const { id, stream, stream_b64: base64, stream_binary_attachments_b64: binary } = scenario;
    const text = base64 === undefined ? utf8(stream ?? '') : Buffer.from(base64, 'base64');
    return [
      { id, scenario, name: id, bytes: text },
      ...(binary === undefined
        ? []
        : [{ id, scenario, name: `${id}, binary`, bytes: Buffer.from(binary, 'base64') }]),
    ];
  },
);

describe('the stream of a scenario', () => {
  it.each(streams.map((each) => [each.name, each] as const))(
    '%s ends where it was recorded to end',
    (_, { id, scenario, bytes }) => {
      const heads = headsAfter([bytes]);
      if (ELSEWHERE.has(id)) expect(heads).not.toEqual(recordedHeads(scenario));
      else expect(heads).toEqual(recordedHeads(scenario));
      const pieces = cutAt(
        bytes,
        [...Array(40).keys()].map((i) => i * 997 + id.length),
      );
      expect(headsAfter(pieces)).toEqual(heads);
    },
  );

  it('is elsewhere only where a scenario is', () => {
    const ids = new Set(streams.map(({ id }) => id));
    expect([...ELSEWHERE.keys()].filter((id) => !ids.has(id))).toEqual([]);
    const told = readFileSync(path.join(import.meta.dirname, '../../docs/divergences.md'), 'utf8');
    expect([...ELSEWHERE.keys()].filter((id) => !told.includes(`\`${id}\``))).toEqual([]);
    expect(streams.length).toBeGreaterThan(200);
  });
});
