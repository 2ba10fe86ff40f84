/**
 * A process of its own that writes a long log: what it takes in memory is not counted as that of the processes which are
 * measured. Told how many batches the log shall have, it says so when it has them.
 */
import { batchesInTurn } from './log-history.mjs';
import { writeLongLog } from './long-log.mjs';

const [dir] = process.argv.slice(2);
const all = batchesInTurn();
const write = writeLongLog(dir);
let written = 0;
process.on('message', async (most) => {
  await write(all, most - written);
  written = most;
  process.send(written);
});
