import { getBatch } from '../batch/mailbox.ts';
import type { Log } from '../log/log.ts';
import type { Proposal } from './propose.ts';

/** The SAIDs of the records of a proposal's last event, whether they are in the log by now or staged; none when they are neither. */
export function sealedRecords(log: Log, { status, batch, aid, said }: Proposal): readonly string[] {
  switch (status) {
    case 'staged':
      return getBatch(log, batch)?.records.map((record) => record.said) ?? [];
    case 'committed': {
      const { contents } = log;
      const kel = contents.kel(aid);
      // Nothing follows on it yet, unless others commit meanwhile.
      for (let sn = kel?.state.sn ?? -1; sn >= 0; sn--)
        if (kel?.saidAt(sn) === said) return contents.records.sealedAt(aid, sn);
      return [];
    }
    case 'conflict':
      return [];
  }
}

/** The SAID of the last one of them. */
export function sealedRecord(log: Log, proposal: Proposal): string | undefined {
  return sealedRecords(log, proposal).at(-1);
}
