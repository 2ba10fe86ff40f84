import type { GitSettings } from '../git/hooks-path.ts';

/** A setting of Git that makes a server with the hooks safer, and is not what it should be. */
export interface SettingAdvice {
  /** As `git config` takes it. */
  readonly setting: string;
  readonly value: string;
  readonly why: string;
}

interface Wanted extends SettingAdvice {
  readonly isFine: (found: string | undefined) => boolean;
}

const isTrue = (found: string | undefined): boolean =>
  /^(?:true|yes|on|1)$/i.test(found ?? 'false');

const WANTED: readonly Wanted[] = [
  {
    setting: 'transfer.fsckObjects',
    value: 'true',
    why: 'objects that Git itself takes for malformed are refused before the hooks see them',
    isFine: isTrue,
  },
  {
    setting: 'receive.denyNonFastForwards',
    value: 'true',
    why: 'nobody takes back, with a forced push, what was accepted',
    isFine: isTrue,
  },
  {
    setting: 'core.logAllRefUpdates',
    value: 'always',
    why: 'the reflog tells when a ref was moved to what',
    isFine: (found) => found?.toLowerCase() === 'always',
  },
  {
    setting: 'core.fsync',
    value: 'all',
    why: 'a power cut does not take back what was accepted',
    isFine: (found) => found?.toLowerCase() === 'all',
  },
  {
    setting: 'uploadpack.allowAnySHA1InWant',
    value: 'false',
    why: 'objects of a push that was refused late cannot be fetched by their ids',
    isFine: (found) => !isTrue(found),
  },
];

/** What an operator should set in a repository with server hooks; nothing here sets it. */
export function settingAdvice(settings: GitSettings): readonly SettingAdvice[] {
  return WANTED.filter(({ setting, isFine }) => !isFine(settings.get(setting.toLowerCase()))).map(
    ({ setting, value, why }) => ({ setting, value, why }),
  );
}
