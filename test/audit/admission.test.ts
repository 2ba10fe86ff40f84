/** Who may commit, when the log was closed by its founder: batches of others forced into it. */
import { describe, expect, it } from 'vitest';
import type { MemberName } from '../support/long-log.ts';
import { useTampering } from '../support/tampering.ts';

/** Solo, the founder, closes the log to all but the team, and then to the team, too. */
const tampering = useTampering('admission', 'open', [
  'create solo',
  'create team',
  'anchor team',
  'admit solo',
  'anchor team',
  'close solo',
  'anchor team',
  'admit solo',
  'anchor team',
]);

/** The verdict when the batch at a position is committed by the first key of a member. */
async function committedBy(
  member: MemberName,
  position: number,
): Promise<ReturnType<ReturnType<typeof tampering>['audit']>> {
  const { long } = tampering();
  const drafts = tampering().drafts();
  const draft = drafts[position];
  const state = long.log.contents.kel(long.aid(member))?.state;
  if (draft === undefined || state === undefined) throw new Error('there is no such batch');
  draft.committer = { aid: state.aid, establishment: 0, keyIndex: 0 };
  draft.signer = state.publicKeys[0] ?? '';
  draft.name = state.aid;
  draft.email = `${state.aid}@gitkel`;
  return tampering().audit((await tampering().forge(drafts, true)).dir);
}

describe('audit() of a log that its founder closed', () => {
  it.each([
    ['before any policy', 2],
    ['in the batch that closes the log', 3],
    ['after it was made a writer', 4],
    ['in the batch that removes it', 5],
    ['after it was made a writer again', 8],
  ])('accepts a batch that the team committed $0', async (_, position) => {
    expect(await committedBy('team', position)).toMatchObject({ state: 'valid', batches: 9 });
  });

  it.each([
    ['after it was removed', 6],
    ['in the very batch that makes it a writer again', 7],
  ])('names a batch that the team committed $0', async (_, position) => {
    expect(await committedBy('team', position)).toMatchObject({
      state: 'invalid',
      reason: 'committer-not-admitted',
      batches: position,
      findings: [{ reason: 'committer-not-admitted', position }],
    });
  });

  it('accepts the founder everywhere', async () => {
    for (const position of [2, 3, 4, 5, 6, 7, 8])
      expect(await committedBy('solo', position)).toMatchObject({ state: 'valid', batches: 9 });
  });
});
