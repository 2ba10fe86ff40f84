/**
 * What the witnesses of this home receipted, by identifier, so that none ever receipts two events of which only one may
 * stand: a controller's duplicity is found because witnesses do not take part in it (KERI, "Witness").
 * @module
 */
import { canonicalBytes, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn } from '../host/files.ts';
import type { Home } from './home.ts';
import { homeFolder, receiptsPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { appendLines, dropTornEnd, readLines } from './line-file.ts';

/** An event that a witness of this home was about to receipt, or that one of these follows on. */
export interface Receipted {
  /** The witness, CESR text `B…`. */
  readonly witness: string;
  /** Sequence number of the event. */
  readonly sn: number;
  readonly said: string;
  /** SAID of the event before; `undefined` for an inception. */
  readonly prior: string | undefined;
  /** KERI's label of the event's type: `icp`, `rot`, `ixn`, `dip`, `drt`. */
  readonly type: string;
  /** Where the delegator anchored a delegated event: sequence number and place among the seals. */
  readonly anchor: { readonly sn: number; readonly seal: number } | undefined;
  /** Whether it took the place of what this witness had receipted before. */
  readonly supersedes: boolean;
  /** When, in seconds since 1970-01-01T00:00:00Z by this machine's clock. */
  readonly at: number;
}

/** An event by its place, as it is remembered. */
export type ReceiptedPlace = Pick<Receipted, 'sn' | 'said' | 'prior' | 'type' | 'anchor'>;

/**
 * What to do about an event, given what its witness receipted of the identifier before, oldest first. A place: that of
 * another event, which the event follows on and which took the place of what was receipted before; it is recorded as if
 * it had been receipted, too.
 */
export type ReceiptDecision = (
  before: readonly Receipted[],
) => 'again' | 'new' | 'supersedes' | ReceiptedPlace | GitkelError;

/**
 * Records that a witness receipts an event of an identifier. Call it before the receipt is released: the record is on
 * the disk when this returns.
 * @param decide called with what the witness receipted before, while nobody else can add to it
 * @throws GitkelError what `decide` gives; `malformed`, reason `receipt-memory`, when what was recorded is damaged;
 * `environment` for trouble with the disk or the lock.
 */
export async function rememberReceipt(
  home: Home,
  aid: string,
  receipt: Omit<Receipted, 'at' | 'supersedes'>,
  decide: ReceiptDecision,
): Promise<void> {
  const { host, dir } = home;
  const path = receiptsPath(dir, aid);
  await withHomeLock(home, 'receipts', () => {
    const { receipts, torn } = readReceipts(home, path);
    const decision = decide(receipts.filter(({ witness }) => witness === receipt.witness));
    if (decision instanceof GitkelError) throw decision;
    if (decision === 'again') return;
    if (torn) dropTornEnd(host, path, LIMITS.receiptsBytes);
    const { witness } = receipt;
    const [at, supersedes] = [host.now(), decision === 'supersedes'];
    const before =
      typeof decision === 'string'
        ? []
        : [encodeReceipt({ ...decision, witness, at, supersedes: true })];
    appendLines(host, path, [...before, encodeReceipt({ ...receipt, at, supersedes })]);
  });
}

function encodeReceipt({ prior, anchor, ...rest }: Receipted): Uint8Array {
  const { at, said, sn, supersedes, type, witness } = rest;
  return canonicalBytes({
    at,
    said,
    sn,
    supersedes,
    type,
    witness,
    ...(prior === undefined ? {} : { prior }),
    ...(anchor === undefined ? {} : { anchor: { ...anchor } }),
  });
}

/** Everything that witnesses of this home receipted of an identifier, oldest first. */
export function receiptsOf(home: Home, aid: string): readonly Receipted[] {
  return readReceipts(home, receiptsPath(home.dir, aid)).receipts;
}

/** Why parts of what was receipted cannot be told any more; empty when all of it can be read. */
export function receiptMemoryDamage(home: Home): readonly GitkelError[] {
  const folder = homeFolder(home.dir, 'receipts');
  return namesIn(home.host, folder).flatMap((name) => {
    try {
      readReceipts(home, `${folder}/${name}`);
      return [];
    } catch (error) {
      if (error instanceof GitkelError) return [error];
      throw error;
    }
  });
}

function readReceipts(
  { host }: Home,
  path: string,
): { readonly receipts: readonly Receipted[]; readonly torn: boolean } {
  const { lines, torn } = readLines(host, path, LIMITS.receiptsBytes);
  return { receipts: lines.map((line, i) => parseReceipt(line, path, i + 1)), torn };
}

function parseReceipt(line: Uint8Array, path: string, number: number): Receipted {
  const what = `line ${number} of ${quoted(path)}`;
  try {
    const fields = fieldsOf(
      parseCanonical(line, LIMITS.homeFileBytes, what),
      what,
      ['at', 'said', 'sn', 'supersedes', 'type', 'witness'],
      ['anchor', 'prior'],
    );
    const supersedes = fields.json('supersedes');
    if (typeof supersedes !== 'boolean')
      throw malformed('field', `Cannot read ${what}: "supersedes"`);
    const anchor = fields.has('anchor')
      ? fieldsOf(fields.json('anchor'), what, ['seal', 'sn'])
      : undefined;
    return {
      witness: fields.text('witness'),
      sn: fields.integer('sn'),
      said: fields.text('said'),
      prior: fields.optionalText('prior'),
      type: fields.text('type'),
      anchor: anchor && { sn: anchor.integer('sn'), seal: anchor.integer('seal') },
      supersedes,
      at: fields.integer('at'),
    };
  } catch (cause) {
    throw malformed(
      'receipt-memory',
      `Cannot tell what this home has receipted: ${what} is damaged`,
      {
        cause,
        hint: 'restore the file from a backup; without it two events could be receipted of which only one may stand',
      },
    );
  }
}
