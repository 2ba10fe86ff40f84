import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { readAttachments } from '../../src/cesr/attachments.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { messageType } from '../../src/keri/body.ts';
import { isTelType, parseTelEvent } from '../../src/tel/event.ts';
import { Registries } from '../../src/tel/registries.ts';
import { wireCredential, wireRegistry } from '../../src/tel/state.ts';
import { scenariosOf, type Scenario, stepBytes, Validator } from '../keri/scenarios.ts';

interface Recorded {
  readonly outcome: string;
  readonly escrows?: readonly string[];
  readonly accepted_by_escrow_processing?: readonly string[];
}

const OUTCOMES = {
  accept: 'accepted',
  duplicate: 'no-change',
  escrow: 'escrowed',
  reject: 'rejected',
} as const;

/** Key events go to a validator, events of registries to the registries that it anchors. */
class Stream {
  readonly validator = new Validator();
  readonly registries = new Registries(crypto, {
    anchors: (issuer, { aid, sn, said }) =>
      this.validator.accepted.filter(
        ({ aid: by, seals }) =>
          by === issuer &&
          seals.some(
            (seal) =>
              JSON.stringify(seal) === JSON.stringify({ i: aid, s: sn.toString(16), d: said }),
          ),
      ),
  });

  feed(event: Uint8Array, attached: string): Recorded {
    if (!isTelType(messageType(event) ?? '')) return this.#feedKeyEvent(event, attached);
    const parsed = parseTelEvent(crypto, event);
    if (!parsed.ok) return { outcome: 'rejected' };
    const { attachments } = readAttachments(utf8(attached), 0);
    const decision = this.registries.take({ event: parsed.event, attachments });
    return this.#result(
      OUTCOMES[decision.outcome],
      decision.outcome === 'escrow' ? [`tel-${decision.reason}`] : [],
      decision.outcome === 'accept' ? this.registries.tryAgain() : [],
    );
  }

  #feedKeyEvent(event: Uint8Array, attached: string): Recorded {
    const { outcome } = this.validator.deliver(Buffer.concat([event, utf8(attached)]));
    const aid = this.validator.accepted.at(-1)?.aid ?? '';
    return this.#result(
      outcome === 'accept' ? 'accepted' : 'rejected',
      [],
      this.registries.tryAgain(aid),
    );
  }

  #result(outcome: string, escrows: readonly string[], later: readonly string[]): Recorded {
    return {
      outcome,
      ...(escrows.length > 0 && { escrows }),
      ...(later.length > 0 && { accepted_by_escrow_processing: later }),
    };
  }

  get final(): unknown {
    return Object.fromEntries(
      [...this.registries.states()].map(({ registry, credentials }) => [
        registry.registry,
        {
          state: wireRegistry(registry),
          credentials: Object.fromEntries(
            credentials.map((state) => [state.credential, wireCredential(state)]),
          ),
        },
      ]),
    );
  }
}

/** Steps at which the outcome is another one than the recorded one: `docs/divergences.md` says why. */
const redelivered = new Map([
  ['tel-invalid 6', 'no-change'],
  ['tel-invalid 10', 'no-change'],
  ['tel-invalid 16', 'no-change'],
]);

const scenarios = scenariosOf('tel.json') as readonly (Scenario & {
  readonly final: { readonly tel: unknown };
})[];

describe.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
  '%s',
  (id, scenario) => {
    const stream = new Stream();
    const steps = scenario.steps.map((step) => ({
      step,
      result: stream.feed(stepBytes({ ...step, attachments: '' }), step.attachments),
    }));

    it.each(steps.map(({ step, result }) => [step.n, step, result] as const))(
      'comes at step %i to what was recorded',
      (n, step, result) => {
        const recorded = step.result as unknown as Recorded;
        const { outcome, escrows, accepted_by_escrow_processing: later } = recorded;
        const other = redelivered.get(`${id} ${n}`);
        expect(other).not.toBe(outcome);
        expect(result).toEqual({
          outcome: other ?? outcome,
          ...(escrows !== undefined && { escrows }),
          ...(later !== undefined && { accepted_by_escrow_processing: later }),
        });
      },
    );

    it('ends in the recorded registries and credentials, and nothing waits', () => {
      expect(stream.final).toEqual(scenario.final.tel);
      expect([...stream.registries.waiting]).toEqual([]);
    });
  },
);
