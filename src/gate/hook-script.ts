/**
 * The files that Git runs: small POSIX shell scripts which name node and the compiled hook by their absolute paths. A
 * script carries the digest of its own text, so that any version of gitkel can tell whether it was edited.
 * @module
 */
import { fromUtf8, toHex, utf8 } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { ALL_HOOKS, hasInput, type HookName, hookSide, keptName } from './hook-name.ts';

export interface HookScript {
  readonly name: HookName;
  /** Absolute paths of node and of the compiled hook. */
  readonly node: string;
  readonly program: string;
  /** Whether another hook was there before, which runs first. */
  readonly isChained: boolean;
  /** Whether the directory of the hooks was made for this one. */
  readonly madeDirectory: boolean;
}

/** What a file at the place of a hook is. */
export type FoundScript =
  | { readonly kind: 'ours'; readonly script: HookScript }
  /** Made by gitkel, and changed since. */
  | { readonly kind: 'edited' }
  | { readonly kind: 'foreign' };

const HEAD = '#!/bin/sh\n# gitkel-hook 1 ';
const CHAINED = '# The hook that was here before runs first.';
const MADE_DIRECTORY = '# The directory of the hooks was made for it.';

/** Text as one word of a shell (POSIX.1-2017, Shell Command Language, 2.2.2). */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function unquoted(word: string | undefined): string | undefined {
  return word?.replaceAll(`'\\''`, "'");
}

/** Ends the script with a line of what is wrong, by which nothing is let through. */
function refusal(name: HookName): readonly string[] {
  return [
    'refuse() {',
    `  printf 'gitkel: refused: the ${name} hook cannot run: %s\\n' "$1" >&2`,
    hookSide(name) === 'server'
      ? `  printf 'gitkel: the operator of this repository can mend that: gitkel hook status\\n' >&2`
      : `  printf 'gitkel: see what is wrong with: gitkel hook status\\n' >&2`,
    '  exit 1',
    '}',
  ];
}

/** A server lets nothing through unseen; what a client's hook would have said, the server says. */
function missing(name: HookName): readonly string[] {
  const action =
    hookSide(name) === 'server'
      ? 'refuse "there is no $needed"'
      : `{ printf 'gitkel: warning: nothing was checked, there is no %s; see: gitkel hook status\\n' "$needed" >&2; exit 0; }`;
  return [
    // Whatever the surroundings of a push ask of node, the hook runs as it is.
    ...(hookSide(name) === 'server' ? ['unset NODE_OPTIONS NODE_PATH'] : []),
    `for needed in "$node" "$program"; do`,
    `  [ -f "$needed" ] || ${action}`,
    'done',
  ];
}

/**
 * How a transaction ended is of interest only to who holds something for it: nearly always starting a program is saved.
 * What is left held all the same ends with the Git that runs the hook.
 */
function unlessIdle(name: HookName): readonly string[] {
  if (name !== 'reference-transaction') return [];
  return [
    'case $1 in',
    'preparing) exit 0 ;;',
    'committed | aborted)',
    // Of a linked work tree, what is held lies in the directory that it shares with the others.
    '  shared=${GIT_DIR:-.git} named=',
    '  [ ! -f "$shared/commondir" ] || IFS= read -r named <"$shared/commondir"',
    '  case $named in',
    '  /*) shared=$named ;;',
    '  *) shared=$shared/$named ;;',
    '  esac',
    '  held=',
    '  for file in "$shared"/gitkel/held/*; do [ ! -e "$file" ] || held=1; done',
    '  [ -n "$held" ] || exit 0',
    '  ;;',
    'esac',
  ];
}

/** Gives the input of Git to both hooks, whatever either reads of it; the copy has no name any more when they run. */
const COPY_INPUT = [
  'input=$(mktemp "${TMPDIR:-/tmp}/gitkel-hook.XXXXXX") || refuse "no temporary file can be made"',
  `trap 'rm -f "$input"' EXIT`,
  `trap 'exit 1' HUP INT TERM`,
  'cat >"$input" || refuse "its input cannot be copied"',
  'exec 3<"$input" 4<"$input"',
  'rm -f "$input"',
  'trap - EXIT HUP INT TERM',
];

function runBefore(name: HookName): readonly string[] {
  const [first, second] = hasInput(name) ? [' <&3 3<&- 4<&-', ' <&4 3<&- 4<&-'] : ['', ''];
  // Git asks nobody about these two: they tell how it ended, and what is held for it has to be given back.
  const isOver =
    name === 'reference-transaction'
      ? 'if [ "$status" -ne 0 ] && [ "$1" != committed ] && [ "$1" != aborted ]; then exit "$status"; fi'
      : 'if [ "$status" -ne 0 ]; then exit "$status"; fi';
  return [
    'case $0 in',
    '*/*) directory=${0%/*} ;;',
    '*) directory=. ;;',
    'esac',
    `before=$directory/${keptName(name)}`,
    'if [ ! -e "$before" ] && [ ! -L "$before" ]; then',
    '  refuse "the hook that was here before is gone: $before"',
    'fi',
    ...(hasInput(name) ? COPY_INPUT : []),
    'status=0',
    'if [ -x "$before" ]; then',
    `  "$before" "$@"${first} || status=$?`,
    'fi',
    isOver,
    ...unlessIdle(name),
    ...missing(name),
    `exec "$node" "$program" "$@"${second}`,
  ];
}

/** The text of a hook's script. The program takes the place of the shell, so that its parent is Git. */
export function hookScript(crypto: Crypto, script: HookScript): Uint8Array {
  const { name, node, program, isChained, madeDirectory } = script;
  const lines = [
    '# Made by `gitkel hook install`; `gitkel hook uninstall` puts back what was here before.',
    '# Do not edit it: an edited one is neither replaced nor removed.',
    ...(isChained ? [CHAINED] : []),
    ...(madeDirectory ? [MADE_DIRECTORY] : []),
    `node=${shellWord(node)}`,
    `program=${shellWord(program)}`,
    ...refusal(name),
    ...(isChained
      ? runBefore(name)
      : [...unlessIdle(name), ...missing(name), 'exec "$node" "$program" "$@"']),
  ];
  const text = lines.map((line) => `${line}\n`).join('');
  return utf8(`${HEAD}${name} ${digestOf(crypto, text)}\n${text}`);
}

function digestOf(crypto: Crypto, text: string): string {
  return toHex(crypto.digest('sha2-256', utf8(text)));
}

/** Tells what a file is by its bytes alone. */
export function readHookScript(crypto: Crypto, bytes: Uint8Array): FoundScript {
  const text = fromUtf8(bytes);
  if (text === undefined || !text.startsWith(HEAD)) return { kind: 'foreign' };
  const [, label, digest] = /^([a-z-]+) ([0-9a-f]{64})\n/.exec(text.slice(HEAD.length)) ?? [];
  const name = ALL_HOOKS.find((one) => one === label);
  if (name === undefined || digest === undefined) return { kind: 'edited' };
  const body = text.slice(HEAD.length + name.length + digest.length + 2);
  const node = unquoted(/^node='((?:[^']|'\\'')*)'$/m.exec(body)?.[1]);
  const program = unquoted(/^program='((?:[^']|'\\'')*)'$/m.exec(body)?.[1]);
  if (digestOf(crypto, body) !== digest || node === undefined || program === undefined)
    return { kind: 'edited' };
  const has = (line: string): boolean => body.includes(`\n${line}\n`);
  return {
    kind: 'ours',
    script: { name, node, program, isChained: has(CHAINED), madeDirectory: has(MADE_DIRECTORY) },
  };
}
