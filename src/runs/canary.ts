/**
 * Values that are put where secrets are, to see where they go.
 * @module
 */
import { toHex, utf8 } from '../base/bytes.ts';
import { encodeStandardBase64 } from '../base/standard-base64.ts';
import { hostIncludes } from '../skills/permission-host.ts';

/** A value that nobody else has. */
export interface Canary {
  /** `secret`: a declared secret; `variable`: a declared variable; `file`: a file that nobody declared. */
  readonly kind: 'secret' | 'variable' | 'file';
  /** The name of the secret or variable, or the path of the file inside. */
  readonly name: string;
  readonly value: string;
  /** Where the value of a secret may go. */
  readonly hosts: readonly string[];
}

/** A canary was seen where it should not be. */
export interface CanarySeen {
  readonly canary: Pick<Canary, 'kind' | 'name'>;
  readonly where: 'stdout' | 'stderr' | 'workspace' | 'request';
  /** The path in the workspace, or host and port of the request; empty for output. */
  readonly place: string;
  readonly form: 'plain' | 'base64' | 'hex';
}

interface Pattern {
  readonly canary: Canary;
  readonly form: CanarySeen['form'];
  readonly text: string;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 40;

/** A value of 40 letters and digits. @param random gives random bytes */
export function canaryValue(random: (length: number) => Uint8Array): string {
  return Array.from(random(LENGTH), (byte) => LETTERS[byte % LETTERS.length] ?? 'a').join('');
}

/** What base64 has of a value that begins at each of the three places: without the letters that its neighbours change. */
function base64Parts(value: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = encodeStandardBase64(utf8(' '.repeat(before) + value)).replace(/=+$/, '');
    return text.slice(before === 0 ? 0 : before + 1, -2);
  });
}

function patternsOf(canary: Canary): readonly Pattern[] {
  const { value } = canary;
  const hex = toHex(utf8(value));
  const forms: readonly (readonly [CanarySeen['form'], readonly string[]])[] = [
    ['plain', [value, value.toUpperCase()]],
    ['hex', [hex, hex.toUpperCase()]],
    ['base64', base64Parts(value)],
  ];
  return forms.flatMap(([form, texts]) => texts.map((text) => ({ canary, form, text })));
}

/** Where data was seen. */
export type SeenPlace = Pick<CanarySeen, 'where' | 'place'> & {
  /** The host of a request. */
  readonly host?: string | undefined;
};

/** Looks for canaries in what passes by. */
export interface CanaryWatch {
  /** Looks at the next bytes of something; what goes over the border between two parts is found, too. */
  readonly look: (place: SeenPlace, bytes: Uint8Array) => void;
  readonly seen: () => readonly CanarySeen[];
}

/** Begins to look for canaries. Texts are those of streams; encodings by other programs, or encryption, hide a value. */
export function watchCanaries(canaries: readonly Canary[]): CanaryWatch {
  const patterns = canaries.flatMap(patternsOf);
  const longest = Math.max(0, ...patterns.map(({ text }) => text.length));
  const tails = new Map<string, string>();
  const seen = new Map<string, CanarySeen>();
  return {
    look: ({ where, place, host }, bytes) => {
      const key = `${where} ${place}`;
      const text = (tails.get(key) ?? '') + Buffer.from(bytes).toString('latin1');
      tails.set(key, longest > 1 ? text.slice(1 - longest) : '');
      for (const { canary, form, text: pattern } of patterns) {
        if (!text.includes(pattern)) continue;
        const { kind, name, hosts } = canary;
        if (host !== undefined && hosts.some((rule) => hostIncludes(rule, host))) continue;
        const found: CanarySeen = { canary: { kind, name }, where, place, form };
        seen.set(JSON.stringify(found), found);
      }
    },
    seen: () => [...seen.values()],
  };
}
