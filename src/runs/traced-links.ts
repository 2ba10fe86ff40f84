/**
 * Symbolic links that a trace tells of. A call that failed tells only the path that was named: where links lead it, has to be
 * known from how they were made.
 * @module
 */
import { LIMITS } from '../base/limits.ts';

/** Links that are followed in one path, as the kernel does it (path_resolution(7)). */
const MOST_FOLLOWED = 40;
/** The root directory by another name (proc(5)). */
const ROOT = /^\/proc\/(?:self|thread-self|[0-9]{1,10})(?:\/task\/[0-9]{1,10})?\/root$/;

/** Links that are looked at since something was moved, all in all: whoever makes more of that keeps the reader busy. */
const MOST_COMPARED = 16_777_216;

/** What was seen of links, whoever made them: inside there is one file system. */
export class TracedLinks {
  readonly #targets = new Map<string, string>();
  #compared = 0;

  /** A link was made. @returns false when there are more than are remembered */
  made(path: string, target: string): boolean {
    if (!this.#targets.has(path) && this.#targets.size >= LIMITS.traceLinks) return false;
    this.#targets.set(path, target);
    return true;
  }

  /** A path has another name now, and so have the links below it. @returns false when there are more than are remembered */
  moved(from: string, to: string): boolean {
    this.#compared += this.#targets.size;
    if (this.#compared > MOST_COMPARED) return this.#targets.size === 0;
    const found = Array.from(this.#targets).filter(
      ([path]) => path === from || path.startsWith(`${from}/`),
    );
    return found.every(([path, target]) => this.made(to + path.slice(from.length), target));
  }

  /**
   * A full path without empty parts, `.`, `..` and links that are known.
   * @param isLast whether the last part is followed, too
   */
  followed(path: string, isLast: boolean): string {
    const rest = path.split('/').toReversed();
    let done: string[] = [];
    let hops = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === '..') done.pop();
      else if (part !== '' && part !== '.') done.push(part);
      if (part === '' || part === '.' || part === '..') continue;
      const at = `/${done.join('/')}`;
      if (ROOT.test(at)) done = [];
      if (this.#targets.size === 0 || (!isLast && rest.length === 0)) continue;
      const target = this.#targets.get(at);
      if (target === undefined || ++hops > MOST_FOLLOWED) continue;
      done = target.startsWith('/') ? [] : done.slice(0, -1);
      rest.push(...target.split('/').toReversed());
    }
    return `/${done.join('/')}`;
  }
}
