import { describe, expect, test } from 'vitest';
import { openHome } from '../../src/keys/home.ts';
import { HOME_FOLDERS } from '../../src/keys/home-layout.ts';
import { GROUNDS, errorOf } from './homes.ts';

describe.each(GROUNDS)('openHome() on %s', (_, ground) => {
  test('openHome() makes every folder for its owner alone, and opens it again', () => {
    const { host, root } = ground();
    const dir = `${root}/a/home`;
    openHome(host, `${dir}/`);
    for (const path of [dir, ...HOME_FOLDERS.map((folder) => `${dir}/${folder}`)]) {
      expect(host.fs.statSync(path).mode & 0o777).toBe(0o700);
    }
    expect(openHome(host, dir).dir).toBe(dir);
  });

  test.each([0o755, 0o710, 0o702])('openHome() refuses a home of mode %o', async (mode) => {
    const { host, root } = ground();
    const dir = `${root}/home`;
    openHome(host, dir);
    host.fs.chmodSync(dir, mode);
    const error = await errorOf(() => openHome(host, dir));
    expect(error).toMatchObject({
      code: 'environment',
      reason: 'home-permissions',
      hint: `chmod 0700 ${dir}`,
    });
    expect(String(error)).toContain(`0${mode.toString(8)}`);
  });

  test('openHome() refuses an open folder of keys, and quotes odd paths for the shell', async () => {
    const { host, root } = ground();
    const dir = `${root}/it's a home`;
    openHome(host, dir);
    host.fs.chmodSync(`${dir}/keys`, 0o750);
    const error = await errorOf(() => openHome(host, dir));
    expect(error).toMatchObject({
      reason: 'home-permissions',
      hint: String.raw`chmod 0700 '${root}/it'\''s a home/keys'`,
    });
  });

  test('openHome() refuses a relative path and a file', async () => {
    const { host, root } = ground();
    expect(await errorOf(() => openHome(host, 'home'))).toMatchObject({ code: 'usage' });
    host.fs.closeSync(host.fs.openSync(`${root}/file`, 'w', 0o600));
    expect(await errorOf(() => openHome(host, `${root}/file`))).toMatchObject({
      code: 'environment',
    });
  });
});
