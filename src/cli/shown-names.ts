import { quoted } from '../base/errors.ts';
import type { Home } from '../keys/home.ts';
import { listKeys } from '../keys/keystore.ts';
import { listNames } from '../keys/names.ts';

/** How identifiers and keys are shown to one person: in full, with the names that their home has for them. */
export interface ShownNames {
  aid(aid: string): string;
  /** The name of an own key, `undefined` for a key of somebody else. */
  ownKey(publicKey: string): string | undefined;
}

export function shownNames(home: Home): ShownNames {
  const names = new Map<string, string[]>();
  for (const { aid, name } of listNames(home)) names.set(aid, [...(names.get(aid) ?? []), name]);
  const keys = new Map(
    listKeys(home).flatMap(({ publicKey, name }) =>
      publicKey === undefined ? [] : [[publicKey, name] as const],
    ),
  );
  return {
    aid: (aid) => {
      const own = names.get(aid);
      if (own !== undefined) return `${aid} (${own.join(', ')})`;
      // What stands in a record where an AID should may be any text, also one that looks like an AID with its name.
      return /^[A-Za-z0-9_-]+$/.test(aid) ? aid : quoted(aid);
    },
    ownKey: (publicKey) => keys.get(publicKey),
  };
}
