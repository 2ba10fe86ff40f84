/**
 * The engine for patterns of text, with the rules that lie beside the program and those that a person names.
 * @module
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Host } from '../host/host.ts';
import type { EnginePlace, PatternSource } from '../scan/pattern-thread.ts';
import type { TextEngine } from '../scan/text-engine.ts';
import { type EngineTimes, yaraEngine } from '../scan/yara-engine.ts';
import { inputFile } from './input.ts';

const PACKAGE = '@virustotal/yara-x';

/** Where the engine is installed; `undefined` when it is not: it is an optional dependency. */
function enginePlace(installation: string): EnginePlace | undefined {
  try {
    const found = createRequire(path.join(installation, 'package.json')).resolve(
      `${PACKAGE}/package.json`,
    );
    const directory = path.join(path.dirname(found), 'pkg');
    return {
      module: pathToFileURL(path.join(directory, 'yara_x_js.js')).href,
      wasm: path.join(directory, 'yara_x_js_bg.wasm'),
    };
  } catch {
    return undefined;
  }
}

const RULE_FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.yara?$/;

function refused(directory: string, what: string): GitkelError {
  return new GitkelError('usage', `Cannot use the rules in ${quoted(directory)}: ${what}`, {
    reason: 'scan-rules',
    hint: 'Name a directory with files of rules in YARA’s language: NAME.yar.',
  });
}

function namesIn({ fs }: Host, directory: string): readonly string[] {
  let names: readonly string[];
  try {
    names = fs.readdirSync(directory);
  } catch {
    throw refused(directory, 'it cannot be read as a directory');
  }
  const rules = names.filter((name) => /\.yara?$/.test(name)).toSorted();
  if (rules.length === 0) throw refused(directory, 'no file in it ends with .yar or .yara');
  if (rules.length > LIMITS.scanRuleFiles)
    throw refused(directory, `${rules.length} files, the limit is ${LIMITS.scanRuleFiles}`);
  const odd = rules.find((name) => !RULE_FILE.test(name));
  if (odd === undefined) return rules;
  throw refused(directory, `the name ${quoted(odd)} has characters other than A–Z a–z 0–9 . _ -`);
}

/**
 * The rules in the files of a directory; what lies below it is not looked at.
 * @throws GitkelError `usage`, reason `scan-rules`.
 */
export function patternSources(host: Host, directory: string, isOwn: boolean): PatternSource[] {
  let room: number = LIMITS.scanRuleBytes;
  return namesIn(host, directory).map((file) => {
    const bytes = inputFile(host, path.join(directory, file), LIMITS.scanRuleBytes);
    room -= bytes.length;
    if (room < 0) throw refused(directory, `more than ${LIMITS.scanRuleBytes} bytes`);
    const text = fromUtf8(bytes);
    if (text === undefined) throw refused(directory, `${quoted(file)} is not UTF-8 text`);
    return { name: `${isOwn ? 'gitkel' : 'rules'}/${file}`, text, isOwn };
  });
}

/**
 * The engine of this installation; to be closed.
 * @param installation the directory of the program, where `package.json` lies
 * @param rules a directory with more rules
 * @returns `undefined` when the engine is not installed
 * @throws GitkelError `usage` or `malformed`, reason `scan-rules`, for rules that cannot be used.
 */
export async function patternEngine(
  host: Host,
  installation: string,
  rules?: string,
  times?: EngineTimes,
): Promise<TextEngine | undefined> {
  const place = enginePlace(installation);
  const foreign = rules === undefined ? [] : patternSources(host, rules, false);
  if (place === undefined) return undefined;
  const own = patternSources(host, path.join(installation, 'rules'), true);
  return yaraEngine(place, [...own, ...foreign], times);
}
