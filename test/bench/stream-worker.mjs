/**
 * One measured run in a process of its own: `check FILE` reads a stream as `gitkel stream check` does; `bare FILE` gives
 * the same signatures to Node's thread pool, with messages, keys and signatures as it takes them. Prints JSON.
 */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { checkStreams } from '../../dist/src/cli/check-streams.js';
import { streamReport } from '../../dist/src/stream/stream-report.js';
import { decodePrimitive } from '../../dist/src/cesr/primitive.js';
import { nodeHost } from '../../dist/src/host/node.js';
import { StreamReader } from '../../dist/src/stream/reader.js';

const [mode, file] = process.argv.slice(2);
const MOST_OPEN = 512;

async function check() {
  const { accepted, isAccepted, stream } = await checkStreams(nodeHost(), [file]);
  if (!isAccepted) throw new Error('not every event was accepted');
  streamReport(stream);
  return accepted;
}

/** The signatures of a stream of one key event log, each with its message and its key. */
function signaturesOf(bytes) {
  const reader = new StreamReader();
  const items = [...reader.push(bytes), ...reader.end()];
  let keys = [];
  return items.flatMap(({ bytes: message, attachments }) => {
    const { k } = JSON.parse(new TextDecoder().decode(message));
    if (k !== undefined) {
      keys = k.map((text) => {
        const x = Buffer.from(decodePrimitive(text).raw).toString('base64url');
        return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      });
    }
    return attachments.controllerSignatures.map(({ index, raw }) => ({
      message,
      key: keys[index],
      raw,
    }));
  });
}

function bare(signatures) {
  return new Promise((resolve, reject) => {
    let next = 0;
    let done = 0;
    const start = () => {
      const { message, key, raw } = signatures[next++];
      verify(null, message, key, raw, (error, isValid) => {
        if (error !== null || !isValid) reject(error ?? new Error('a signature does not hold'));
        else if (++done === signatures.length) resolve();
        else if (next < signatures.length) start();
      });
    };
    for (let open = 0; open < MOST_OPEN && open < signatures.length; open++) start();
  });
}

let work = check;
if (mode === 'bare') {
  const signatures = signaturesOf(readFileSync(file));
  work = () => bare(signatures);
}
const before = process.cpuUsage();
const start = performance.now();
await work();
const seconds = (performance.now() - start) / 1e3;
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
