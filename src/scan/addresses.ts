/**
 * Addresses that do not say whose they are, that take up what the agent knows, or that hold secrets.
 * @module
 */
import type { Spotted } from './finding.ts';
import { harmlessText } from './harmless-text.ts';
import type { ScanPart } from './scan-part.ts';
import type { ScanSeverity } from './severity.ts';
import { placesOf, spotted } from './spot.ts';

/** The user part, the host and the port of an address. */
const URL =
  /\b(?:https?|ftp|wss?):\/\/((?:[^\s/"'<>()`\\@]{1,200}@)?[^\s/"'<>()`\\@?#\]]{1,253})/gi;

const SHORTENERS: ReadonlySet<string> = new Set([
  'bit.ly',
  'buff.ly',
  'cutt.ly',
  'goo.gl',
  'is.gd',
  'ow.ly',
  'rb.gy',
  'rebrand.ly',
  's.id',
  'shorturl.at',
  't.co',
  't.ly',
  't.me',
  'tiny.cc',
  'tinyurl.com',
  'v.gd',
]);

/** Ports that servers of the web, of developers and of databases have. */
const ORDINARY_PORTS: ReadonlySet<number> = new Set([
  80, 443, 1234, 1313, 3000, 3001, 3306, 4000, 4173, 4200, 4317, 4318, 5000, 5001, 5173, 5432, 5601,
  6006, 6333, 6379, 6443, 7474, 7860, 8000, 8001, 8008, 8080, 8081, 8088, 8123, 8200, 8265, 8443,
  8500, 8501, 8787, 8888, 9000, 9001, 9090, 9092, 9093, 9200, 9300, 11434, 15672, 16686, 27017,
]);

type Octets = readonly [number, number, number, number];

/** The four numbers of an IPv4 address in any spelling that programs take: dotted, decimal, hexadecimal, octal. */
function octetsOf(host: string): Octets | undefined {
  const parts = host.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[0-9a-f]{1,8}|[0-9]{1,10})$/i.test(part)))
    return undefined;
  const numbers = parts.map((part) =>
    /^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part),
  );
  const last = numbers.pop() ?? 0;
  let value = last;
  for (const [index, number] of numbers.entries()) value += number * 256 ** (3 - index);
  if (numbers.some((number) => number > 255) || value >= 2 ** 32) return undefined;
  return [Math.floor(value / 2 ** 24), (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** What a bare address is: this machine, a private network, shared by carriers, or anybody's. */
function kindOfAddress([a, b]: Octets): 'own' | 'private' | 'shared' | 'public' {
  if (a === 127 || a === 0) return 'own';
  if (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254)
  )
    return 'private';
  return a === 100 && b >= 64 && b < 128 ? 'shared' : 'public';
}

type Doubt = readonly [detail: string, severity?: ScanSeverity];

function doubtOfAddress(host: string): Doubt | undefined {
  const octets = octetsOf(host);
  if (octets === undefined) return undefined;
  const isPlain = /^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$/.test(host);
  if (!isPlain)
    return [`${harmlessText(host)} spells the address ${octets.join('.')} in another way`];
  switch (kindOfAddress(octets)) {
    case 'own':
      return undefined;
    case 'private':
      return [`${host} is an address of some private network`, 'low'];
    case 'shared':
      return [`${host} is an address that carriers share`];
    case 'public':
      return [`${host} is a bare IP address`];
  }
}

function doubtOf(authority: string): Doubt | undefined {
  const user = authority.includes('@') ? authority.slice(0, authority.lastIndexOf('@')) : undefined;
  const rest = authority.slice(user === undefined ? 0 : user.length + 1).toLowerCase();
  const [, host = '', port] = /^(.*?)(?::([0-9]{1,5}))?$/.exec(rest) ?? [];
  if (user !== undefined && /^[\w-]+(?:\.[\w-]+)+$/.test(user))
    return [`${harmlessText(user)} is not the host: that is ${harmlessText(host)}`];
  const doubt = doubtOfAddress(host);
  if (doubt !== undefined) return doubt;
  if (host.split('.').some((label) => label.startsWith('xn--')))
    return [`the host ${harmlessText(host)} is in punycode`];
  if (SHORTENERS.has(host.replace(/^www\./, '')))
    return [`${host} shortens addresses: where it leads to is not seen`];
  const isNamed = /\.[a-z]{2,24}$/.test(host) && !/\.(?:local|localhost|internal|test)$/.test(host);
  if (isNamed && port !== undefined && !ORDINARY_PORTS.has(Number(port)))
    return [`${harmlessText(rest)} has the unusual port ${port}`, 'low'];
  return undefined;
}

/** EXF-06: addresses that do not say whose they are. */
export function* unnamedAddresses(part: ScanPart): Generator<Spotted> {
  if (!part.characters().includes('://')) return;
  for (const place of placesOf(part, URL)) {
    const doubt = doubtOf(place.group);
    if (doubt !== undefined) yield spotted('EXF-06', place, ...doubt);
  }
}

const TEMPLATE =
  /\{\{[^{}\n]{1,100}\}\}|\$\{[^{}\n]{1,100}\}|\{[a-z][a-z_]{2,40}\}|<[a-z][a-z_ -]{2,40}>|%7B/i;
/** An image of Markdown or HTML, or a link, with its address. */
const IMAGE =
  /!\[[^\]\n]{0,300}\]\([ \t]*<?(https?:\/\/[^\s)]{1,2000})|<img\b[^>\n]{0,300}?\bsrc[ \t]*=[ \t]*["']?(https?:\/\/[^\s"'>]{1,2000})/gi;
const LINK = /(?<!!)\[[^\]\n]{0,300}\]\([ \t]*<?(https?:\/\/[^\s)]{1,2000})/gi;
/** Data that a page or an interpreter runs; images are looked at where they are decoded. */
const DATA =
  /\bdata:(?:text\/html|text\/javascript|application\/(?:javascript|x-[a-z-]+|octet-stream)|image\/svg\+xml)[;,][^\s"')>]{0,100}/gi;
const SHOWN_TEXT = /\.(?:md|markdown|mdx|mdc|txt|rst|html?)$/i;

/** EXF-04: images and links that take up what the agent fills in, and content in addresses. */
export function* templateAddresses(part: ScanPart): Generator<Spotted> {
  if (!SHOWN_TEXT.test(part.name)) return;
  for (const [expression, what] of [
    [IMAGE, 'an image'],
    [LINK, 'a link'],
  ] as const) {
    for (const place of placesOf(part, expression)) {
      const query = /[?#].*$/.exec(place.found)?.[0] ?? '';
      const isTaken = TEMPLATE.test(query) || (what === 'an image' && TEMPLATE.test(place.found));
      if (isTaken)
        yield spotted(
          'EXF-04',
          place,
          `${what} with a placeholder in its address: ${harmlessText(place.found)}`,
        );
    }
  }
  for (const place of placesOf(part, DATA))
    yield spotted('EXF-04', place, `content in an address: ${harmlessText(place.found)}`);
}

const SECRET_NAME =
  '[A-Za-z0-9_]{0,40}(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PAT)[A-Za-z0-9_]{0,20}';
const IN_ADDRESS = new RegExp(
  `https?:\\/\\/(?:[A-Za-z0-9_.-]{1,64}:)?(?:\\$\\{?${SECRET_NAME}\\}?|\\{\\{?[ ]?${SECRET_NAME}[ ]?\\}\\}?|ghp_[A-Za-z0-9]{20,}|glpat-[\\w-]{16,})(?::[^\\s@/"']{0,64})?@[A-Za-z0-9.-]{1,253}`,
  'gi',
);
const IN_ARGUMENTS = new RegExp(
  `(?:[ \\t](?:--(?:password|passwd|token|api-?key|secret|access-?token)(?:=|[ \\t]+)|sshpass[ \\t]+-p[ \\t]*)["']?\\$\\{?${SECRET_NAME}\\b)`,
  'gi',
);
const IN_MEMORY =
  /\b(?:save|store|write|remember|keep|record|put|add|append)\b[^.\n]{0,60}\b(?:token|password|api[ _-]?key|secret|credential|passphrase)s?\b[^.\n]{0,60}\b(?:(?:to|in|into)\b[^.\n]{0,20}\b(?:memory|memory\.md|claude\.md|agents\.md|notes|context|conversation|chat)\b)/gi;

/** EXF-05: secrets in addresses, in arguments, and in what agents remember. */
export function* exposedSecrets(part: ScanPart): Generator<Spotted> {
  for (const place of placesOf(part, IN_ADDRESS))
    yield spotted('EXF-05', place, 'a secret in an address: it ends up in settings and logs');
  for (const place of placesOf(part, IN_ARGUMENTS))
    yield spotted('EXF-05', place, 'a secret among the arguments of a program', 'low');
  for (const place of placesOf(part, IN_MEMORY))
    yield spotted(
      'EXF-05',
      place,
      `secrets for an agent to remember: ${harmlessText(place.found)}`,
    );
}
