import { getBatch } from '../batch/mailbox.ts';
import type { Log } from '../log/log.ts';
import type { Proposal } from './propose.ts';

/** The SAID of the last record of a proposal, whether it is in the log by now or staged; `undefined` when it is neither. */
export function sealedRecord(log: Log, { status, batch, aid, said }: Proposal): string | undefined {
  switch (status) {
    case 'staged':
      return getBatch(log, batch)?.records.at(-1)?.said;
    case 'committed': {
      const { contents } = log;
      const kel = contents.kel(aid);
      // Nothing follows on it yet, unless others commit meanwhile.
      for (let sn = kel?.state.sn ?? -1; sn >= 0; sn--)
        if (kel?.saidAt(sn) === said) return contents.records.sealedAt(aid, sn).at(-1);
      return undefined;
    }
    case 'conflict':
      return undefined;
  }
}
