import * as Flags from '@oclif/core/flags';
import { yesFlag } from './agreed.ts';

/** Flags that several commands share, each with one meaning everywhere. */
export const passphraseFlag = {
  'passphrase-file': Flags.string({
    helpValue: 'FILE',
    summary: 'File with the passphrase of your keys; else GITKEL_PASSPHRASE, else it is asked for.',
  }),
};

export const stagingFlags = {
  ...passphraseFlag,
  stage: Flags.boolean({ summary: 'Only stage: sign and commit nothing.' }),
  batch: Flags.string({
    helpValue: 'ID',
    summary: 'Build on this staged batch, which nobody has signed.',
  }),
  expires: Flags.string({
    helpValue: 'TIME',
    summary: 'Honest tools no longer sign it after this time, e.g. 2026-12-01T00:00:00Z.',
  }),
  supersede: Flags.boolean({
    summary:
      'Sign although a key of yours signed another event for this place: proof of duplicity once both are seen. It says which, and asks.',
  }),
  ...yesFlag,
  'take-over': Flags.boolean({
    summary: 'Propose it although a co-signer announced another batch for this place.',
  }),
};

export const newKeyFlags = {
  ...passphraseFlag,
  'next-out': Flags.string({
    helpValue: 'DIR',
    summary: 'Put the next key here instead of into the home: another medium, another machine.',
  }),
  'no-passphrase': Flags.boolean({ summary: 'Keep the new keys unencrypted.' }),
};

export const maxAgeFlag = {
  'max-age': Flags.string({
    helpValue: '24h',
    summary: 'Say no when the upstream of the log was last asked longer ago, or nobody knows when.',
  }),
};
