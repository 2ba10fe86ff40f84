/**
 * A process of its own that stages, signs and commits until its time is over: `<dir> <aid> <member> <label> <milliseconds>`.
 * Sends what it committed, and how often it lost a race.
 */
import { commitBatch, dropBatch, nodeHost, openLog } from '../../src/index.ts';
import { Members } from '../support/waiting-log.ts';

/** What one process reports. */
export interface WorkerReport {
  readonly committed: readonly {
    readonly commit: string;
    readonly position: number;
    readonly sn: number;
    readonly said: string;
  }[];
  readonly conflicts: number;
}

const [, , dir = '', aid = '', member = '', label = '', milliseconds = ''] = process.argv;
const members = new Members();
// Makes the member's keys known here.
members.create(member);
const log = openLog(nodeHost(), dir);
const committed: WorkerReport['committed'][number][] = [];
let conflicts = 0;
const end = Date.now() + Number(milliseconds);
for (let round = 0; Date.now() < end; round++) {
  log.refresh();
  const batch = await members.stage(log, [member], [members.anchor(aid, `${label} ${round}`)]);
  const outcome = await commitBatch(log, batch, members.find);
  const [event] = batch.events;
  if (outcome.status === 'committed' && event !== undefined) {
    const { commit, position } = outcome;
    committed.push({ commit, position, sn: event.sn, said: event.said });
  } else if (outcome.status === 'conflict') conflicts++;
  else throw new Error(`the batch is complete, and ends ${outcome.status}`);
  await dropBatch(log, batch.id);
}
log.store.close();
process.send?.({ committed, conflicts } satisfies WorkerReport);
process.disconnect();
