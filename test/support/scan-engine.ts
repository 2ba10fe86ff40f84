import path from 'node:path';
import { patternEngine } from '../../src/cli/pattern-engine.ts';
import { nodeHost } from '../../src/host/node.ts';
import type { FileContent } from '../../src/records/skill-manifest.ts';
import { scanFiles } from '../../src/scan/scan-files.ts';
import type { ScanResult } from '../../src/scan/scan-result.ts';
import type { TextEngine } from '../../src/scan/text-engine.ts';
import type { EngineTimes } from '../../src/scan/yara-engine.ts';

/** The directory in which the rules of the project lie. */
export const INSTALLATION = path.resolve(import.meta.dirname, '../..');

/** Far above what any look takes: tests that are not about time do not depend on it. */
const NO_HURRY: EngineTimes = { part: 120_000, scan: 240_000 };

/** The engine with the rules of the project, and perhaps more. */
export async function projectEngine(rules?: string, times = NO_HURRY): Promise<TextEngine> {
  const engine = await patternEngine(nodeHost(), INSTALLATION, rules, times);
  if (engine === undefined) throw new Error('the optional dependency for patterns is missing');
  return engine;
}

/** A file of a skill. */
export function file(name: string, content: string | Uint8Array, executable = false): FileContent {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path: name, bytes, executable };
}

/** What a scan of files finds. */
export async function scanned(
  engine: TextEngine | undefined,
  files: readonly FileContent[],
): Promise<ScanResult> {
  const { crypto } = nodeHost();
  const elapsed = (): number => 0;
  return scanFiles({ crypto, elapsed, engine }, { files, problems: [], unreadable: [] });
}

/** The rules that spoke, each once, with the highest severity. */
export function spoken({ findings }: ScanResult): readonly string[] {
  return [...new Set(findings.map(({ rule, severity }) => `${rule} ${severity}`))].toSorted();
}
