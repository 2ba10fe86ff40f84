/**
 * A small signing command as somebody might write it: it holds one Ed25519 key, in a file of its seed in hexadecimal,
 * and answers one request (`gitkel-sign/1`). The second argument says how it is to fail, if it is.
 */
import { spawn } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [seedFile = '', fate = 'well'] = process.argv.slice(2);

const PKCS8 = '302e020100300506032b657004220420';

function privateKey(seed) {
  const der = Buffer.concat([Buffer.from(PKCS8, 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** CESR text of 32 bytes under a code of one character: the code stands for the lead byte of zeros. */
function publicKeyText(key) {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const bytes = Buffer.concat([Buffer.alloc(1), Buffer.from(x, 'base64url')]);
  return `D${bytes.toString('base64url').slice(1)}`;
}

function signatureText(bytes) {
  return `0B${Buffer.concat([Buffer.alloc(2), bytes])
    .toString('base64url')
    .slice(2)}`;
}

function answer(request, key) {
  if (request.format !== 'gitkel-sign/1') throw new Error(`format ${request.format}`);
  if (request.operation === 'public-key') return { publicKey: publicKeyText(key) };
  if (request.operation !== 'sign') throw new Error(`operation ${request.operation}`);
  if (request.publicKey !== publicKeyText(key))
    throw new Error(`another key: ${request.publicKey}`);
  const message = Buffer.from(request.message, 'base64');
  const signature = sign(null, fate === 'lies' ? Buffer.concat([message, message]) : message, key);
  if (fate === 'short') return { signature: signature.subarray(1).toString('base64') };
  if (fate === 'talks') return { signature: signature.toString('base64'), note: 'hello' };
  if (fate === 'cesr') return { signature: signatureText(signature) };
  if (fate === 'tells') process.stderr.write(`signing: ${request.purpose}\n`);
  return { signature: signature.toString('base64') };
}

const FATES = {
  /** Neither answers nor ends. */
  hangs: () => setInterval(() => {}, 1000),
  /** The same, while a program that it started holds its output open. */
  forks: () => {
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], {
      stdio: ['ignore', 'inherit', 'ignore'],
    });
    setInterval(() => {}, 1000);
  },
  dies: () => process.kill(process.pid, 'SIGKILL'),
  fails: () => {
    process.exitCode = 3;
  },
  'says-nothing': () => {},
  raves: () => process.stdout.write('not {"signature"\u001b[2J'),
  floods: () => {
    const flood = () => {
      while (process.stdout.write('x'.repeat(65_536)));
      process.stdout.once('drain', flood);
    };
    flood();
  },
};

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const fatal = FATES[fate];
if (fatal !== undefined) fatal();
else if (fate === 'wants-no-passphrase' && process.env.GITKEL_PASSPHRASE !== undefined)
  process.exitCode = 9;
else {
  const key = privateKey(Buffer.from(readFileSync(seedFile, 'utf8').trim(), 'hex'));
  process.stdout.write(
    `${JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString()), key), null, 2)}\n`,
  );
}
