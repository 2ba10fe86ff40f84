/**
 * Keys and tokens by the forms that their issuers give them, and assignments of what looks like one.
 * @module
 */
import type { Spotted } from './finding.ts';
import type { ScanPart } from './scan-part.ts';
import type { ScanSeverity } from './severity.ts';
import { entropyOf, placesOf, spotted } from './spot.ts';

interface SecretForm {
  readonly what: string;
  /** Text that stands in every one: where it is missing nothing is searched for. */
  readonly mark: string;
  readonly form: RegExp;
  /** Bits for each character of what is secret in it, at least. */
  readonly entropy: number;
  readonly severity?: ScanSeverity;
}

const FORMS: readonly SecretForm[] = [
  { what: 'an access key of AWS', mark: 'A', form: /\b(?:AKIA|ASIA)([A-Z0-9]{16})\b/g, entropy: 3 },
  {
    what: 'a token of GitHub',
    mark: 'gh',
    form: /\bgh[oprsu]_([A-Za-z0-9]{36,251})\b/g,
    entropy: 3.5,
  },
  {
    what: 'a token of GitHub',
    mark: 'github_pat_',
    form: /\bgithub_pat_([A-Za-z0-9_]{60,251})\b/g,
    entropy: 3.5,
  },
  { what: 'a token of GitLab', mark: 'glpat-', form: /\bglpat-([\w-]{20,64})/g, entropy: 3.2 },
  {
    what: 'a token of Slack',
    mark: 'xox',
    form: /\bxox[abeoprs]-([A-Za-z0-9-]{20,251})/g,
    entropy: 3,
  },
  { what: 'a key of Anthropic', mark: 'sk-ant-', form: /\bsk-ant-([\w-]{32,251})/g, entropy: 3.5 },
  {
    what: 'a key of OpenAI',
    mark: 'sk-',
    form: /\bsk-(?:proj-|svcacct-)?([A-Za-z0-9_-]{32,251})/g,
    entropy: 3.8,
  },
  { what: 'a key of Google', mark: 'AIza', form: /\bAIza([\w-]{35})/g, entropy: 3.5 },
  {
    what: 'a key of Stripe',
    mark: '_live_',
    form: /\b[sr]k_live_([A-Za-z0-9]{20,251})\b/g,
    entropy: 3.2,
  },
  { what: 'a token of npm', mark: 'npm_', form: /\bnpm_([A-Za-z0-9]{36})\b/g, entropy: 3.5 },
  { what: 'a token of PyPI', mark: 'pypi-', form: /\bpypi-AgEI([\w-]{40,251})/g, entropy: 3.5 },
  { what: 'a token of Hugging Face', mark: 'hf_', form: /\bhf_([A-Za-z0-9]{34})\b/g, entropy: 3.5 },
  {
    what: 'a key of SendGrid',
    mark: 'SG.',
    form: /\bSG\.([\w-]{20,24}\.[\w-]{39,50})/g,
    entropy: 3.5,
  },
  {
    what: 'a token of DigitalOcean',
    mark: 'do',
    form: /\bdo[opr]_v1_([a-f0-9]{64})\b/g,
    entropy: 3,
  },
  {
    what: 'a key of age',
    mark: 'AGE-SECRET-KEY-1',
    form: /\bAGE-SECRET-KEY-1([A-Z0-9]{58})\b/g,
    entropy: 3.5,
  },
  {
    what: 'a private key',
    mark: 'PRIVATE KEY',
    form: /-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n){1,4}(?:[A-Za-z-]{1,40}: [^\n]{0,200}\n){0,4}\s{0,4}([A-Za-z0-9+/=]{40,})/g,
    entropy: 3.2,
  },
  {
    what: 'a signed token (JWT)',
    mark: 'eyJ',
    form: /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.([\w-]{40,1000})/g,
    entropy: 4,
    severity: 'medium',
  },
];

/** Words, and rows of characters, that stand for a secret and are none. */
const PLACEHOLDER =
  /your|example|placeholder|change_?me|dummy|redacted|sample|insert|replace|\bmy[_-]|fake|\bnot[_-]a|xxxx|\*{4}|\.{3}|(.)\1{5}|0123456|1234567|abcdef|<|\{\{|\$\{|\$\(|\bnull\b|\bnone\b|process\.env|os\.environ|getenv/i;

/** A name of a secret, and a quoted text that is given to it. */
const ASSIGNED =
  /\b([A-Za-z0-9_]{0,40}(?:api_?key|secret(?:_?key)?|access_?key|auth_?token|access_?token|client_?secret|passw(?:or)?d|private_?key))["']?[ \t]{0,8}(?::|=|:=|=>)[ \t]{0,8}["']([^"'\s]{16,200})["']/gi;
const ASSIGNED_ENTROPY = 3.7;
/** What stands in every such name: it is found faster than the whole. */
const NAMED = /key|secret|token|passw/i;

/** The beginning of a secret, enough to find it again. */
function beginningOf(secret: string): string {
  return `${secret.slice(0, 7).replaceAll(/[^\u0021-\u007e]/g, '?')}...`;
}

/** SEC-01: secrets in the files. What is found is not shown. */
export function* knownSecrets(part: ScanPart): Generator<Spotted> {
  const characters = part.characters();
  const told = new Set<number>();
  for (const { what, mark, form, entropy, severity } of FORMS) {
    if (!characters.includes(mark)) continue;
    for (const place of placesOf(part, form)) {
      if (PLACEHOLDER.test(place.group) || entropyOf(place.group) < entropy) continue;
      if (told.has(place.index)) continue;
      told.add(place.index);
      yield spotted('SEC-01', place, `${what}: ${beginningOf(place.found)}`, severity);
    }
  }
  if (!NAMED.test(characters)) return;
  for (const { index, 0: found, 1: name = '', 2: value = '' } of characters.matchAll(ASSIGNED)) {
    if (
      PLACEHOLDER.test(value) ||
      entropyOf(value) < ASSIGNED_ENTROPY ||
      /^[a-z_.-]+$/i.test(value)
    )
      continue;
    yield spotted(
      'SEC-01',
      { index, length: found.length },
      `a value is given to ${name}`,
      'medium',
    );
  }
}
