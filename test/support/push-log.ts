/** The log of the pushes: who released, revoked and approved what. */
import { utf8 } from '../../src/base/bytes.ts';
import { at, executable, manifestOf, skill, type Tree } from './made-tree.ts';
import type { ReleasingLog } from './releasing-log.ts';

/** The text of a policy. */
export function policyText(
  log: string,
  maintainers: readonly string[],
  rules: Readonly<Record<string, readonly string[]>>,
  more = '',
): string {
  const lines = Object.entries(rules).flatMap(([match, release]) => [
    `  - match: "${match}"`,
    `    release: [${release.join(', ')}]`,
  ]);
  return `version: 1\nlog:\n  id: ${log}\nmaintainers: [${maintainers.join(', ')}]\n${more}paths:\n${lines.join('\n')}\n`;
}

const PDF = [1, 2, 3].map((version) =>
  skill('pdf', { 'scripts/run.sh': executable(`#!/bin/sh\necho ${version}\n`), 'a.txt': 'a\n' }),
);
export const [PDF_1 = {}, PDF_2 = {}, PDF_3 = {}] = PDF;
export const INNER = skill('inner');
export const OUTER = { ...skill('outer'), ...at('inner', INNER) };
export const CSV = skill('csv');
export const FRESH = skill('fresh');
/** A skill that is released, and revoked in some way. */
export const revokedAs = (what: string): Tree => skill(`revoked-${what}`);

/** Texts of policies, and what became of each. */
export interface Policies {
  readonly inForce: string;
  readonly approved: string;
  readonly stale: string;
  readonly strange: string;
  readonly malformed: string;
  readonly otherLog: string;
}

export function policiesOf(log: ReleasingLog): Policies {
  const [ada, bob, max, eve] = ['ada', 'bob', 'max', 'eve'].map((name) => log.aid(name)) as [
    string,
    string,
    string,
    string,
  ];
  const rules = { 'skills/**': [ada], 'skills/bob/**': [bob] };
  const inForce = policyText(log.id, [max], rules);
  return {
    inForce,
    approved: policyText(log.id, [max], { ...rules, 'skills/eve/**': [eve] }),
    stale: policyText(log.id, [max, ada], rules),
    strange: policyText(log.id, [max, eve], rules),
    malformed: `${inForce}surprise: 1\n`,
    otherLog: inForce.replace(log.id, log.aid('ada')),
  };
}

/** Everything that happened in the log before the pushes. */
export async function fillLog(log: ReleasingLog, policies: Policies): Promise<void> {
  await log.release('ada', manifestOf(PDF_1), '1');
  await log.release('ada', manifestOf(PDF_2), '2');
  await log.release('ada', manifestOf(PDF_3), '3');
  await log.release('ada', manifestOf(INNER));
  await log.release('ada', manifestOf(OUTER));
  await log.release('ada', manifestOf({ ...skill('cover'), ...at('inner', skill('hidden')) }));
  await log.release('bob', manifestOf(CSV));
  await log.release('ada', manifestOf(FRESH));
  await log.release('eve', manifestOf(skill('strange')));
  await fillRevocations(log);
  await log.link('ada', 'ci', ['release']);
  await log.link('ada', 'phone', ['sign-statement']);
  await log.release('ci', manifestOf(skill('by-device')), '1', 'ada');
  await log.release('phone', manifestOf(skill('by-phone')), '1', 'ada');
  await log.seal('ada', { type: 'device-revoke', device: log.aid('ci'), reason: 'lost' });
  await log.release('ci', manifestOf(skill('too-late')), '1', 'ada');
  await log.release('eve', manifestOf(skill('not-linked')), '1', 'ada');
  const bytes = (text: string): Uint8Array => utf8(text);
  const { inForce, approved, stale, strange, malformed, otherLog } = policies;
  await log.approve('max', bytes(approved), bytes(inForce));
  await log.approve('max', bytes(stale), bytes(approved));
  await log.approve('eve', bytes(strange), bytes(inForce));
  await log.approve('max', bytes(malformed), bytes(inForce));
  await log.approve('max', bytes(otherLog), bytes(inForce));
  // Last: what a recovery takes back is gone.
  await log.release('ada', manifestOf(skill('taken-back')));
  await log.rotate('ada', 1, log.log.contents.kel(log.aid('ada'))?.state.sn);
}

async function fillRevocations(log: ReleasingLog): Promise<void> {
  const of = (what: string) => manifestOf(revokedAs(what));
  const release = async (what: string): Promise<string> =>
    (await log.release('ada', of(what))).said;
  const own = await release('own');
  await log.revoke('ada', of('own'), { kind: 'release', said: own });
  await release('files');
  await log.revoke('ada', of('files'), { kind: 'manifest', said: of('files').said });
  await release('name');
  await log.revoke('ada', of('name'), {
    kind: 'name',
    publisher: log.aid('ada'),
    name: 'revoked-name',
  });
  const watched = await release('watched');
  await log.revoke('max', of('watched'), { kind: 'release', said: watched });
  const slandered = await release('slandered');
  await log.revoke('eve', of('slandered'), { kind: 'release', said: slandered });
  await log.revoke('max', manifestOf(skill('unwanted')), {
    kind: 'manifest',
    said: manifestOf(skill('unwanted')).said,
  });
}
