import { isAbsolute, join, posix } from 'node:path';
import { dayOfSeconds } from '../base/day.ts';
import { quoted } from '../base/errors.ts';
import { stagedTrees } from '../git/index-tree.ts';
import { fileRefs } from '../git/refs.ts';
import { reportOn, type SkillFinding } from '../skills/skill-report.ts';
import type { SkillFiles } from '../skills/skill-files.ts';
import { skillLog } from '../skills/skill-log.ts';
import { changedSkills, type ChangedSkill } from './changed-skills.ts';
import {
  type ClientPlace,
  type ClientRun,
  inClient,
  passed,
  warned,
  withLog,
} from './client-hook.ts';
import { clientLog, clientPolicy, defaultBranch, usualRemote } from './client-policy.ts';
import type { HookAnswer } from './hook-place.ts';
import { judgeChange } from './judge-change.ts';
import { judgementBy } from './judgement.ts';
import { TOP } from './path-pattern.ts';
import { isGoverned } from './policy-rule.ts';
import type { RepositoryPolicy } from './repository-policy.ts';
import { skillReader, type SkillReader } from './skill-reader.ts';

/** The tree of the commit that is checked out; `undefined` before the first one. */
async function headTree(
  { host, repository }: ClientPlace,
  reader: SkillReader,
): Promise<string | undefined> {
  const { head } = repository;
  const tip = head.kind === 'detached' ? head.oid : fileRefs(host, repository).read(head.ref);
  return tip === undefined ? undefined : reader.treeOf(tip);
}

function lineOf(skill: string, { reason, path, detail }: SkillFinding): string {
  const file = path === '' ? '' : ` ${quoted(path, 200)}`;
  return `${quoted(skill, 200)}: ${reason}:${file} ${detail}`;
}

interface Found {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks one skill as its publisher has to, by the bytes that are staged. */
async function checkSkill(reader: SkillReader, path: string, tree: string): Promise<Found> {
  const digest = await reader.digest(tree);
  const found: SkillFiles = digest.outcome === 'refused' ? digest : { ...digest, outcome: 'files' };
  const { findings } = reportOn(found, 'publish', path === '' ? undefined : posix.basename(path));
  const lines = (severity: SkillFinding['severity']): readonly string[] =>
    findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => lineOf(path === '' ? TOP : path, finding));
  return { errors: lines('error'), warnings: lines('warning') };
}

/** What a push of these skills would need, as far as it can be told from here. */
async function releaseNotes(
  place: ClientPlace,
  reader: SkillReader,
  policy: RepositoryPolicy,
  trees: { readonly before: string | undefined; readonly after: string },
): Promise<readonly string[]> {
  const config = clientLog(place.host, place.repository, policy, usualRemote(place.repository));
  if (config === undefined) return [];
  const change = { ...trees, governs: false, isUpdate: false };
  const verdict = await withLog(place, config, async (log) =>
    judgeChange(reader, change, judgementBy(policy, skillLog(log), dayOfSeconds(place.host.now()))),
  );
  return verdict.skills.flatMap(({ path, verdict: { reason, detail } }) =>
    reason === undefined
      ? []
      : [
          `note: ${quoted(path, 200)} cannot be pushed like this: ${detail}; release what is committed: gitkel skill release`,
        ],
  );
}

function isThere(skill: ChangedSkill): skill is ChangedSkill & { readonly after: string } {
  return skill.after !== undefined;
}

/**
 * Checks the skills that a commit would add or change, as they are staged (githooks(5), `pre-commit`): malformed ones keep it
 * back; that a release is missing is only said.
 * @throws GitkelError when what is staged cannot be read.
 */
export async function preCommit(run: ClientRun): Promise<HookAnswer> {
  return inClient(run, async (place) => {
    const { host, repository } = place;
    const index = run.environment['GIT_INDEX_FILE'];
    const { top, trees } = await stagedTrees(host.crypto, {
      gitDir: repository.gitDir,
      workingDirectory: repository.workTree ?? run.directory,
      indexFile:
        index === undefined || index === '' || isAbsolute(index)
          ? index || undefined
          : join(run.directory, index),
    });
    const reader = skillReader(host.crypto, {
      read: async (oid, limit) => trees.get(oid) ?? place.objects.read(oid, limit),
    });
    const change = { before: await headTree(place, reader), after: top };
    const branch = defaultBranch(host, repository, usualRemote(repository));
    const policy = await clientPolicy(reader, branch);
    const { skills, obstacles } = await changedSkills(
      reader,
      change,
      (path) => policy !== undefined && isGoverned(policy, path),
    );
    const found: Found[] = [];
    for (const { path, after } of skills.filter(isThere))
      found.push(await checkSkill(reader, path, after));
    const errors = [
      ...obstacles.map(({ path, reason, detail }) => `${quoted(path, 200)}: ${reason}: ${detail}`),
      ...found.flatMap((one) => one.errors),
    ];
    const warnings = found.flatMap((one) => one.warnings.map((line) => `warning: ${line}`));
    if (errors.length > 0) {
      return warned(
        [...errors, ...warnings],
        'nothing was committed; to commit all the same: git commit --no-verify',
      );
    }
    if (policy === undefined || found.length === 0) return passed(warnings);
    return passed([...warnings, ...(await releaseNotes(place, reader, policy, change))]);
  });
}
