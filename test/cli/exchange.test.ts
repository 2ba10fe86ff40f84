/** Imports, exports, what waits and evidence through the built binary. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { StreamReader } from '../../src/stream/reader.ts';
import { runGit } from '../support/binary.ts';
import { type Answer, type Person, Place } from '../support/person.ts';

vi.setConfig({ testTimeout: 180_000 });

const said = (letter: string): string => `E${letter.repeat(43)}`;
const [FIRST, SECOND, RIVAL] = [said('A'), said('B'), said('C')];

interface Exchanged extends Answer {
  readonly aids: readonly { readonly aid: string; readonly sn: number; readonly said: string }[];
  readonly waiting: readonly {
    readonly escrow: string;
    readonly said: string;
    readonly waitsFor: string;
  }[];
  readonly duplicity: readonly { readonly aid: string; readonly evidence: string }[];
  readonly evidence: readonly { readonly said: string }[];
  readonly proven: boolean;
  readonly late: boolean;
  readonly dropped: number;
}

/** Writes the last message of a stream into a file of its own. */
function lastMessage(file: string, into: string): void {
  const bytes = readFileSync(file);
  const reader = new StreamReader();
  const items = [...reader.push(bytes), ...reader.end()];
  writeFileSync(into, bytes.subarray(items.at(-1)?.offset ?? 0));
}

const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const ends = async (person: Person, exit: number, ...args: readonly string[]): Promise<Exchanged> =>
  (await person.ends(exit, ...args)) as Exchanged;

test('what is imported waits, goes into the log, comes out again, and is held against what contradicts it', async () => {
  const place = new Place();
  places.push(place);
  const log = await place.newLog();
  const ada = (await place.newPerson('ada')).with(log);
  const { aid } = await ada.does('identity', 'create', 'ada', '--key', 'ada');
  // The same controller, on another machine that knows nothing of this one.
  const elsewhere = place.copy();
  places.push(elsewhere);
  const twin = elsewhere.person('ada', elsewhere.path('log'));
  await twin.does('anchor', 'ada', '--said', FIRST);
  const second = await twin.does('anchor', 'ada', '--said', SECOND);
  const whole = elsewhere.path('whole.cesr');
  await twin.does('identity', 'export', 'ada', '-o', whole);
  const part = elsewhere.path('part.cesr');
  lastMessage(whole, part);

  const waits = await ends(ada, 0, 'identity', 'import', part);
  expect(waits).toMatchObject({
    status: 'unchanged',
    waiting: [{ escrow: 'out-of-order', said: second.said }],
  });
  expect(await ada.says('status')).toContain(`waits for event 1 of ${aid}`);
  const { ran } = await ada.run(['anchor', 'ada', '--said', FIRST]);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr).toContain('imported what waited for it: batch 2');
  expect(await ends(ada, 0, 'escrow', 'list')).toMatchObject({ waiting: [] });
  expect(await ends(ada, 0, 'identity', 'import', whole)).toMatchObject({ status: 'unchanged' });
  expect(await ada.with(undefined).says('stream', 'check', whole)).toContain('nothing waits');

  // A third machine, with the keys of the controller, signs another event for place 1.
  const third = place.copy();
  places.push(third);
  const thief = third.person('ada', third.path('log'));
  await runGit(third.path('log'), ['update-ref', 'refs/heads/main', 'main~2']);
  for (const folder of ['signed', 'seen', 'verified']) {
    rmSync(`${thief.home}/${folder}`, { recursive: true });
  }
  const rival = await thief.does('anchor', 'ada', '--said', RIVAL);
  const stream = third.path('rival.cesr');
  await thief.does('identity', 'export', 'ada', '-o', stream);
  const found = await ends(ada, 1, 'identity', 'import', stream);
  const evidence = found.duplicity[0]?.evidence ?? '';
  expect(found).toMatchObject({ status: 'unchanged', waiting: [], duplicity: [{ aid }] });
  expect(await ends(ada, 0, 'evidence', 'list')).toMatchObject({ evidence: [{ said: evidence }] });
  const file = place.path('duplicity.json');
  await ada.does('evidence', 'export', evidence.slice(0, 6), '-o', file);
  const nobody = place.person('nobody').in(await place.emptyDirectory());
  expect(await nobody.says('evidence', 'verify', file)).toContain(rival.said);
  const forged = place.path('forged.json');
  writeFileSync(forged, readFileSync(file, 'utf8').replace(rival.said, said('D')));
  expect(await ends(nobody, 1, 'evidence', 'verify', forged)).toMatchObject({ proven: false });
  const added = await ends(ada, 0, 'evidence', 'add', file);
  expect(added).toMatchObject({ status: 'committed', aid, late: false, position: 3 });
  expect(await ends(ada, 0, 'evidence', 'add', file)).toMatchObject({ status: 'unchanged' });
  expect(await ada.says('identity', 'show', 'ada')).toContain(
    'DUPLICITOUS: it signed two events for place 1',
  );
  await runGit(log, ['fsck', '--strict']);

  // Whoever has the log has the evidence.
  const anybody = place.person('anybody', log);
  const copy = place.path('copy.json');
  await anybody.does('evidence', 'export', evidence, '-o', copy);
  expect(readFileSync(copy)).toEqual(readFileSync(file));

  const unasked = await ends(ada, 4, 'escrow', 'drop', FIRST);
  expect(unasked.error.code).toBe('not-found');
  expect(await ends(ada, 0, 'escrow', 'expire', '--older-than', '0s')).toMatchObject({
    dropped: 0,
  });
});
