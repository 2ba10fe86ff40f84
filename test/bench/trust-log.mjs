/** A log full of statements about skills, through the library's own way of writing, and one of its skills installed. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { nativeCrypto } from '../../dist/src/index.js';
import { placeSkill } from '../../dist/src/install/place-skill.js';
import { stageFiles, withChangeFolder } from '../../dist/src/install/staged-copy.js';
import { manifestSha256 } from '../../dist/src/records/skill-manifest.js';
import { aidSubject } from '../../dist/src/records/skill-statement.js';
import { digestSkill } from '../../dist/src/skills/skill-digest.js';
import { commit, newLog } from './committing.mjs';
import { inception, signerOf } from './signers.mjs';

const PER_BATCH = 50;

/** Two files each. */
export function skillOf(index) {
  const name = `skill-${String(index).padStart(5, '0')}`;
  const bytes = (text) => new TextEncoder().encode(text);
  const files = [
    {
      path: 'SKILL.md',
      bytes: bytes(`---\nname: ${name}\ndescription: Measures.\n---\n# ${name}\n`),
      executable: false,
    },
    { path: 'references/notes.md', bytes: bytes(`${name}\n`.repeat(50)), executable: false },
  ];
  const entries = files.map(({ path: at, bytes: content }) => ({
    path: at,
    kind: 'file',
    mode: 0o644,
    size: content.length,
    links: 1,
    read: () => content,
  }));
  const { manifest } = digestSkill(nativeCrypto, entries);
  return { files, manifest, sha256: manifestSha256(nativeCrypto, manifest) };
}

function* slices(items, size = PER_BATCH) {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Days as a statement names them. */
function day(offset) {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** An audit of a skill, which passes. */
export function audit({ manifest, sha256 }, criteria) {
  return {
    type: 'audit',
    manifest: manifest.said,
    subject: { name: manifest.name, sha256 },
    criteria,
    result: 'pass',
    thoroughness: 'medium',
    understanding: 'medium',
    method: 'human',
    findings: [],
    note: '',
    issued: day(-1),
    expires: day(300),
  };
}

function vouch(aid, level) {
  return {
    type: 'vouch',
    aid,
    subject: aidSubject(nativeCrypto, aid),
    level,
    scope: {},
    grants: [],
    from: day(-1),
    until: day(300),
    note: '',
  };
}

/**
 * Writes it: every identity audits, and vouches for the next ones, so that all of them are reached from the first.
 * @returns the AIDs, the first one the publisher of everything, and the skills
 */
export async function writeTrustLog(dir, { skills: count, statements, identities, criteria }) {
  const log = newLog(dir);
  const labels = Array.from({ length: identities }, (_, n) => `identity ${n}`);
  const signers = labels.map(signerOf);
  const aids = await commit(log, [inception(labels[0])], [signers[0]]);
  for (const slice of slices(labels.slice(1)))
    aids.push(...(await commit(log, slice.map(inception), [signers[0], ...slice.map(signerOf)])));
  const skills = Array.from({ length: count }, (_, n) => skillOf(n));
  for (const slice of slices(skills)) {
    const bodies = slice.map(({ manifest, sha256 }) => ({
      type: 'release',
      manifest,
      sha256,
      version: '1.0.0',
    }));
    await commit(log, [{ kind: 'seal', aid: aids[0], bodies }], [signers[0]]);
  }
  const each = Math.floor(statements / identities);
  const vouches = Math.min(4, each);
  const everybody = aids.map((aid, at) => ({
    kind: 'seal',
    aid,
    bodies: [
      // Four times as many with every step: nobody is far from the first one.
      ...Array.from({ length: vouches }, (_, n) =>
        vouch(aids[(at * vouches + n + 1) % identities], at < 100 ? 'high' : 'medium'),
      ).filter((one) => one.aid !== aid),
      ...Array.from({ length: each - vouches }, (_, n) =>
        audit(skills[(at * (each - vouches) + n * 7) % count], criteria),
      ),
    ],
  }));
  for (const slice of slices(everybody, 20))
    await commit(log, slice, slice.map(({ aid }) => signers[aids.indexOf(aid)]).concat(signers[0]));
  log.store.close();
  return { aids, skills, log };
}

/** Installs a released skill in a folder. */
export async function installReleased(folderDir, { contents, host }, { files, manifest }) {
  mkdirSync(folderDir);
  const folder = { host, dir: folderDir };
  const [release] = contents.records.releases.ofManifest(manifest.said);
  const { controller: aid, issuer, sn } = release;
  const entry = {
    name: manifest.name,
    source: { type: 'directory', path: path.join('/where', 'it', 'was') },
    manifest: manifest.said,
    h1: manifest.h1,
    release: release.said,
    version: release.version,
    author: { aid, issuer, sn, event: contents.kel(issuer).saidAt(sn) },
    log: {
      id: contents.genesis.logId,
      position: contents.batches - 1,
      payload: contents.lastBatch.payloadDigest,
    },
    approvals: [{ manifest: manifest.said, release: release.said }],
  };
  await withChangeFolder(folder, async (change) => {
    stageFiles(folder, change, files);
    await placeSkill(folder, change, entry, undefined);
  });
}
