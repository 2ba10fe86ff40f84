/** Every push of the corpus, judged as a server and a required check judge it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { judgeRefs } from '../../src/gate/judge-refs.ts';
import { judgementBy } from '../../src/gate/judgement.ts';
import { policyInForce } from '../../src/gate/policy-change.ts';
import { skillReader } from '../../src/gate/skill-reader.ts';
import { refusalsOf } from '../../src/gate/verdict-lines.ts';
import { ownReader } from '../../src/git/own-reader.ts';
import { skillLog } from '../../src/skills/skill-log.ts';
import { MAIN, type Push } from '../support/push.ts';
import { makePushes, type PushWorld } from '../support/pushes.ts';
import { emptyHost } from '../skills/making.ts';

const host = emptyHost();
let world: PushWorld;

async function refusedOf(push: Push): Promise<readonly string[]> {
  const objects = ownReader(host, world.repository);
  try {
    const reader = skillReader(nativeCrypto, objects);
    const tree = push.main === undefined ? undefined : await reader.treeOf(push.main);
    const policy = await policyInForce(reader, tree, world.policy);
    if (policy === undefined) throw new Error('a policy is installed');
    const verdicts = await judgeRefs(reader, push.updates, {
      governing: { ref: MAIN, tip: push.main },
      ...judgementBy(policy, skillLog(world.releases.log), 0),
    });
    const refusals = verdicts.flatMap(({ verdict }) => refusalsOf(verdict));
    expect(verdicts.some(({ verdict }) => verdict.state === 'refused')).toBe(refusals.length > 0);
    return refusals.map(({ path, reason }) => `${path}: ${reason}`).toSorted();
  } finally {
    await objects.close();
  }
}

beforeAll(async () => {
  world = await makePushes(host, { repository: '/repository.git', log: '/log' });
}, 60_000);

describe('judgeRefs()', () => {
  test('gives every push of the corpus its verdict', async () => {
    const found: Record<string, readonly string[]> = {};
    for (const push of world.pushes) found[push.name] = await refusedOf(push);
    expect(found).toEqual(
      Object.fromEntries(world.pushes.map(({ name, refused }) => [name, refused])),
    );
    expect(world.pushes.length).toBeGreaterThanOrEqual(60);
    expect(Object.keys(found)).toHaveLength(world.pushes.length);
  });
});
