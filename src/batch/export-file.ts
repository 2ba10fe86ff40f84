import { fromUtf8, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { evaluate } from '../keri/evaluate.ts';
import type { KeyLog } from '../keri/key-log.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { signerOf } from '../records/record.ts';
import type { Log } from '../log/log.ts';
import { checkStaged, type Collected, collectFiles } from './collected.ts';
import { parseStagedBatch, type StagedBatch } from './staged-batch.ts';

/** A KEL that came in a file and was replayed here from its inception. */
export interface ReplayedKel extends KeyLog {
  readonly aid: string;
  readonly saids: readonly string[];
  readonly states: readonly KeyState[];
}

/** What a co-signer needs to judge a batch with nothing else at hand; everything in it was verified. */
export interface VerifiedExport {
  readonly collected: Collected;
  readonly kels: ReadonlyMap<string, ReplayedKel>;
}

const FORMAT = 'gitkel-export/1';

/** Whether a file says that it is an export; what it holds is for {@link verifyExport} to see. */
export function isExport(bytes: Uint8Array): boolean {
  return fromUtf8(bytes)?.includes(`"format":"${FORMAT}"`) === true;
}

function kelTexts(log: Log, aid: string): readonly string[] {
  const kel = log.contents.kel(aid);
  return Array.from({ length: kel?.length ?? 0 }, (_, sn) => {
    const text = fromUtf8(log.readEvent(aid, sn) ?? new Uint8Array());
    if (text === undefined || text === '')
      throw new GitkelError('refused', `Cannot export ${aid}: its event ${sn} cannot be read`, {
        reason: 'file-missing',
      });
    return text;
  });
}

/** Every AID whose KEL a reader of the batch needs: of its events, and of whoever signs its records. */
function involvedAids({ events, records }: StagedBatch): ReadonlySet<string> {
  return new Set([
    ...events.map(({ aid }) => aid),
    ...records.flatMap((record) => signerOf(record) ?? []),
  ]);
}

/**
 * The export of a batch: the batch, what was contributed, and the complete KELs of every AID involved.
 * @throws GitkelError `refused` when it would be larger than what is read again.
 */
export function encodeExport(log: Log, collected: Collected): Uint8Array {
  const aids = [...involvedAids(collected.batch)].filter(
    (aid) => log.contents.kel(aid) !== undefined,
  );
  const files = [...collected.contributions, ...collected.withdrawals].map(
    ({ bytes }) => fromUtf8(bytes) ?? '',
  );
  const bytes = canonicalBytes({
    batch: fromUtf8(collected.batch.bytes) ?? '',
    contributions: files,
    format: FORMAT,
    kels: aids.toSorted().map((aid): Json => ({ aid, events: kelTexts(log, aid) })),
  });
  if (bytes.length <= LIMITS.batchFileBytes) return bytes;
  throw new GitkelError(
    'refused',
    `Cannot export batch ${collected.batch.id}: the file would have ${bytes.length} bytes, the limit is ${LIMITS.batchFileBytes}`,
    {
      reason: 'too-large',
      hint: 'Let the co-signers sign in a copy of the log.',
    },
  );
}

/** Events one after the other, none of them delegated or superseded. */
function keyLogOf(state: KeyState, saids: readonly string[], states: readonly KeyState[]): KeyLog {
  return {
    state,
    saidAt: (sn) => saids[sn],
    stateAt: (sn) => states[sn],
    anchorAt: () => undefined,
  };
}

function replayKel(crypto: Crypto, aid: string, texts: readonly string[]): ReplayedKel {
  const saids: string[] = [];
  const states: KeyState[] = [];
  const refuse = (sn: number, reason: string, detail: string): never => {
    throw new GitkelError(
      'refused',
      `Cannot trust the export: event ${sn} of ${quoted(aid)} does not verify: ${detail}`,
      { reason },
    );
  };
  for (const [sn, text] of texts.entries()) {
    const parsed = parseSignedEvent(crypto, utf8(text));
    if (!parsed.ok) return refuse(sn, parsed.reason, parsed.detail);
    const state = states.at(-1);
    const decision = evaluate(
      crypto,
      state === undefined ? undefined : keyLogOf(state, saids, states),
      parsed.signed,
    );
    if (decision.outcome !== 'accept') {
      const reason = decision.outcome === 'duplicate' ? 'duplicate' : decision.reason;
      return refuse(sn, reason, decision.outcome === 'reject' ? decision.detail : reason);
    }
    if (decision.supersedes !== undefined)
      return refuse(sn, 'recovery-unsupported', 'it supersedes other events');
    if (decision.state.aid !== aid)
      return refuse(sn, 'other-aid', `it belongs to ${decision.state.aid}`);
    saids.push(parsed.signed.event.said);
    states.push(decision.state);
  }
  const state = states.at(-1) ?? refuse(0, 'empty-kel', 'the KEL is empty');
  return { aid, saids, states, ...keyLogOf(state, saids, states) };
}

/** Only KELs that the batch builds on: whoever signs would remember the others too, and has no reason to. */
function replayKels(
  crypto: Crypto,
  batch: StagedBatch,
  list: readonly Json[],
): ReadonlyMap<string, ReplayedKel> {
  const involved = involvedAids(batch);
  const kels = new Map<string, ReplayedKel>();
  for (const item of list) {
    const kel = fieldsOf(item, 'a KEL of the export', ['aid', 'events']);
    const aid = kel.text('aid');
    if (kels.has(aid))
      throw malformed(
        'kel-twice',
        `Cannot read the export: the KEL of ${quoted(aid)} stands twice`,
      );
    if (!involved.has(aid))
      throw malformed(
        'kel-unasked',
        `Cannot read the export: the batch has no event of ${quoted(aid)}`,
      );
    kels.set(aid, replayKel(crypto, aid, kel.texts('events')));
  }
  return kels;
}

/**
 * Reads an export and verifies all of it: every KEL replayed from its inception, the batch's events followed from them,
 * its requests computed again, every contribution checked (wrong ones are left out).
 * @throws GitkelError `malformed` or `refused`.
 */
export function verifyExport(crypto: Crypto, bytes: Uint8Array): VerifiedExport {
  const fields = fieldsOf(
    parseCanonical(bytes, LIMITS.batchFileBytes, 'the export'),
    'the export',
    ['batch', 'contributions', 'format', 'kels'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'export-format',
      `Cannot read the export: format ${quoted(fields.text('format'))}, this version reads "${FORMAT}"`,
    );
  }
  const batch = parseStagedBatch(crypto, utf8(fields.text('batch')));
  const kels = replayKels(crypto, batch, fields.list('kels'));
  const plan = checkStaged(crypto, batch, (aid) => kels.get(aid));
  const files = fields.texts('contributions').slice(0, LIMITS.contributionsPerBatch).map(utf8);
  return { collected: collectFiles(crypto, batch, plan, files), kels };
}
