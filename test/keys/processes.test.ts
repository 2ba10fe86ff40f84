import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nodeHost } from '../../src/host/node.ts';
import { openHome } from '../../src/keys/home.ts';
import { readJournal } from '../../src/keys/journal.ts';
import { rememberSigning, signedAt } from '../../src/keys/signed-memory.ts';

const PLACES = 30;
const PROCESSES = 4;
const AID = encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(3) });
const KEY = encodePrimitive({ code: 'D', raw: new Uint8Array(32).fill(1) });

let root = '';
let program = '';

beforeAll(async () => {
  root = fs.mkdtempSync(join(tmpdir(), 'gitkel-processes-'));
  program = join(root, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./child.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});

afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      resolve({ signal, output });
    });
  });
}

describe('many processes with one home', () => {
  test('rememberSigning() lets one process pass for each place, and the journal loses no entry', async () => {
    const dir = join(root, 'many');
    const home = openHome(nodeHost(), dir);
    const all = await Promise.all(
      Array.from({ length: PROCESSES }, (_, i) => run(dir, String(i), String(PLACES))),
    );
    const passed = all.flatMap(({ output }) => output.split(' ').filter((sn) => sn !== ''));
    const places = Array.from({ length: PLACES }, (_, sn) => String(sn));
    expect(passed.toSorted()).toEqual(places.toSorted());
    for (let sn = 0; sn < PLACES; sn++) expect(signedAt(home, AID, sn)).toHaveLength(1);
    const { entries, intact } = readJournal(home, 8);
    expect(intact).toBe(true);
    const written = (PROCESSES * PLACES) / 5;
    expect(entries).toHaveLength(written % 8 === 0 ? 16 : 8 + (written % 8));
    expect(fs.readdirSync(join(dir, 'locks'))).toEqual([]);
  });

  test('rememberSigning() takes over from a process that was killed with the lock', async () => {
    const dir = join(root, 'killed');
    const home = openHome(nodeHost(), dir);
    expect(await run(dir, '0', '1', 'die')).toEqual({ signal: 'SIGKILL', output: '' });
    expect(fs.existsSync(join(dir, 'locks/signed.lock'))).toBe(true);
    await rememberSigning(home, { publicKey: KEY, aid: AID, sn: 0, said: AID });
    expect(signedAt(home, AID, 0)).toHaveLength(1);
    expect(fs.readdirSync(join(dir, 'locks'))).toEqual([]);
  });
});
