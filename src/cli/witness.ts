import { GitkelError } from '../base/errors.ts';
import type { Collected } from '../batch/collected.ts';
import type { OpenReceipt } from '../batch/receipts.ts';

/**
 * What a witness is asked for in a batch, line by line.
 * @throws GitkelError `refused`, reason `not-requested` when no witness of this home is named, or `not-ready` when
 * nothing can be receipted yet.
 */
export function requireReceiptable(
  { batch }: Collected,
  open: readonly OpenReceipt[],
): readonly string[] {
  const [first] = open;
  if (first === undefined) {
    throw new GitkelError(
      'refused',
      `Cannot receipt batch ${batch.id}: no event of it names a witness of this home`,
      { reason: 'not-requested', hint: 'List the keys of this home with gitkel key list.' },
    );
  }
  if (open.every(({ obstacle }) => obstacle !== undefined)) {
    throw new GitkelError(
      'refused',
      `Cannot receipt batch ${batch.id} yet: ${first.obstacle ?? ''}`,
      {
        reason: 'not-ready',
        hint: 'Controllers sign first; ask for a new export when they have: gitkel batch export.',
      },
    );
  }
  return open.map(({ witness, planned: { event }, obstacle }) => {
    const what = `${event.type} ${event.sn} of ${event.aid}`;
    return obstacle === undefined
      ? `as the witness ${witness} you would receipt ${what}`
      : `as the witness ${witness} you cannot receipt ${what} yet: ${obstacle}`;
  });
}
