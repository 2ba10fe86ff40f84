import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { namesIn, readFileBounded, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type Config, configIncludes, configValue } from './config.ts';
import type { Repository } from './repository.ts';

/** Something in a repository by which Git would show another history, or other objects, than its files hold. */
export interface Hazard {
  readonly reason:
    | 'alternates'
    | 'grafts'
    | 'shallow'
    | 'promisor'
    | 'replace-refs'
    | 'config-include'
    | 'symlink';
  /** Where it was found. */
  readonly detail: string;
}

/** Files whose mere presence changes what Git sees. */
const FILES: readonly (readonly [path: string, reason: Hazard['reason']])[] = [
  ['objects/info/alternates', 'alternates'],
  ['objects/info/http-alternates', 'alternates'],
  ['info/grafts', 'grafts'],
  ['shallow', 'shallow'],
];

/** Directories that have to be the repository's own. */
const OWN_DIRECTORIES = ['objects', 'objects/pack', 'objects/info', 'refs', 'info'];

function configHazards(config: Config): readonly Hazard[] {
  const found: Hazard[] = configIncludes(config).map((path) => ({
    reason: 'config-include',
    detail: path,
  }));
  const partial = configValue(config, 'extensions', 'partialclone');
  if (partial !== undefined)
    found.push({ reason: 'promisor', detail: `extensions.partialClone = ${partial}` });
  for (const { section, subsection = '', key, value } of config) {
    if (section !== 'remote') continue;
    const promises =
      key === 'partialclonefilter' ||
      (key === 'promisor' && !/^(?:false|no|off|0|)$/i.test(value ?? 'true'));
    if (promises)
      found.push({
        reason: 'promisor',
        detail: `remote.${subsection}.${key} = ${value ?? 'true'}`,
      });
  }
  return found;
}

function replaceRefs(host: Host, commonDir: string): readonly Hazard[] {
  const loose = namesIn(host, join(commonDir, 'refs/replace')).map(
    (name) => `refs/replace/${name}`,
  );
  const packed = readFileBounded(host, join(commonDir, 'packed-refs'), LIMITS.packedRefsBytes);
  // Byte by byte: a line that is no text must not hide the others.
  const lines = new TextDecoder('latin1').decode(packed).split('\n');
  const names = lines.flatMap((line) => / (refs\/replace\/.*)$/.exec(line)?.[1] ?? []);
  return [...loose, ...names].map((detail) => ({ reason: 'replace-refs', detail }));
}

/**
 * Finds what makes a clone more, or less, than the sum of its own objects and refs: by parsing its files alone, since
 * asking Git would already let them act.
 */
export function hazards(host: Host, repository: Repository): readonly Hazard[] {
  const { commonDir, config } = repository;
  const files = FILES.flatMap(([path, reason]): readonly Hazard[] =>
    statOf(host, join(commonDir, path)) === undefined ? [] : [{ reason, detail: path }],
  );
  const links = OWN_DIRECTORIES.flatMap((path): readonly Hazard[] =>
    statOf(host, join(commonDir, path))?.isSymbolicLink() === true
      ? [{ reason: 'symlink', detail: path }]
      : [],
  );
  const promised = namesIn(host, join(commonDir, 'objects/pack'))
    .filter((name) => name.endsWith('.promisor'))
    .map((name): Hazard => ({ reason: 'promisor', detail: `objects/pack/${name}` }));
  return [
    ...files,
    ...links,
    ...promised,
    ...configHazards(config),
    ...replaceRefs(host, commonDir),
  ];
}
