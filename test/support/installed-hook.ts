import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { HookName } from '../../src/gate/hook-name.ts';
import { hookScript } from '../../src/gate/hook-script.ts';

/** What becomes of the script of a hook before it is installed. */
export type Wrap = (script: string) => string;

/** Installs a built hook in a bare repository; `npm test` builds them first. */
export function installHook(dir: string, name: HookName, wrap: Wrap = (script) => script): void {
  const script = hookScript(nativeCrypto, {
    name,
    node: process.execPath,
    program: resolve(import.meta.dirname, `../../dist/hooks/${name}.cjs`),
    isChained: false,
    madeDirectory: false,
  });
  const path = join(dir, 'hooks', name);
  mkdirSync(join(dir, 'hooks'), { recursive: true });
  writeFileSync(path, wrap(new TextDecoder().decode(script)));
  chmodSync(path, 0o755);
}

/** Every file among the objects of a repository, quarantines included. */
export function objectFiles(dir: string): readonly string[] {
  const files = readdirSync(join(dir, 'objects'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => existsSync(join(dir, 'objects', file))).toSorted();
}
