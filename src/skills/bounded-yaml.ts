/**
 * YAML of strangers (YAML 1.2.2), read as text: every scalar is the text that stands there, since readers disagree about
 * which of them are numbers, truths or dates. No anchors, aliases, tags or directives; no name twice in one mapping.
 * @module
 */
import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml';
import { LIMITS } from '../base/limits.ts';

/** A parsed value. `isPlain` tells text that stands there without quotes and is none to other readers. */
export type YamlValue =
  | { readonly kind: 'text'; readonly text: string; readonly looksTyped: boolean }
  | { readonly kind: 'list'; readonly items: readonly YamlValue[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, YamlValue])[] };

export type YamlResult =
  | { readonly ok: true; readonly value: YamlValue }
  | { readonly ok: false; readonly reason: YamlProblem; readonly detail: string };

export type YamlProblem = 'yaml-bounds' | 'yaml-syntax' | 'yaml-duplicate' | 'yaml-feature';

/**
 * Plain scalars that some reader takes for something else than text: the empty one, null, truth values, numbers, times
 * (YAML 1.2.2 section 10.3; YAML 1.1 "Language-Independent Types").
 */
const TYPED =
  /^(?:|~|null|y|n|yes|no|true|false|on|off|[-+]?(?:\.inf|\.nan)|\.nan|[-+]?(?:0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+|[0-9][0-9_,]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t \t].*)?|=|<<)$/i;

/** Marks that open a block inside of a block on the same line; in rows they make the parser nest. */
const ROW_OF_MARKS = new RegExp(`(?:[-?:][ \\t]+){${LIMITS.frontmatterDepth + 1}}`);

const TOO_FAR = new RegExp(`^[ \\t]{${LIMITS.frontmatterIndent + 1}}`, 'm');
/** What YAML 1.1 takes for the end of a line and YAML 1.2 does not, or the reverse; and what is no text. */
const ODD_CHARACTER = /[\u0085\u2028\u2029]|(?![\t\n])\p{Cc}|\p{Cs}/u;

/** Why text must not be given to the parser, whose memory grows fast with nesting and indentation. */
function boundsProblem(text: string, limit: number): string | undefined {
  if (text.length > limit) return `it has more than ${limit} characters`;
  if (TOO_FAR.test(text)) return `a line is indented by more than ${LIMITS.frontmatterIndent}`;
  if (ROW_OF_MARKS.test(text)) return 'a line opens many blocks';
  let depth = 0;
  for (const [mark] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (mark === '[' || mark === '{' ? 1 : -1));
    if (depth > LIMITS.frontmatterDepth) return 'it nests too deeply';
  }
  return undefined;
}

function refused(reason: YamlProblem, detail: string): YamlResult & { readonly ok: false } {
  return { ok: false, reason, detail };
}

/** The first thing in a document that text alone does not need. */
function featureOf(root: Node): string | undefined {
  let found: string | undefined;
  visit(root, {
    Node: (_, node) => {
      if (isAlias(node)) found ??= 'an alias';
      else if (node.anchor !== undefined) found ??= 'an anchor';
      else if (node.tag !== undefined) found ??= 'a tag';
    },
  });
  return found;
}

function textOf(node: unknown): YamlValue & { readonly kind: 'text' } {
  if (!isScalar(node)) return { kind: 'text', text: '', looksTyped: true };
  const text = typeof node.value === 'string' ? node.value : '';
  return { kind: 'text', text, looksTyped: node.type === 'PLAIN' && TYPED.test(text) };
}

function valueOf(node: unknown): YamlValue {
  if (isSeq(node)) return { kind: 'list', items: node.items.map(valueOf) };
  if (!isMap(node)) return textOf(node);
  return {
    kind: 'map',
    entries: node.items.map(({ key, value }) => [textOf(key).text, valueOf(value)] as const),
  };
}

/** Parses YAML of at most `limit` characters. Never throws for what the text holds. */
export function parseBoundedYaml(
  text: string,
  limit: number = LIMITS.frontmatterBytes,
): YamlResult {
  const bounds = boundsProblem(text, limit);
  if (bounds !== undefined) return refused('yaml-bounds', bounds);
  if (ODD_CHARACTER.test(text))
    return refused('yaml-feature', 'it holds a control character or an odd line break');
  if (/^%/m.test(text)) return refused('yaml-feature', 'it holds a directive');
  const document = parseDocument(text, {
    schema: 'failsafe',
    version: '1.2',
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    merge: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error?.code === 'DUPLICATE_KEY')
    return refused('yaml-duplicate', 'a name stands in it twice');
  if (error !== undefined)
    return refused('yaml-syntax', `${error.message} (at character ${error.pos[0]})`);
  const root = document.contents;
  if (root === null) return { ok: true, value: { kind: 'text', text: '', looksTyped: true } };
  const feature = featureOf(root);
  if (feature !== undefined || document.warnings.length > 0)
    return refused('yaml-feature', `it holds ${feature ?? 'a tag'}`);
  return { ok: true, value: valueOf(root) };
}
