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

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: median(sorted), least: sorted[0], most: sorted.at(-1) };
}

/**
 * Events per second of each contestant, medians over the rounds after one that warms up. `ratios` holds, for each name
 * of `references`, the rate by processor time over that contestant's in the same round.
 */
export function measure(contestants, events, { rounds, references }) {
  oneRound(contestants, events);
  const spent = Array.from({ length: rounds }, () => oneRound(contestants, events));
  const ratio = (index, reference) => {
    const at = contestants.findIndex(({ name }) => name === reference);
    return spread(spent.map((round) => round[at].cpu / round[index].cpu));
  };
  return contestants.map(({ name }, index) => ({
    name,
    perCpuSecond: median(spent.map((round) => events.length / round[index].cpu)),
    perSecond: median(spent.map((round) => events.length / round[index].wall)),
    ratios: Object.fromEntries(references.map((each) => [each, ratio(index, each)])),
  }));
}
