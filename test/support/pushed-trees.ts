/** Pushes of directories, of the policy, and of refs and histories. */
import type { RefUpdate } from '../../src/gate/judge-refs.ts';
import {
  addCommit,
  addTag,
  at,
  executable,
  link,
  skill,
  submodule,
  type Tree,
  without,
} from './made-tree.ts';
import { type Made, MAIN, push, type Push } from './push.ts';
import { FRESH, PDF_2, type Policies } from './push-log.ts';

/** Pushes that move, remove and nest directories, and what hides them. */
export function ofDirectories(made: Made): readonly Push[] {
  const { base } = made;
  const to = (name: string, tree: Tree, ...refused: readonly string[]): Push =>
    push(made, name, tree, refused);
  const pdf = 'skills/pdf';
  const moved = (directory: string): Tree => ({ ...without(base, pdf), ...at(directory, PDF_2) });
  return [
    to('a rename', moved('skills/docs/pdf')),
    to(
      'a rename to a path of another',
      moved('skills/bob/pdf'),
      'skills/bob/pdf: publisher-other-path',
    ),
    to('a deletion', without(base, pdf)),
    to('SKILL.md deleted, other files kept', without(base, `${pdf}/SKILL.md`)),
    to('a skill put into another', { ...base, ...at(`${pdf}/in`, FRESH) }, `${pdf}: file-added`),
    to(
      'both skills of a nest changed',
      { ...base, 'skills/outer/inner/x': '' },
      'skills/outer/inner: file-added',
      'skills/outer: file-added',
    ),
    to(
      'a nested skill that only the outer release holds',
      { ...base, ...at('skills/cover', { ...skill('cover'), ...at('inner', skill('hidden')) }) },
      'skills/cover/inner: no-release',
    ),
    to(
      'a submodule where a skill was',
      { ...without(base, pdf), [pdf]: submodule },
      `${pdf}: submodule`,
    ),
    to('a submodule elsewhere', { ...base, lib: submodule }, 'lib: submodule'),
    to(
      'a link where a skill was',
      { ...without(base, pdf), [pdf]: link('outer') },
      `${pdf}: symlink`,
    ),
    to(
      'a link to the place of another',
      { ...base, 'skills/bob/pdf': link('../pdf') },
      'skills/bob/pdf: symlink',
    ),
    to('a link elsewhere', { ...base, 'docs/latest': link('../README.md') }),
    to(
      'a link out of the repository',
      { ...base, 'docs/latest': link('../../x') },
      'docs/latest: symlink',
    ),
    to(
      'directories that collide',
      { ...base, ...at('skills/PDF', { 'scripts/evil.sh': 'x' }) },
      'skills/pdf: path-collision',
    ),
  ];
}

/** Pushes of the policy. */
export function ofPolicy(made: Made, policies: Policies): readonly Push[] {
  const path = '.gitkel/policy.yaml';
  const { base, objects } = made;
  const to = (name: string, policy: Tree, ...reasons: readonly string[]): Push =>
    push(
      made,
      name,
      { ...without(base, '.gitkel'), ...policy },
      reasons.map((reason) => `${path}: ${reason}`),
    );
  const { approved, stale, strange, malformed, otherLog, inForce } = policies;
  const eves = at('skills/eve/strange', skill('strange'));
  const first = (name: string, text: string, ...reasons: readonly string[]): Push => ({
    name,
    updates: [
      {
        ref: MAIN,
        before: undefined,
        after: addCommit(objects, { [path]: text, 'README.md': 'x' }),
      },
    ],
    refused: reasons.map((reason) => `${path}: ${reason}`),
    main: undefined,
  });
  return [
    to('an approved policy', { [path]: approved }),
    to('a policy that nobody approved', { [path]: `${inForce}# more\n` }, 'policy-not-approved'),
    to('a policy approved in the place of another', { [path]: stale }, 'policy-approval-stale'),
    to('a policy that a stranger approved', { [path]: strange }, 'policy-not-approved'),
    to('an approved policy that is none', { [path]: malformed }, 'policy-malformed'),
    to('an approved policy of another log', { [path]: otherLog }, 'policy-log'),
    to('a policy that is executable', { [path]: executable(inForce) }, 'policy-form'),
    to('a policy deleted', {}, 'policy-deleted'),
    push(made, 'a skill that only the new policy allows', { ...base, [path]: approved, ...eves }, [
      'skills/eve/strange: publisher-not-allowed',
    ]),
    push(
      made,
      'another policy on another branch',
      { ...base, [path]: strange },
      [],
      'refs/heads/other',
    ),
    first('the installed policy, first', inForce),
    first('an approved policy, first', approved),
    first('another policy, first', strange, 'policy-not-approved'),
  ];
}

/** Pushes of other refs, of several, and of histories. */
export function ofRefs(made: Made): readonly Push[] {
  const { base, objects, main, older } = made;
  const bad = { ...base, ...at('skills/new', skill('new')) };
  const good = { ...base, ...at('skills/fresh', FRESH) };
  const refusal = ['skills/new: no-release'];
  const several = (
    name: string,
    refused: readonly string[],
    ...updates: readonly RefUpdate[]
  ): Push => ({
    name,
    updates,
    refused,
    main,
  });
  const commit = (tree: Tree, ...parents: readonly string[]): string =>
    addCommit(objects, tree, parents.length === 0 ? [main] : parents);
  const add = (ref: string, after: string): RefUpdate => ({ ref, before: undefined, after });
  const move = (after: string): RefUpdate => ({ ref: MAIN, before: main, after });
  return [
    push(made, 'a new branch', good, [], 'refs/heads/other'),
    push(made, 'a new branch with what nobody released', bad, refusal, 'refs/heads/other'),
    push(made, 'a tag of what nobody released', bad, refusal, 'refs/tags/v1'),
    several('a tag of the tip', [], add('refs/tags/v1', main)),
    several('an annotated tag', refusal, add('refs/tags/v1', addTag(objects, commit(bad), 'v1'))),
    several('a ref of another kind', refusal, add('refs/notes/x', commit(bad))),
    several('a merge', [], move(commit(good, main, older))),
    several('a merge of what nobody released', refusal, move(commit(bad, main, older))),
    several('a history that ends well', [], move(commit(good, commit(bad)))),
    several(
      'two refs, one of them bad',
      refusal,
      move(commit(good)),
      add('refs/heads/x', commit(bad)),
    ),
    several('a branch deleted', [], { ref: 'refs/heads/topic', before: main, after: undefined }),
    several('the branch with the policy deleted', ['.gitkel/policy.yaml: policy-deleted'], {
      ref: MAIN,
      before: main,
      after: undefined,
    }),
    several('a branch moved to an older state', ['skills/pdf: older-release'], {
      ref: 'refs/heads/topic',
      before: main,
      after: older,
    }),
  ];
}
