import type * as PortableRemote from './portable-remote.ts';
import { isGitMissing } from './remote-trouble.ts';

/** Does over http(s) with isomorphic-git what there is no git binary for. */
export async function orPortably<T>(
  url: string,
  withGit: () => Promise<T>,
  portably: (remote: typeof PortableRemote) => Promise<T>,
): Promise<T> {
  try {
    return await withGit();
  } catch (error) {
    if (!isGitMissing(error) || !/^https?:/.test(url)) throw error;
    return portably(await import('./portable-remote.ts'));
  }
}
