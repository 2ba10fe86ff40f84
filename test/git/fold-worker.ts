/**
 * A process of its own, `<git dir> <rounds> <number>`: stores objects under tags and folds, as commits do. One object of each
 * round is the same in every process, and nothing refers to it for a while between two rounds.
 */
import { utf8 } from '../../src/base/bytes.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs, moveRefWaiting } from '../../src/git/refs.ts';
import { nodeHost } from '../../src/host/node.ts';

const [, , dir = '', rounds = '', number = ''] = process.argv;
const host = nodeHost();
const refs = fileRefs(host, { gitDir: dir, commonDir: dir });
const store = new ObjectStore(host, { commonDir: dir });

for (let n = 0; n < Number(rounds); n++) {
  const [own, shared] = store.writePack([
    { type: 'blob', bytes: utf8(`worker ${number}, round ${n}`) },
    { type: 'blob', bytes: utf8(`shared ${n % 5}`) },
  ]);
  await moveRefWaiting(host, refs, `refs/tags/w${number}-${n}`, undefined, own);
  await moveRefWaiting(host, refs, `refs/tags/s${number}-${n}`, undefined, shared);
  store.release();
  store.fold();
  if (store.read(own ?? '') === undefined || store.read(shared ?? '') === undefined)
    throw new Error(`lost in round ${n}`);
  await moveRefWaiting(host, refs, `refs/tags/s${number}-${n}`, shared, undefined);
}
store.close();
