/** A home that trusts auditors and asks for audits, and audits that these seal, dated so that they are in force today. */
import path from 'node:path';
import { dayOfSeconds, dayText } from '../../src/base/day.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { nodeHost } from '../../src/host/node.ts';
import { openHome } from '../../src/keys/home.ts';
import { changeHomeTrust, type HomeTrust, NO_TRUST } from '../../src/keys/home-trust.ts';
import type { Audit } from '../../src/records/audit.ts';
import { manifestSha256, type SkillManifest } from '../../src/records/skill-manifest.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import type { Ground } from '../install/ground.ts';
import { audit, criterionOf } from './skill-statements.ts';

/** A day, so many days from today. */
export function inDays(days: number): string {
  return dayText(dayOfSeconds(nodeHost().now()) + days);
}

/** The SAID of a criterion that is built in. */
export function builtIn(name: string): string {
  const text = BUILT_IN_CRITERIA.find((one) => one.name === name)?.text;
  if (text === undefined) throw new Error(name);
  return criterionOf(text);
}

/** Has the home of the ground trust auditors, by name, and ask so many of them whether a skill is safe to read. */
export async function requireAudits(
  ground: Ground,
  auditors: readonly string[],
  redundancy = 1,
  more: Partial<HomeTrust> = {},
): Promise<void> {
  const home = openHome(nodeHost(), path.join(ground.dir, 'home'));
  const roots = auditors
    .map((name) => ({ aid: ground.aid(name), level: 'high', criteria: [], names: [] }) as const)
    .toSorted((a, b) => (a.aid < b.aid ? -1 : 1));
  const all = { criteria: ['safe-to-read'], trust: 'low', redundancy, methods: [] } as const;
  await changeHomeTrust(home, () => ({ ...NO_TRUST, roots, require: { all }, ...more }));
}

/** Has somebody seal an audit of files. */
export async function sealAudit(
  ground: Ground,
  auditor: string,
  manifest: SkillManifest,
  more: Partial<Audit> = {},
): Promise<void> {
  const subject = { name: manifest.name, sha256: manifestSha256(nativeCrypto, manifest) };
  const about = { manifest: manifest.said, subject };
  const dates = { issued: inDays(-1), expires: inDays(80) };
  const body = audit(about, { criteria: [builtIn('safe-to-read')], ...dates, ...more });
  await ground.releases.seal(auditor, body);
}
