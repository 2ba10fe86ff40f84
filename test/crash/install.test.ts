/** What is installed, replaced, removed and moved aside, with a fault at every call that changes the disk. */
import { randomBytes } from 'node:crypto';
import { createFsFromVolume, Volume } from 'memfs';
import { describe, expect, test } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { GitkelError } from '../../src/base/errors.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { memoryHost } from '../../src/host/memory.ts';
import { isAsLocked } from '../../src/install/as-locked.ts';
import { isUnsettled } from '../../src/install/changes.ts';
import { holdingFolder } from '../../src/install/holding-folder.ts';
import { moveAside, moveBack, quarantined } from '../../src/install/quarantine.ts';
import { removeSkill } from '../../src/install/place-skill.ts';
import { readLock, type SkillsFolder } from '../../src/install/skills-folder.ts';
import { sameEntry } from '../../src/install/skills-lock.ts';
import { withChangeFolder } from '../../src/install/staged-copy.ts';
import { type FileFault, faultyFiles, Killed } from '../support/faulty-files.ts';
import { PowerCut, PowerCutFiles } from '../support/power-cut-files.ts';
import { entryFor, placed, skillFilesOf } from '../install/making.ts';

const DIR = '/skills';
/** Unless there is time, every third call. */
const STEP = Number(process.env['GITKEL_LONG'] ?? 1) > 1 ? 1 : 3;
/** Nothing executable: the disk that loses power in memory does not keep modes. */
const withText = (text: string) =>
  skillFilesOf('notes', text).map((file) => ({ ...file, executable: false }));
const [OLD, NEW] = [withText('old\n'), withText('newer\n')];
const [OLD_ENTRY, NEW_ENTRY] = [entryFor(OLD), entryFor(NEW)];

function hostOn(fs: FileSystem, self: string): Host {
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const host = memoryHost(fs, nativeCrypto, random, () => 1_800_000_000);
  const processes = { self, isDead: (name: string) => name !== self };
  return { ...host, processes, sleep: async () => {} };
}

const folderOn = (fs: unknown, self: string): SkillsFolder => ({
  host: hostOn(fs as FileSystem, self),
  dir: DIR,
});

/** A disk with one skill installed, or none. */
async function disk(isInstalled: boolean): Promise<Volume> {
  const volume = new Volume();
  const folder = folderOn(createFsFromVolume(volume), 'first');
  folder.host.fs.mkdirSync(DIR, { recursive: true });
  if (isInstalled) await placed(folder, OLD);
  else await holdingFolder(folder, () => undefined);
  return volume;
}

interface Subject {
  readonly before: boolean;
  readonly change: (folder: SkillsFolder) => Promise<unknown>;
  /** What may be there afterwards: the entry, and whether its files lie in their place. */
  readonly allowed: readonly (readonly ['old' | 'new' | 'none', boolean])[];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  install: {
    before: false,
    change: async (folder) => placed(folder, NEW),
    allowed: [
      ['none', false],
      ['new', true],
    ],
  },
  update: {
    before: true,
    change: async (folder) => placed(folder, NEW, OLD_ENTRY),
    allowed: [
      ['old', true],
      ['new', true],
    ],
  },
  remove: {
    before: true,
    change: async (folder) =>
      withChangeFolder(folder, async (change) => removeSkill(folder, change, OLD_ENTRY)),
    allowed: [
      ['old', true],
      ['none', false],
    ],
  },
  quarantine: {
    before: true,
    change: async (folder) => moveAside(folder, OLD_ENTRY),
    allowed: [
      ['old', true],
      ['old', false],
    ],
  },
};

/** What somebody finds who comes after a crash: the folder says what its lock says, and nothing is in the way. */
async function requireWhole(folder: SkillsFolder, { change, allowed }: Subject): Promise<void> {
  await holdingFolder(folder, () => undefined);
  expect(isUnsettled(folder)).toBe(false);
  const entry = readLock(folder)[0];
  const state = sameEntry(entry, OLD_ENTRY) ? 'old' : sameEntry(entry, NEW_ENTRY) ? 'new' : 'none';
  const isThere = folder.host.fs.readdirSync(DIR).includes('notes');
  if (isThere) expect(entry !== undefined && isAsLocked(folder, entry)).toBe(true);
  expect(allowed).toContainEqual([state, isThere]);
  // Nothing is lost: what is not in its place lies aside.
  if (state === 'old' && !isThere) {
    expect(quarantined(folder, OLD_ENTRY)).toHaveLength(1);
    expect(await moveBack(folder, OLD_ENTRY)).toBe(true);
  }
  if (state === allowed[0]?.[0]) await change(folder);
  expect(folder.host.fs.readdirSync(`${DIR}/.installing`)).toEqual(['locks']);
}

describe.each(Object.entries(SUBJECTS))('%s', (_, subject) => {
  test.each(['kill', 'EIO', 'EMFILE'] as const)(
    'with %s at every call leaves the old or the new',
    async (fault: FileFault) => {
      let points = 0;
      for (let isOver = false; !isOver; points += STEP) {
        const volume = await disk(subject.before);
        const real: unknown = createFsFromVolume(volume);
        const faulty = faultyFiles(real as FileSystem, fault, points + 1);
        try {
          await subject.change(folderOn(faulty.fs, 'doomed'));
          isOver = faulty.calls() < points + 1;
        } catch (error) {
          expect(error instanceof Killed || error instanceof GitkelError).toBe(true);
        }
        await requireWhole(folderOn(real, 'next'), subject);
      }
      expect(points).toBeGreaterThan(5);
    },
  );

  test.each(['kept', 'lost'] as const)(
    'with the power cut after every call, names %s, leaves the old or the new',
    async (names) => {
      let points = 0;
      for (let isOver = false; !isOver; points += STEP) {
        const files = new PowerCutFiles(await disk(subject.before), points);
        try {
          await subject.change(folderOn(files.fs, 'doomed'));
          isOver = true;
        } catch (error) {
          expect(error instanceof PowerCut).toBe(true);
        }
        await requireWhole(
          folderOn(createFsFromVolume(files.afterPowerCut(names)), 'next'),
          subject,
        );
      }
      expect(points).toBeGreaterThan(5);
    },
  );
});
