/**
 * Evidence of duplicity that this home has come across: files that prove themselves, by their SAIDs. Nothing here is
 * trusted: who uses one verifies it.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { namesIn, readFileBounded, statOf, writeFileDurably } from '../host/files.ts';
import type { Home } from './home.ts';
import { evidencePath, homeFolder, saidOfEvidenceFile } from './home-layout.ts';
import { requireDigest } from './key-text.ts';

/** The SAIDs under which evidence is kept, sorted. */
export function keptEvidence({ host, dir }: Home): readonly string[] {
  return namesIn(host, homeFolder(dir, 'evidence'))
    .map(saidOfEvidenceFile)
    .filter((said) => said !== undefined)
    .toSorted();
}

/** The bytes that are kept under a SAID; `undefined` when there are none. */
export function readEvidence({ host, dir }: Home, said: string): Uint8Array | undefined {
  requireDigest(said, 'the SAID of evidence');
  return readFileBounded(host, evidencePath(dir, said), LIMITS.evidenceBytes);
}

/** Keeps evidence; it is on the disk when this returns. Says whether it is new. */
export function keepEvidence({ host, dir }: Home, said: string, bytes: Uint8Array): boolean {
  requireDigest(said, 'the SAID of evidence');
  const path = evidencePath(dir, said);
  if (statOf(host, path) !== undefined) return false;
  writeFileDurably(host, path, bytes, 0o600);
  return true;
}
