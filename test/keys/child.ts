/**
 * What a second process does in the tests: signs many places, or dies in the middle of one.
 * Arguments: directory of the home, number of this process, number of places, and `die` to be killed.
 */
import * as fs from 'node:fs';
import { GitkelError } from '../../src/base/errors.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nodeHost } from '../../src/host/node.ts';
import { openHome } from '../../src/keys/home.ts';
import { journal } from '../../src/keys/journal.ts';
import { rememberSigning } from '../../src/keys/signed-memory.ts';

const [dir = '', self = '0', places = '0', fate] = process.argv.slice(2);

/** The lock is held when the memory of what was signed is appended to. */
const deadly = new Proxy(fs, {
  get: (target, name) => {
    if (name !== 'openSync') return Reflect.get(target, name) as unknown;
    return (path: string, flags: string, mode?: number): number => {
      if (flags === 'a') process.kill(process.pid, 'SIGKILL');
      return target.openSync(path, flags, mode);
    };
  },
});

const text = (code: string, fill: number): string =>
  encodePrimitive({ code, raw: new Uint8Array(32).fill(fill) });
const home = openHome(nodeHost(fate === 'die' ? { fs: deadly } : {}), dir);
const passed: number[] = [];
for (let sn = 0; sn < Number(places); sn++) {
  const said = text('E', 10 + Number(self));
  try {
    await rememberSigning(home, { publicKey: text('D', 1), aid: text('E', 3), sn, said });
    passed.push(sn);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'already-signed') throw error;
  }
  if (sn % 5 === 0) await journal(home, { at: sn, action: `sign ${self}`, outcome: 'ok' }, 8);
}
process.stdout.write(passed.join(' '));
