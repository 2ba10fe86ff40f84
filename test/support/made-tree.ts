/** Trees of a repository written as paths with their contents. */
import { compareBytes, concat, fromHex, utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import type { SkillManifest } from '../../src/records/skill-manifest.ts';
import { entry } from '../skills/making.ts';

/** What stands at a path: the text of a plain file, or text with a mode. The text of a submodule is the id of a commit. */
export type Leaf = string | { readonly mode: string; readonly text: string };

/** A tree by its paths. */
export type Tree = Readonly<Record<string, Leaf>>;

export const executable = (text: string): Leaf => ({ mode: '100755', text });
export const link = (target: string): Leaf => ({ mode: '120000', text: target });
export const submodule: Leaf = { mode: '160000', text: '11'.repeat(20) };

/** The paths of a tree below a directory. */
export function at(directory: string, tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([path, leaf]) => [`${directory}/${path}`, leaf]),
  );
}

/** A tree without what stands at or below a path. */
export function without(tree: Tree, path: string): Tree {
  return Object.fromEntries(
    Object.entries(tree).filter(([each]) => each !== path && !each.startsWith(`${path}/`)),
  );
}

/** A skill of one file, and what else it has. */
export function skill(name: string, more: Tree = {}): Tree {
  return {
    'SKILL.md': `---\nname: ${name}\ndescription: Does ${name}.\n---\n# ${name}\n`,
    ...more,
  };
}

const textOf = (leaf: Leaf): string => (typeof leaf === 'string' ? leaf : leaf.text);
const modeOf = (leaf: Leaf): string => (typeof leaf === 'string' ? '100644' : leaf.mode);

/** The manifest of a skill; it must be one. */
export function manifestOf(tree: Tree): SkillManifest {
  const entries = Object.entries(tree).map(([path, leaf]) =>
    entry(path, textOf(leaf), { mode: modeOf(leaf) === '100755' ? 0o755 : 0o644 }),
  );
  const digest = digestSkill(nativeCrypto, entries);
  if (digest.outcome === 'refused') throw new Error(JSON.stringify(digest.problems));
  return digest.manifest;
}

type Children = Map<string, Leaf | Children>;

function childrenOf(tree: Tree): Children {
  const root: Children = new Map();
  for (const [path, leaf] of Object.entries(tree)) {
    const parts = path.split('/');
    let here = root;
    for (const part of parts.slice(0, -1)) {
      const next = here.get(part);
      if (next instanceof Map) here = next;
      else {
        const made: Children = new Map();
        here.set(part, made);
        here = made;
      }
    }
    here.set(parts.at(-1) ?? '', leaf);
  }
  return root;
}

/** Adds a tree and everything below it; gives its id. Nothing is checked: modes and names may be what Git never writes. */
function addChildren(objects: GitObject[], children: Children): string {
  const add = (object: GitObject): string => {
    objects.push(object);
    return objectId(nativeCrypto, object.type, object.bytes);
  };
  const rows = [...children].map(([name, child]) => {
    if (child instanceof Map)
      return { mode: '40000', name, key: utf8(`${name}/`), oid: addChildren(objects, child) };
    const mode = modeOf(child);
    const text = textOf(child);
    const oid = mode === '160000' ? text : add({ type: 'blob', bytes: utf8(text) });
    return { mode, name, key: utf8(name), oid };
  });
  const sorted = rows.toSorted((a, b) => compareBytes(a.key, b.key));
  const bytes = concat(
    ...sorted.flatMap(({ mode, name, oid }) => [
      utf8(`${mode} ${name}\0`),
      fromHex(oid) ?? new Uint8Array(),
    ]),
  );
  return add({ type: 'tree', bytes });
}

export function addTree(objects: GitObject[], tree: Tree): string {
  return addChildren(objects, childrenOf(tree));
}

/** Adds a commit of a tree; gives its id. */
export function addCommit(
  objects: GitObject[],
  tree: Tree,
  parents: readonly string[] = [],
  seconds = 1_800_000_000,
): string {
  const oid = addTree(objects, tree);
  const who = `A <a@example.com> ${seconds} +0000`;
  const above = parents.map((parent) => `parent ${parent}\n`).join('');
  const bytes = utf8(`tree ${oid}\n${above}author ${who}\ncommitter ${who}\n\nfiles\n`);
  objects.push({ type: 'commit', bytes });
  return objectId(nativeCrypto, 'commit', bytes);
}

/** Adds an annotated tag of a commit; gives its id. */
export function addTag(objects: GitObject[], commit: string, name: string): string {
  const bytes = utf8(
    `object ${commit}\ntype commit\ntag ${name}\ntagger A <a@example.com> 1800000000 +0000\n\ntag\n`,
  );
  objects.push({ type: 'tag', bytes });
  return objectId(nativeCrypto, 'tag', bytes);
}
