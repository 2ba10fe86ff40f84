/**
 * For `--import`: a module by which a run cannot write, make or remove what lies at paths that hold `part`. Reading goes
 * on.
 */
export function failingFiles(part: string, errno: string): string {
  const source = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const fail = (path) => {
      if (String(path).includes(${JSON.stringify(part)})) throw Object.assign(new Error('${errno}: injected'), { code: '${errno}' });
    };
    for (const name of ['mkdirSync', 'renameSync', 'linkSync', 'unlinkSync', 'openSync']) {
      const real = fs[name];
      fs[name] = (path, second, ...others) => {
        if (name !== 'openSync' || (second ?? 'r') !== 'r') fail(path);
        return real(path, second, ...others);
      };
    }
    syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
