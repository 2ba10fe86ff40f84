/**
 * The processes below one, by what Linux tells in `/proc`: for limits that the kernel has only for each of them.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all below it come to. */
export interface TreeUse {
  readonly processes: number;
  readonly memoryBytes: number;
}

interface Entry {
  readonly parent: number;
  readonly pages: number;
}

const PAGE_BYTES = 4_096;

/** Parent and resident pages (proc(5), `/proc/<pid>/stat`, fields 4 and 24); `undefined` for one that is gone. */
function entryOf(pid: string): Entry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in parentheses and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), pages: Number(fields[21]) };
  } catch {
    return undefined;
  }
}

/** Adds up a process and all that descend from it. Nothing is below one that has ended. */
export function treeUse(root: number): TreeUse {
  const children = new Map<number, number[]>();
  const pages = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^[1-9][0-9]*$/.test(name)) continue;
    const entry = entryOf(name);
    if (entry === undefined) continue;
    const pid = Number(name);
    pages.set(pid, entry.pages);
    const siblings = children.get(entry.parent);
    if (siblings === undefined) children.set(entry.parent, [pid]);
    else siblings.push(pid);
  }
  let [processes, memory] = [0, 0];
  const open = pages.has(root) ? [root] : [];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    processes++;
    memory += pages.get(pid) ?? 0;
    open.push(...(children.get(pid) ?? []));
  }
  return { processes, memoryBytes: memory * PAGE_BYTES };
}
