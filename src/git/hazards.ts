import { dirname, isAbsolute, join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
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
    | 'linked-elsewhere'
    | 'symlink';
  /** Where it was found. */
  readonly detail: string;
}

const WORDS: Readonly<Record<Hazard['reason'], string>> = {
  alternates: 'objects come from another repository',
  grafts: 'a graft shows another history than the commits hold',
  shallow: 'the clone is shallow: the beginning of the log is missing',
  promisor: 'the clone is partial: objects are fetched when they are missed',
  'replace-refs': 'an object is shown in place of another',
  'config-include': 'the configuration includes another file, which is not read here',
  'linked-elsewhere': 'the repository of this directory lies somewhere else',
  symlink: 'a directory of the repository is a symbolic link',
};

/** What was found, and where. */
export function hazardWords({ reason, detail }: Hazard): string {
  return `${WORDS[reason]}: ${detail}`;
}

/** Files whose mere presence changes what Git sees. */
const FILES: readonly (readonly [path: string, reason: Hazard['reason']])[] = [
  ['objects/info/alternates', 'alternates'],
  ['objects/info/http-alternates', 'alternates'],
  ['info/grafts', 'grafts'],
  ['shallow', 'shallow'],
];

/** Files and directories that have to be the repository's own; so has everything directly in the first two. */
const OWN = [
  'objects',
  'objects/pack',
  'objects/info',
  'refs',
  'refs/heads',
  'refs/remotes',
  'refs/remotes/origin',
  'packed-refs',
  'info',
];

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

function foreignLinks(host: Host, commonDir: string): readonly Hazard[] {
  const inside = OWN.slice(0, 2).flatMap((path) =>
    namesIn(host, join(commonDir, path)).map((name) => `${path}/${name}`),
  );
  return [...new Set([...OWN, ...inside])]
    .filter((path) => statOf(host, join(commonDir, path))?.isSymbolicLink() === true)
    .map((detail) => ({ reason: 'symlink', detail }));
}

/** The file by which a repository remembers where a linked work tree of it is: the path of its `.git`. */
function backLink(host: Host, gitDir: string): string | undefined {
  const bytes = readFileBounded(host, join(gitDir, 'gitdir'), LIMITS.refBytes, { links: 'refuse' });
  const path = bytes === undefined ? undefined : fromUtf8(bytes)?.replace(/\n$/, '');
  return path === undefined || isAbsolute(path) ? path : join(gitDir, path);
}

/**
 * A directory whose repository lies somewhere else, unless it is a linked work tree that the repository itself knows
 * (git-worktree(1), "Details"): what was verified is then not what the directory was taken for.
 */
function linkedElsewhere(host: Host, repository: Repository): readonly Hazard[] {
  const { gitDir, commonDir, workTree } = repository;
  const found: Hazard[] = [];
  if (gitDir !== commonDir && dirname(gitDir) !== join(commonDir, 'worktrees')) {
    found.push({ reason: 'linked-elsewhere', detail: `commondir names ${commonDir}` });
  }
  if (workTree !== undefined && gitDir !== join(workTree, '.git')) {
    const back = backLink(host, gitDir);
    if (back !== join(workTree, '.git'))
      found.push({ reason: 'linked-elsewhere', detail: `.git names ${gitDir}` });
  }
  return found;
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
  const promised = namesIn(host, join(commonDir, 'objects/pack'))
    .filter((name) => name.endsWith('.promisor'))
    .map((name): Hazard => ({ reason: 'promisor', detail: `objects/pack/${name}` }));
  return [
    ...files,
    ...foreignLinks(host, commonDir),
    ...linkedElsewhere(host, repository),
    ...promised,
    ...configHazards(config),
    ...replaceRefs(host, commonDir),
  ];
}
