import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from '../git/commit.ts';
import type { GitObject } from '../git/object.ts';
import { ObjectStore } from '../git/objects.ts';
import { fileRefs } from '../git/refs.ts';
import { addSettings } from '../git/config-write.ts';
import { initRepository, openRepository } from '../git/repository.ts';
import { decodeTree } from '../git/tree.ts';
import type { Host } from '../host/host.ts';
import { findLogRef } from './find-log.ts';
import { branchOf, branchRef, CONFIG_BRANCH, CONFIG_SECTION } from './layout.ts';

const OBJECTS_PER_PACK = 5_000;
const BYTES_PER_PACK = 67_108_864;

interface Copying {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  readonly seen: Set<string>;
  readonly waiting: GitObject[];
  waitingBytes: number;
}

function writeWaiting(copying: Copying): void {
  if (copying.waiting.length > 0) copying.to.writePack(copying.waiting.splice(0));
  copying.waitingBytes = 0;
}

function take(copying: Copying, oid: string): GitObject | undefined {
  if (copying.seen.has(oid)) return undefined;
  copying.seen.add(oid);
  const object = copying.from.read(oid, LIMITS.commitBytes);
  if (object === undefined) {
    throw new GitkelError('refused', `Cannot copy the log: the object ${oid} is missing`, { reason: 'object-missing' });
  }
  copying.waiting.push(object);
  copying.waitingBytes += object.bytes.length;
  if (copying.waiting.length >= OBJECTS_PER_PACK || copying.waitingBytes >= BYTES_PER_PACK) writeWaiting(copying);
  return object;
}

function takeTree(copying: Copying, oid: string, depth = 0): void {
  const tree = depth > LIMITS.treeDepth ? undefined : take(copying, oid);
  if (tree?.type !== 'tree') return;
  for (const entry of decodeTree(tree.bytes)) {
    if (entry.mode === '40000') takeTree(copying, entry.oid, depth + 1);
    else if (entry.mode !== '160000') take(copying, entry.oid);
  }
}

/** Copies every object that a log reaches from one repository of this machine to another; nothing of its settings. */
function copyObjects(copying: Copying, tip: string, onCommit: (done: number) => void): void {
  let oid: string | undefined = tip;
  for (let done = 1; oid !== undefined && done <= LIMITS.batches; done++) {
    const commit: GitObject | undefined = take(copying, oid);
    if (commit === undefined) break;
    const { tree, parents } = looseHeaders(commit.bytes);
    if (tree !== undefined) takeTree(copying, tree);
    onCommit(done);
    [oid] = parents;
  }
  writeWaiting(copying);
}

/**
 * Makes a bare copy of a log that lies in a directory of this machine, with that directory as its upstream. Reads the
 * source as hostile: only objects are taken over, each hashed again. The copy is not verified yet.
 * @throws GitkelError.
 */
export function copyLog(host: Host, source: string, target: string, branch: string | undefined, onCommit: (done: number) => void = () => {}): string {
  const repository = openRepository(host, source, { hostile: true });
  const { ref, tip } = findLogRef(host, repository, branch);
  if (tip === undefined) throw new GitkelError('not-found', `Cannot clone ${quoted(source)}: its log has no batch yet`);
  const name = branchOf(ref);
  initRepository(host, target, { bare: true, branch: name });
  const copy = openRepository(host, target, { hostile: false });
  const copying = { from: new ObjectStore(host, repository), to: new ObjectStore(host, copy), seen: new Set<string>(), waiting: [], waitingBytes: 0 };
  try {
    copyObjects(copying, tip, onCommit);
    const moved = fileRefs(host, copy).compareAndSwap(branchRef(name), undefined, tip);
    if (!moved.ok) throw new GitkelError('environment', `Cannot clone into ${quoted(target)}: its branch ${name} is in use`, { reason: 'ref-busy' });
  } finally {
    copying.from.close();
    copying.to.close();
  }
  setUpstream(host, target, name, source);
  return name;
}

/** Notes where a log was cloned from, as Git itself does. */
export function setUpstream(host: Host, dir: string, branch: string, url: string): void {
  addSettings(host, openRepository(host, dir, { hostile: false }), [
    { section: CONFIG_SECTION, key: CONFIG_BRANCH, value: branch },
    { section: 'remote', subsection: 'origin', key: 'url', value: url },
    { section: 'remote', subsection: 'origin', key: 'fetch', value: '+refs/heads/*:refs/remotes/origin/*' },
    { section: 'branch', subsection: branch, key: 'remote', value: 'origin' },
    { section: 'branch', subsection: branch, key: 'merge', value: branchRef(branch) },
  ]);
}
