/**
 * A repository with skills under a policy, a log of their releases, and pushes to that repository, each with what has to
 * come of it. Whatever judges pushes is held against the same ones.
 */
import { utf8 } from '../../src/base/bytes.ts';
import type { GitObject } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs, moveRefWaiting } from '../../src/git/refs.ts';
import { initRepository, type Repository } from '../../src/git/repository.ts';
import type { Host } from '../../src/host/host.ts';
import { addCommit, at, type Tree } from './made-tree.ts';
import { type Made, MAIN, type Push } from './push.ts';
import { CSV, fillLog, OUTER, PDF_1, PDF_2, policiesOf } from './push-log.ts';
import { ofFiles, ofPublishers } from './pushed-skills.ts';
import { ofDirectories, ofPolicy, ofRefs } from './pushed-trees.ts';
import { ReleasingLog } from './releasing-log.ts';

export interface PushWorld {
  readonly repository: Repository;
  readonly releases: ReleasingLog;
  /** The bytes of the policy at the tip of `main`, which is also the installed one. */
  readonly policy: Uint8Array;
  /** The tip of `refs/heads/main` and of `refs/heads/topic`. */
  readonly main: string;
  readonly pushes: readonly Push[];
}

/** Makes the repository in one directory and the log in another. `main` and `topic` are there, the pushes are not made. */
export async function makePushes(
  host: Host,
  dirs: { readonly repository: string; readonly log: string },
): Promise<PushWorld> {
  const members = ['ada', 'bob', 'max', 'eve', 'ci', 'phone'];
  const releases = await ReleasingLog.make(host, dirs.log, members);
  const policies = policiesOf(releases);
  await fillLog(releases, policies);
  const base: Tree = {
    '.gitkel/policy.yaml': policies.inForce,
    'README.md': 'skills\n',
    ...at('skills/pdf', PDF_2),
    ...at('skills/outer', OUTER),
    ...at('skills/bob/csv', CSV),
  };
  const objects: GitObject[] = [];
  const older = addCommit(objects, { ...base, ...at('skills/pdf', PDF_1) });
  const main = addCommit(objects, base, [older]);
  const made: Made = { objects, base, main, older };
  const pushes = [
    ...ofFiles(made),
    ...ofPublishers(made),
    ...ofDirectories(made),
    ...ofPolicy(made, policies),
    ...ofRefs(made),
  ];
  const repository = initRepository(host, dirs.repository, { bare: true, branch: 'main' });
  const store = new ObjectStore(host, repository);
  store.writePack(objects);
  store.release();
  store.close();
  const refs = fileRefs(host, repository);
  for (const [ref, oid] of [
    [MAIN, main],
    ['refs/heads/topic', main],
  ] as const)
    await moveRefWaiting(host, refs, ref, undefined, oid);
  return { repository, releases, policy: utf8(policies.inForce), main, pushes };
}
