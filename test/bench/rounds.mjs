/**
 * Measuring several ways to do the same work on a machine that does other things too: all take turns in short slices,
 * so that a slow moment hits all of them, and what is compared was measured in the same round.
 */

const EVENTS_PER_SLICE = 100;

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 0
    ? (sorted[middle - 1] + sorted[middle]) / 2
    : sorted[Math.floor(middle)];
}

/** Runs `work` and adds the seconds that it took to `spent`: of the clock, and of all processors. */
export function timed(spent, work) {
  const before = process.cpuUsage();
  const start = performance.now();
  work();
  spent.wall += (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(before);
  spent.cpu += (user + system) / 1e6;
}

/** One pass of every contestant over all events, in turns. Gives the seconds that each spent. */
function oneRound(contestants, events) {
  const running = contestants.map(({ start }) => ({ verify: start(events), wall: 0, cpu: 0 }));
  for (let from = 0, turn = 0; from < events.length; from += EVENTS_PER_SLICE, turn++) {
    const to = Math.min(events.length, from + EVENTS_PER_SLICE);
    for (let place = 0; place < running.length; place++) {
      const each = running[(turn + place) % running.length];
      timed(each, () => {
        for (let n = from; n < to; n++) each.verify(n);
      });
    }
  }
  return running;
}

/**
 * Events per second of each contestant, medians over the rounds after one that warms up. `ratios` are the rates by
 * processor time over that of the contestant named `reference`, one for each round, ascending; `ratio` is their median.
 */
export function measure(contestants, events, { rounds, reference }) {
  oneRound(contestants, events);
  const spent = Array.from({ length: rounds }, () => oneRound(contestants, events));
  const at = contestants.findIndex(({ name }) => name === reference);
  return contestants.map(({ name }, index) => {
    const ratios = spent.map((round) => round[at].cpu / round[index].cpu);
    return {
      name,
      perCpuSecond: median(spent.map((round) => events.length / round[index].cpu)),
      perSecond: median(spent.map((round) => events.length / round[index].wall)),
      ratio: median(ratios),
      ratios: ratios.toSorted((a, b) => a - b),
    };
  });
}
