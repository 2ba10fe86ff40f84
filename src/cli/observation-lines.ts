import { counted } from '../base/counted.ts';
import { quoted } from '../base/errors.ts';
import type { CanarySeen } from '../runs/canary.ts';
import type { Observation, Violation } from '../runs/observation.ts';
import type { ObservedUse } from '../runs/observed-uses.ts';

const STATES: Readonly<Record<Observation['state'], string>> = {
  accurate: 'accurate: all was seen, and nothing was beyond the manifest',
  violations: 'not accurate: it did or tried what its manifest does not have',
  incomplete: 'incomplete: nothing beyond the manifest was seen, and not all was seen',
};

function cameOf(error: string | undefined): string {
  if (error === undefined) return 'done';
  return error === '?' ? 'nobody knows what came of it' : `failed: ${error}`;
}

function seenWords({ where, place, form }: CanarySeen): string {
  const at =
    place === '' ? where : `${where === 'request' ? 'a request to' : where} ${quoted(place, 200)}`;
  return `its value was seen in ${at}${form === 'plain' ? '' : `, as ${form}`}`;
}

function useWords(use: ObservedUse): string {
  switch (use.kind) {
    case 'file':
      return `${use.use} ${quoted(use.path, 200)}, ${cameOf(use.error)}`;
    case 'exec':
      return `run ${quoted(use.program, 200)}, ${cameOf(use.error)}`;
    case 'net':
      return `${use.use} past the proxy, ${cameOf(use.error)}`;
    case 'lookup':
      return 'asked for its address past the proxy';
    case 'asked':
      return `asked of the proxy, refused: ${use.refused ?? ''}`;
    case 'blind':
      return use.call;
  }
}

function violationLine({ axis, what, evidence: [first] }: Violation): string {
  const words = first === undefined ? '' : 'canary' in first ? seenWords(first) : useWords(first);
  return `violation  ${axis} ${quoted(what, 200)}: ${words}`;
}

/** What a run came to, for people. */
export function observationLines({
  state,
  violations,
  gaps,
  unused,
  notObserved,
  left,
  proposal,
}: Observation): readonly string[] {
  const leftOut = proposal.leftOut.map(
    ({ what, why }) => `not proposed  ${quoted(what, 200)} (${why})`,
  );
  const proposed =
    proposal.manifest === undefined
      ? ['no manifest can be proposed']
      : [
          'a manifest that would have been enough:',
          ...JSON.stringify(proposal.manifest, null, 2).split('\n'),
        ];
  return [
    ...violations.map(violationLine),
    ...unused.map(({ axis, what }) => `not used   ${axis} ${quoted(what, 200)}`),
    ...left.map((seen) => `note       the variable ${seen.canary.name}: ${seenWords(seen)}`),
    ...gaps.map(({ detail }) => `not seen   ${detail}`),
    `not observed: ${notObserved.join(', ')}`,
    ...leftOut,
    ...(violations.length === 0 && unused.length === 0 ? [] : proposed),
    `${STATES[state]} (${counted(violations.length, 'violation')}, ${counted(unused.length, 'rule')} not used)`,
  ];
}
