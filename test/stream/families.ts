/** Identifiers that delegate to each other, with one key at a time, for tests of validators. */
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import {
  buildDelegatedInception,
  buildDelegatedRotation,
  buildInception,
  buildInteraction,
  buildRotation,
} from '../../src/keri/build.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import type { EventName } from '../../src/keri/key-log.ts';
import { keyEventSeal, type Seal } from '../../src/keri/seal.ts';
import type { SignedEvent } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { applyUnsigned } from '../../src/keri/evaluate.ts';
import { by, digests, keys, signatures } from '../keri/making.ts';

const one = countThreshold(1);

function fields(current: number, next: number, seals: readonly Seal[]) {
  return {
    publicKeys: keys(current),
    threshold: one,
    nextDigests: digests(next),
    nextThreshold: one,
    seals,
  };
}

/** An event with its signatures, the key state that it leads to, and the key that controls after it. */
export interface Made {
  readonly signed: SignedEvent;
  readonly event: KeyEvent;
  readonly state: KeyState;
  readonly key: number;
}

function made(event: KeyEvent, before: Made | undefined, key: number): Made {
  const applied = applyUnsigned(crypto, before?.state, event);
  if (!applied.ok) throw new Error(applied.detail);
  const attachments = by(signatures(event, before?.state, key));
  return { signed: { event, attachments }, event, state: applied.state, key };
}

/** Names events as seals do. */
export function sealsOf(...events: readonly Made[]): readonly Seal[] {
  return events.map(({ event }: { readonly event: EventName }) =>
    keyEventSeal(event.aid, event.sn, event.said),
  );
}

/** An identifier whose keys are `key`, then the numbers after it. */
export function born(key: number, delegator?: Made, traits: readonly string[] = []): Made {
  const content = { ...fields(key, key + 1, []), traits };
  const event =
    delegator === undefined
      ? buildInception(crypto, content)
      : buildDelegatedInception(crypto, delegator.event.aid, content);
  return made(event, undefined, key);
}

export function interacted(before: Made, ...seals: readonly Seal[]): Made {
  return made(buildInteraction(crypto, before.state, seals), before, before.key);
}

/** A rotation to the next key; `fork` makes it differ from others at the same place. */
export function rotated(before: Made, seals: readonly Seal[] = [], fork = 1): Made {
  const key = keyAfter(before);
  const content = fields(key, key + fork, seals);
  const event =
    before.state.delegator === undefined
      ? buildRotation(crypto, before.state, content)
      : buildDelegatedRotation(crypto, before.state, content);
  return made(event, before, key);
}

/** The number of the key that the last establishment event committed to. */
function keyAfter({ state, key }: Made): number {
  const next = Array.from({ length: 100 }, (_, step) => key + step).find((number) =>
    state.nextDigests.includes(digests(number)[0] ?? ''),
  );
  if (next === undefined) throw new Error('the next key is one of those that follow');
  return next;
}
