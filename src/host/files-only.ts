import * as nodeFs from 'node:fs';
import type { Host } from './host.ts';

function none(): never {
  throw new Error('only files are there, and no more was asked for');
}

/** The disk of this machine and nothing else of it: for what only reads files, and has no time to load the rest. */
export function filesOnly(): Host {
  return {
    fs: nodeFs,
    get crypto(): never {
      return none();
    },
    get processes(): never {
      return none();
    },
    get programs(): never {
      return none();
    },
    now: none,
    random: none,
    sleep: none,
  };
}
