import { join } from 'node:path';
import { concat, utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { discard, fsyncDirectory, onDisk, readFileBounded, writeNewFile } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { configValue, parseConfig } from './config.ts';
import type { Repository } from './repository.ts';

/** One setting: `section.key`, or `section.subsection.key`. */
export interface Setting {
  readonly section: string;
  readonly subsection?: string | undefined;
  readonly key: string;
  readonly value: string;
}

function escape(text: string): string {
  return text.replaceAll(/["\\]/g, String.raw`\$&`);
}

/** Settings as text for a config file. */
export function settingsText(settings: readonly Setting[]): string {
  return settings.map(settingText).join('');
}

function settingText({ section, subsection, key, value }: Setting): string {
  if (/[\n\0]/.test(value + (subsection ?? ''))) {
    throw new GitkelError(
      'usage',
      `Cannot write ${quoted(value)} into a Git config: it has a line feed`,
    );
  }
  const heading =
    subsection === undefined ? `[${section}]` : `[${section} "${escape(subsection)}"]`;
  return `${heading}\n\t${key} = "${escape(value)}"\n`;
}

/**
 * Adds settings to the config of a repository, durably, under Git's own lock (`config.lock`).
 * @throws GitkelError `environment`, reason `eexist`, while somebody else changes the config.
 */
export function addSettings(
  host: Host,
  repository: Pick<Repository, 'commonDir'>,
  settings: readonly Setting[],
): void {
  const path = join(repository.commonDir, 'config');
  const before = readFileBounded(host, path, LIMITS.configBytes) ?? new Uint8Array();
  const joint = before.length === 0 || before.at(-1) === 0x0a ? '' : '\n';
  const bytes = concat(before, utf8(joint + settingsText(settings)));
  const config = parseConfig(bytes);
  for (const { section, subsection, key, value } of settings) {
    if (configValue(config, section, key, subsection) !== value)
      throw new Error(`the setting ${section}.${key} cannot be read back`);
  }
  const lock = `${path}.lock`;
  writeNewFile(host, lock, bytes, 0o644);
  try {
    onDisk(`Cannot write ${quoted(path)}`, () => host.fs.renameSync(lock, path));
  } catch (error) {
    discard(host, lock);
    throw error;
  }
  fsyncDirectory(host, repository.commonDir);
}
