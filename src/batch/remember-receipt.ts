import { GitkelError, quoted } from '../base/errors.ts';
import type { Anchor } from '../keri/key-log.ts';
import type { Home } from '../keys/home.ts';
import { rememberReceipt } from '../keys/receipt-memory.ts';
import type { VerifiedExport } from './export-file.ts';
import type { PlannedEvent } from './plan.ts';
import { type ReceiptGround, type ReceiptPlace, ruleOnReceipt } from './receipt-rule.ts';
import type { OpenReceipt } from './receipts.ts';

function anchorOf(anchor: Anchor | undefined): ReceiptPlace['anchor'] {
  return anchor && { sn: anchor.sn, seal: anchor.sealIndex };
}

function placeOf({ event, anchor }: PlannedEvent): ReceiptPlace {
  const { sn, said, type } = event;
  const prior = 'prior' in event ? event.prior : undefined;
  return { sn, said, prior, type, anchor: anchorOf(anchor) };
}

/** The key event log of an identifier as an export shows it, continued by the batch up to one of its events. */
function groundFor({ kels, collected }: VerifiedExport, { event }: PlannedEvent): ReceiptGround {
  const kel = kels.get(event.aid);
  const until = collected.planned.findIndex((one) => one.event.said === event.said);
  const added = new Map(
    collected.planned
      .slice(0, until + 1)
      .filter((one) => one.event.aid === event.aid)
      .map((one) => [one.event.sn, placeOf(one)]),
  );
  return {
    at: (sn) => {
      const state = kel?.states[sn];
      return (
        added.get(sn) ??
        (state && {
          sn,
          said: state.said,
          prior: state.prior,
          type: state.lastType,
          anchor: anchorOf(kel.anchorAt(sn)),
        })
      );
    },
    isSuperseded: (sn, said) => kel?.isSuperseded(sn, said) === true,
  };
}

function rival(receipt: OpenReceipt, earlier: ReceiptPlace): GitkelError {
  const { aid, sn, said } = receipt.planned.event;
  return new GitkelError(
    'refused',
    `Cannot receipt the event ${quoted(said)} of ${quoted(aid)} at sequence number ${sn}: the witness ` +
      `${quoted(receipt.witness)} receipted ${quoted(earlier.said)} at ${earlier.sn}, and only one of both may stand`,
    {
      reason: 'already-receipted',
      hint: 'Two such events are proof of duplicity against the identifier. Ask its controllers which one they mean.',
    },
  );
}

/**
 * Records durably that a witness of this home receipts an event.
 * @throws GitkelError `refused`, reason `already-receipted`, for a rival of what it receipted before.
 */
export async function rememberReceiptOf(
  home: Home,
  verified: VerifiedExport,
  receipt: OpenReceipt,
): Promise<void> {
  const { planned, witness } = receipt;
  const place = placeOf(planned);
  await rememberReceipt(home, planned.event.aid, { witness, ...place }, (before) => {
    const ruled = ruleOnReceipt(before, place, groundFor(verified, planned));
    switch (ruled.ruling) {
      case 'rival':
        return rival(receipt, ruled.earlier);
      case 'follows':
        return ruled.superseding;
      case 'again':
      case 'new':
      case 'supersedes':
        return ruled.ruling;
    }
  });
}
