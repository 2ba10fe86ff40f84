/**
 * Names, identifiers, batches, skills and runs for the completion of command lines: what lies in files of the home, of
 * the repository and of the folder of skills. No log is opened and nothing is verified.
 * @module
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { fromHex } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { encodePrimitive } from '../cesr/primitive.ts';
import { listRefs } from '../git/ref-files.ts';
import { findRepository, openRepository } from '../git/repository.ts';
import { namesIn } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { DEFAULT_FOLDER } from '../install/install-layout.ts';
import { readLock } from '../install/skills-folder.ts';
import { aidOfSeenFile, homeFolder, nameOfLineageFile } from '../keys/home-layout.ts';
import { isAid, listNames } from '../keys/names.ts';
import { BATCH_REFS, parseBatchRef } from '../log/layout.ts';
import type { Suggestion, Wanted } from './complete-words.ts';

/** Where the values of one command line are. */
export interface ValuePlaces {
  readonly host: Host;
  readonly cwd: string;
  /** What `--home`, `--log` and `--into` say, or the environment. */
  readonly home: string | undefined;
  readonly log: string | undefined;
  readonly into: string | undefined;
}

const RUN = /^\d{4}-\d\d-\d\d-[0-9a-f]{12}$/;

function homeOf({ host, cwd, home }: ValuePlaces): { readonly host: Host; readonly dir: string } {
  return { host, dir: path.resolve(cwd, home ?? path.join(homedir(), '.gitkel')) };
}

function identities(places: ValuePlaces): readonly Suggestion[] {
  const home = homeOf(places);
  const names = listNames(home).map(({ name, aid }) => ({ value: name, about: aid }));
  const seen = namesIn(home.host, homeFolder(home.dir, 'seen/aids'))
    .flatMap((file) => aidOfSeenFile(file) ?? [])
    .filter(isAid);
  return [
    ...names,
    ...seen.map((aid) => ({ value: aid, about: 'an identity that this home has seen' })),
  ];
}

function keys(places: ValuePlaces): readonly Suggestion[] {
  const { host, dir } = homeOf(places);
  return namesIn(host, homeFolder(dir, 'lineages')).flatMap((file) => {
    const name = nameOfLineageFile(file);
    return name === undefined ? [] : [{ value: name, about: 'a key of this home' }];
  });
}

function batches({ host, cwd, log }: ValuePlaces): readonly Suggestion[] {
  const dir = log === undefined ? findRepository(host, cwd) : path.resolve(cwd, log);
  if (dir === undefined) return [];
  const { gitDir, commonDir } = openRepository(host, dir, { hostile: false });
  return [...listRefs({ host, gitDir, commonDir }, BATCH_REFS).keys()].flatMap((ref) => {
    const parsed = parseBatchRef(ref);
    const raw = parsed?.kind === 'request' ? fromHex(parsed.batch) : undefined;
    if (raw === undefined) return [];
    return [{ value: encodePrimitive({ code: 'E', raw }), about: 'a staged batch' }];
  });
}

function skills({ host, cwd, into }: ValuePlaces): readonly Suggestion[] {
  return readLock({ host, dir: path.resolve(cwd, into ?? DEFAULT_FOLDER) }).map(
    ({ name, version = '' }) => ({ value: name, about: version }),
  );
}

function runs(places: ValuePlaces): readonly Suggestion[] {
  const { host, dir } = homeOf(places);
  return namesIn(host, `${dir}/runs`)
    .filter((name) => RUN.test(name))
    .map((value) => ({ value, about: 'a recorded run' }));
}

async function reasons(): Promise<readonly Suggestion[]> {
  const { explanations } = await import('./explain.ts');
  return explanations().map(({ code, what }) => ({ value: code, about: what }));
}

/** All there are of a kind. @throws GitkelError for what cannot be read: then there is nothing to suggest. */
async function all(places: ValuePlaces, wanted: Wanted): Promise<readonly Suggestion[]> {
  switch (wanted) {
    case 'identity':
      return identities(places);
    case 'key':
      return keys(places);
    case 'batch':
      return batches(places);
    case 'skill':
      return skills(places);
    case 'run':
      return runs(places);
    case 'reason':
      return reasons();
    case 'file':
    case 'nothing':
      return [];
  }
}

/** Those of a kind that begin with a text, at most as many as anybody looks through. */
export async function knownValues(
  places: ValuePlaces,
  wanted: Wanted,
  beginning: string,
): Promise<readonly Suggestion[]> {
  try {
    const found = await all(places, wanted);
    return found.filter(({ value }) => value.startsWith(beginning)).slice(0, LIMITS.completions);
  } catch {
    // Whoever presses a key wants no error between what they type; the command itself will tell it.
    return [];
  }
}
