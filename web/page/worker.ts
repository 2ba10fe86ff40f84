/**
 * Takes one log in and audits it, beside the page, which stays answering. It ends by being ended.
 * @module
 */
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { parseExpectedAid } from '../../src/audit/expectations.ts';
import type { Crypto } from '../../src/crypto/crypto.ts';
import type { SubtleVerification } from '../../src/crypto/web-verification.ts';
import { auditHeld, pageCrypto } from '../../src/page/audit-held.ts';
import { fetchedLog } from '../../src/page/fetch-log.ts';
import { type HeldLog, heldLog, tooLarge } from '../../src/page/held-log.ts';
import { type Asked, type Outcome, type Stage, type Told, type Trouble } from './messages.ts';

/** Put in by the build. */
declare const GITKEL_VERSION: string;

/** Milliseconds between two messages about progress. */
const INTERVAL = 100;

function tell(told: Told): void {
  postMessage(told);
}

/** Tells how far a stage is, now and then, and when it is over. */
function progressOf(stage: Stage): (done: number, total?: number) => void {
  let last = 0;
  return (done, total) => {
    const now = performance.now();
    if (now - last < INTERVAL && done !== total) return;
    last = now;
    tell({ kind: 'progress', stage, done, total });
  };
}

async function taken(crypto: Crypto, { source }: Asked): Promise<HeldLog> {
  const indexing = progressOf('index');
  if (source.kind === 'url') {
    tell({ kind: 'progress', stage: 'fetch', done: 0, total: undefined });
    return fetchedLog(crypto, source.url, progressOf('fetch'), indexing);
  }
  tell({ kind: 'progress', stage: 'read', done: 0, total: undefined });
  if (source.file.size > LIMITS.pageBytes) throw tooLarge();
  return heldLog(crypto, new Uint8Array(await source.file.arrayBuffer()), indexing);
}

/** The browser's own verification, where this page may use it: not over plain http. */
function subtleHere(): SubtleVerification | undefined {
  const { subtle }: { readonly subtle?: unknown } = crypto;
  return isVerification(subtle) ? subtle : undefined;
}

function isVerification(subtle: unknown): subtle is SubtleVerification {
  return (
    typeof subtle === 'object' && subtle !== null && 'importKey' in subtle && 'verify' in subtle
  );
}

async function audited(asked: Asked): Promise<Outcome> {
  const begun = performance.now();
  const expectedAids = asked.expectedAids.map(parseExpectedAid);
  const found = await pageCrypto(subtleHere(), asked.isNobleOnly);
  tell({ kind: 'ready', signatures: found.signatures });
  const held = await taken(found.crypto, asked);
  const verifyingBegun = performance.now();
  const onBatch = progressOf('verify');
  const terms = {
    source: asked.name,
    madeBy: `gitkel ${GITKEL_VERSION}, in a browser`,
    madeAt: Math.floor(Date.now() / 1000),
  };
  const { verdict, report } = await auditHeld(found.crypto, held, terms, {
    expectedAids,
    expectedLog: asked.expectedLog === '' ? undefined : asked.expectedLog,
    onBatch,
  });
  const ended = performance.now();
  return {
    verdict,
    report,
    signatures: found.signatures,
    verifying: ended - verifyingBegun,
    whole: ended - begun,
  };
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof GitkelError) {
    const { code, reason, message, hint } = error;
    return { code, reason, message, hint };
  }
  // The engine ran out of memory, or this page has a bug: neither is a verdict.
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'internal',
    reason: undefined,
    message: `The page failed: ${message}`,
    hint: 'Audit it with `gitkel audit`, and please report this.',
  };
}

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  audited(data).then(
    (outcome) => tell({ kind: 'done', outcome }),
    (error: unknown) => tell({ kind: 'failed', trouble: troubleOf(error) }),
  );
});
