import { afterAll, beforeAll } from 'vitest';
import { type Answer, type Person, Place } from './person.ts';

/** Three people with a key each, their cards in `a.card`, `b.card`, `c.card`, and a log that only Alice works with. */
export interface Crew {
  readonly place: Place;
  /** The path of the log. */
  readonly log: string;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
}

function crewIn(place: Place): Crew {
  const log = place.path('log');
  return {
    place,
    log,
    alice: place.person('a', log),
    bob: place.person('b'),
    carol: place.person('c'),
  };
}

/** Creates the 2-of-3 identity `team`, which all three then know by that name. */
export async function createTeam({ place, alice, bob, carol }: Crew): Promise<Answer> {
  const created = await alice.does(
    'identity',
    'create',
    'team',
    '--key',
    'a',
    '--card',
    'b.card',
    '--card',
    'c.card',
    '--threshold',
    '2',
  );
  await place.commit(alice, created.batch, bob);
  for (const person of [bob, carol]) await person.does('name', 'set', 'team', created.aid);
  return created;
}

/** Makes the body of a test: its work on a crew of its own, then the removal of that. */
export type WithCrew = <Given extends readonly unknown[]>(
  work: (crew: Crew, ...given: Given) => Promise<void>,
) => (...given: Given) => Promise<void>;

/**
 * Gives each test a crew of its own: made once for the file, prepared once, and copied. Tests can run side by side.
 * @param prepare what all tests begin with; nothing by default
 */
export function useCrew(prepare: (crew: Crew) => Promise<unknown> = async () => {}): WithCrew {
  let original: Place | undefined;
  beforeAll(async () => {
    original = new Place();
    const place = original;
    await place.newLog();
    for (const name of ['a', 'b', 'c']) await place.newPerson(name);
    await prepare(crewIn(place));
  }, 120_000);
  afterAll(() => {
    original?.remove();
  });
  return (work) =>
    async (...given) => {
      if (original === undefined) throw new Error('the crew is made before the tests');
      const place = original.copy();
      try {
        await work(crewIn(place), ...given);
      } finally {
        place.remove();
      }
    };
}
