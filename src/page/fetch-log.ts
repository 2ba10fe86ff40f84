/**
 * A log from a server that speaks Git over HTTP (gitprotocol-http, gitprotocol-pack: version 0, nothing but a whole clone),
 * or that serves a bundle or a zipped clone as a file.
 * @module
 */
import { concat, fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { looksLikeBundle } from '../git/bundle.ts';
import type { OnObject } from '../git/index-pack.ts';
import { isObjectId } from '../git/object.ts';
import { flushPacket, packetAt, packetLine } from '../git/pkt-line.ts';
import { isRefName } from '../git/ref-name.ts';
import { fetchBounded, type OnBytes } from './fetch-bounded.ts';
import { type Fetched, heldLog, type HeldLog, repositoryOf } from './held-log.ts';

const SERVICE = 'git-upload-pack';
/** Channels of a side band: the pack, what is told meanwhile, and what went wrong. */
const BAND = { pack: 1, words: 2, trouble: 3 } as const;

function noGit(url: string, why: string): GitkelError {
  return malformed('no-git-server', `Cannot fetch from ${quoted(url, 512)}: ${why}`, {
    hint: 'Name the URL that `git clone` takes, or that of a bundle or a zip file.',
  });
}

/** The URL that is asked, without what pages must not send. */
function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new GitkelError(
      'usage',
      `Cannot fetch ${quoted(text, 512)}: it is no http or https URL`,
      {
        reason: 'remote-url',
        hint: 'It begins with https://.',
      },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new GitkelError('usage', 'Cannot fetch a URL with a name or a password in it', {
      reason: 'remote-url',
      hint: 'The page sends no passwords: name a URL that everybody may read.',
    });
  }
  url.hash = '';
  return url;
}

/** What a server says of itself before anything is asked for. */
interface Advertised {
  readonly refs: ReadonlyMap<string, string>;
  readonly head: string | undefined;
  readonly capabilities: readonly string[];
}

function advertised(url: string, bytes: Uint8Array): Advertised {
  const refs = new Map<string, string>();
  let [capabilities, headId]: [readonly string[], string | undefined] = [[], undefined];
  const first = packetAt(bytes, 0);
  const service = first?.kind === 'line' ? fromUtf8(first.bytes)?.trimEnd() : undefined;
  const flush = first === undefined ? undefined : packetAt(bytes, first.next);
  if (service !== `# service=${SERVICE}` || flush?.kind !== 'flush')
    throw noGit(url, 'what answers there is no Git server');
  for (let at = flush.next; ;) {
    const packet = packetAt(bytes, at);
    if (packet === undefined) throw noGit(url, 'its list of refs is damaged');
    if (packet.kind === 'flush') break;
    at = packet.next;
    const [line = '', told = ''] = (fromUtf8(packet.bytes) ?? '').trimEnd().split('\0');
    const [oid, name] = [line.slice(0, 40), line.slice(41)];
    if (told !== '') capabilities = told.split(' ').filter((word) => word !== '');
    if (!isObjectId(oid)) continue;
    if (name === 'HEAD') headId = oid;
    else if (isRefName(name) && refs.size < LIMITS.bundleRefs) refs.set(name, oid);
  }
  const symbolic = capabilities.find((word) => word.startsWith('symref=HEAD:'))?.slice(12);
  return { refs, head: symbolic ?? headId, capabilities };
}

/** The refs of a log that are asked for: branches, no staged batches. */
function wantedRefs(refs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...refs].filter(([name]) => name.startsWith('refs/heads/')));
}

function requestFor(ids: ReadonlySet<string>, capabilities: readonly string[]): Uint8Array {
  const asked = ['side-band-64k', 'ofs-delta', 'no-progress'].filter((word) =>
    capabilities.includes(word),
  );
  const wants = [...ids].map((oid, index) =>
    packetLine(`want ${oid}${index === 0 && asked.length > 0 ? ` ${asked.join(' ')}` : ''}\n`),
  );
  return concat(...wants, flushPacket(), packetLine('done\n'));
}

/** The pack in an answer: after `NAK`, in a side band or as it is. */
function packOf(url: string, answer: Uint8Array, hasBand: boolean): Uint8Array {
  const nak = packetAt(answer, 0);
  const word = nak?.kind === 'line' ? (fromUtf8(nak.bytes) ?? '').trimEnd() : '';
  if (word.startsWith('ERR ')) throw noGit(url, `the server says ${quoted(word.slice(4), 256)}`);
  if (nak?.kind !== 'line' || word !== 'NAK') throw noGit(url, 'its answer is damaged');
  if (!hasBand) return answer.subarray(nak.next);
  const parts: Uint8Array[] = [];
  for (let at = nak.next; ;) {
    const packet = packetAt(answer, at);
    if (packet === undefined) throw noGit(url, 'its answer is cut off');
    if (packet.kind === 'flush') return concat(...parts);
    at = packet.next;
    const [band] = packet.bytes;
    if (band === BAND.pack) parts.push(packet.bytes.subarray(1));
    else if (band === BAND.trouble)
      throw noGit(url, `the server says ${quoted(fromUtf8(packet.bytes.subarray(1)) ?? '', 256)}`);
  }
}

async function cloned(url: URL, onBytes: OnBytes): Promise<Fetched> {
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  const shown = base;
  const { refs, head, capabilities } = advertised(
    shown,
    await fetchBounded(`${base}/info/refs?service=${SERVICE}`, { method: 'GET' }),
  );
  const wanted = wantedRefs(refs);
  if (wanted.size === 0) throw noGit(shown, 'that repository has no branch');
  const answer = await fetchBounded(
    `${base}/${SERVICE}`,
    {
      method: 'POST',
      headers: { 'content-type': `application/x-${SERVICE}-request` },
      body: Uint8Array.from(requestFor(new Set(wanted.values()), capabilities)),
    },
    onBytes,
  );
  const pack = packOf(shown, answer, capabilities.includes('side-band-64k'));
  return { refs: wanted, head, pack };
}

/** Whether a URL names a file by its ending, and not a repository. */
function namesFile({ pathname }: URL): boolean {
  return /\.(?:bundle|zip)$/i.test(pathname);
}

/**
 * Fetches a log from a URL: of a repository, as `git clone` takes it, or of a file that ends in `.bundle` or `.zip`.
 * Nothing is sent that tells who asks.
 * @throws GitkelError `usage` (`remote-url`), `environment` (`cors`, `http-status`, `remote-silent`), `malformed`.
 */
export async function fetchedLog(
  crypto: Crypto,
  text: string,
  onBytes: OnBytes,
  onObject?: OnObject,
): Promise<HeldLog> {
  const url = checkedUrl(text);
  if (!namesFile(url)) return repositoryOf(crypto, await cloned(url, onBytes), onObject);
  const bytes = await fetchBounded(url.href, { method: 'GET' }, onBytes);
  if (!looksLikeBundle(bytes) && bytes[0] === 0x3c)
    throw noGit(url.href, 'what it sends is a web page');
  return heldLog(crypto, bytes, onObject);
}
