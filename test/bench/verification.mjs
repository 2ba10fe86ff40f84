/**
 * Ways to verify a key event log from memory, event by event. Each is `{name, start}`: `start(events)` prepares what
 * may be kept between events and gives a function that verifies event number `n`, or throws.
 */
import { createPublicKey, verify } from 'node:crypto';
import { Counter, ready as signifyReady, Saider, Serder, Siger, Tholder } from 'signify-ts';
import { evaluate } from '../../dist/src/keri/evaluate.js';
import { parseSignedEvent } from '../../dist/src/keri/signatures.js';

/** gitkel: everything, with the key log that `evaluate` asks for kept as the log keeps it. */
export function gitkel(crypto) {
  const start = (events) => {
    const saids = [];
    let state;
    const log = {
      get state() {
        return state;
      },
      saidAt: (sn) => saids[sn],
    };
    return (n) => {
      const parsed = parseSignedEvent(crypto, events[n].wire);
      if (!parsed.ok) throw new Error(parsed.detail);
      const decision = evaluate(crypto, state === undefined ? undefined : log, parsed.signed);
      if (decision.outcome !== 'accept') throw new Error(`event ${n}: ${decision.outcome}`);
      ({ state } = decision);
      saids.push(parsed.signed.event.said);
    };
  };
  return { name: `gitkel (${crypto.name})`, start };
}

/** Nothing but `crypto.verify` of Node: message, key and signature are there as it takes them. */
export const bare = {
  name: 'bare crypto.verify',
  start: (events) => {
    const keys = new Map();
    const keyOf = (publicKey) => {
      const x = Buffer.from(publicKey).toString('base64url');
      const key =
        keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      keys.set(x, key);
      return key;
    };
    const prepared = events.map(({ message, signatures }) =>
      signatures.map(({ publicKey, raw }) => ({ message, key: keyOf(publicKey), raw })),
    );
    return (n) => {
      for (const { message, key, raw } of prepared[n])
        if (!verify(null, message, key, raw)) throw new Error(`event ${n}`);
    };
  },
};

const DUMMY = '#'.repeat(44);
const COUNTER_CHARACTERS = 4;
const SIGNATURE_CHARACTERS = 88;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The indexed signatures of one `-A` group. signify-ts reads each of its parts; it has nothing that takes it apart. */
function signaturesIn(attached) {
  const { code, count } = new Counter({ qb64: attached.slice(0, COUNTER_CHARACTERS) });
  if (code !== '-A') throw new Error('a group of controller signatures is expected');
  const sigers = [];
  for (let at = COUNTER_CHARACTERS; sigers.length < count; at += SIGNATURE_CHARACTERS)
    sigers.push(new Siger({ qb64: attached.slice(at, at + SIGNATURE_CHARACTERS) }));
  return sigers;
}

/** The keys and thresholds of an establishment event, which signify-ts verifies with until the next one. */
function establishmentOf(serder) {
  const { kt, nt } = serder.sad;
  return {
    verfers: serder.verfers,
    threshold: new Tholder({ sith: kt }),
    digers: serder.digers,
    nextThreshold: new Tholder({ sith: nt }),
  };
}

/** Which of the prior next digests the signatures reveal. */
function revealedBy(sigers, prior, verfers) {
  const revealed = [];
  for (const { index, ondex } of sigers) {
    const text = verfers[index].qb64b;
    if (ondex !== undefined && prior.digers[ondex].verify(text)) revealed.push(ondex);
  }
  return revealed;
}

/**
 * signify-ts: what it has parts for. Serder (parses and prints again), Saider (the SAID), Counter, Siger, Verfer (each
 * signature), Tholder, Diger (next keys). Joining them, and that the print is the text that came, is done here.
 */
export const signify = {
  name: 'signify-ts',
  ready: signifyReady,
  start: (events) => {
    let current;
    return (n) => {
      const { wire, message } = events[n];
      const text = decoder.decode(message);
      const sad = JSON.parse(text);
      const serder = new Serder(sad);
      if (serder.raw !== text) throw new Error(`event ${n}: another text`);
      const isInception = sad.t === 'icp';
      const digested = isInception ? { ...sad, i: DUMMY } : sad;
      const saider = new Saider({ qb64: sad.d });
      if (!saider.verify(digested, true, true, 'JSON', 'd')) throw new Error(`event ${n}: SAID`);
      const prior = current;
      if (isInception || sad.t === 'rot') current = establishmentOf(serder);
      const sigers = signaturesIn(decoder.decode(wire.subarray(message.length)));
      const { verfers, threshold } = current;
      for (const { raw, index } of sigers)
        if (!verfers[index].verify(raw, message)) throw new Error(`event ${n}: signature`);
      if (!threshold.satisfy(sigers.map(({ index }) => index)))
        throw new Error(`event ${n}: threshold`);
      if (sad.t === 'rot' && !prior.nextThreshold.satisfy(revealedBy(sigers, prior, verfers)))
        throw new Error(`event ${n}: prior next threshold`);
    };
  },
};
