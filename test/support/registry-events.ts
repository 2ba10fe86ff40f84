/** Events of registries and credentials, made of their fields: bytes with size and SAID. */
import { utf8 } from '../../src/base/bytes.ts';
import { saidOf } from '../../src/cesr/said.ts';
import { nativeCrypto as crypto } from '../../src/index.ts';

const DUMMY = '#'.repeat(44);

export interface MadeMessage {
  readonly bytes: Uint8Array;
  readonly said: string;
}

/** A message of these fields after `v`; a field that is `undefined` gets the SAID. */
export function message(
  protocol: 'KERI' | 'ACDC',
  fields: Readonly<Record<string, unknown>>,
): MadeMessage {
  const textOf = (size: number, said: string): string =>
    JSON.stringify({
      v: `${protocol}10JSON${size.toString(16).padStart(6, '0')}_`,
      ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? said])),
    });
  const { length } = utf8(textOf(0, DUMMY));
  const blank = textOf(length, DUMMY);
  const spans = [...blank.matchAll(/#{44}/g)].map(({ index }) => ({ start: index, length: 44 }));
  const said = saidOf(crypto, utf8(blank), spans);
  return { bytes: utf8(textOf(length, said)), said };
}

const NONCE = '0AAUiJMii_rPXXCiLTEEaDT7';
const DATE = '2026-11-21T09:00:00.000000+00:00';

export const registryEvents = {
  setUp: (issuer: string, backers: readonly string[] = [], nonce = NONCE): MadeMessage =>
    message('KERI', {
      t: 'vcp',
      d: undefined,
      i: undefined,
      ii: issuer,
      s: '0',
      c: backers.length === 0 ? ['NB'] : [],
      bt: `${backers.length}`,
      b: backers,
      n: nonce,
    }),
  issue: (registry: string, credential: string, date = DATE): MadeMessage =>
    message('KERI', { t: 'iss', d: undefined, i: credential, s: '0', ri: registry, dt: date }),
  revoke: (registry: string, credential: string, prior: string): MadeMessage =>
    message('KERI', {
      t: 'rev',
      d: undefined,
      i: credential,
      s: '1',
      ri: registry,
      p: prior,
      dt: DATE,
    }),
  rotate: (
    registry: string,
    sn: number,
    prior: string,
    cuts: readonly string[],
    adds: readonly string[],
    threshold: number,
  ): MadeMessage =>
    message('KERI', {
      t: 'vrt',
      d: undefined,
      i: registry,
      p: prior,
      s: sn.toString(16),
      bt: threshold.toString(16),
      br: cuts,
      ba: adds,
    }),
  issueBacked: (registry: string, seal: MadeMessage, sn: number, credential: string): MadeMessage =>
    message('KERI', {
      t: 'bis',
      d: undefined,
      i: credential,
      ii: registry,
      s: '0',
      ra: { i: registry, s: `${sn}`, d: seal.said },
      dt: DATE,
    }),
  credential: (issuer: string, registry: string, role: string): MadeMessage =>
    message('ACDC', {
      d: undefined,
      i: issuer,
      ri: registry,
      s: 'EBfdlu8R27Fbx-ehrqwImnK-8Cm79sqbAQ4MmvEAYqao',
      a: { d: 'EBfdlu8R27Fbx-ehrqwImnK-8Cm79sqbAQ4MmvEAYqao', i: issuer, role },
    }),
} as const;
