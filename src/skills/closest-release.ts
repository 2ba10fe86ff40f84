import { LIMITS } from '../base/limits.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { countingByName } from '../log/releases.ts';
import {
  compareFiles,
  type FileDifference,
  type SkillManifest,
} from '../records/skill-manifest.ts';
import type { SkillLog } from './skill-log.ts';

/** A release that files are held against, and how they differ from it. */
interface Comparison {
  readonly release: ReleaseEntry;
  readonly differences: readonly FileDifference[];
}

/** How far files are from a release: other contents count for more than other permissions. */
function distance({ differences }: Comparison): number {
  const contents = differences.filter(({ kind }) => !kind.startsWith('executable-'));
  return differences.length + contents.length;
}

function* firstOf<T>(items: Iterable<T>, most: number): Generator<T> {
  let left = most;
  for (const item of items) {
    if (left-- === 0) return;
    yield item;
  }
}

/** Among the latest releases of a name by some publishers that count, the one from which files differ least. */
export function closestRelease(
  { contents, manifestOf }: SkillLog,
  { name, files }: SkillManifest,
  publishers: readonly string[],
): Comparison | undefined {
  const latest = publishers
    .flatMap((aid) => [...firstOf(countingByName(contents, aid, name), LIMITS.comparedReleases)])
    .toSorted((a, b) => b.position - a.position)
    .slice(0, LIMITS.comparedReleases);
  const compared = latest.flatMap((release): readonly Comparison[] => {
    const released = manifestOf(release.said);
    return released === undefined
      ? []
      : [{ release, differences: compareFiles(released.files, files) }];
  });
  return compared.toSorted((a, b) => distance(a) - distance(b))[0];
}
