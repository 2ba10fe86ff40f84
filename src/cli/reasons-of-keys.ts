import type { ReasonFamily } from './reason-family.ts';

/** Reasons about a home: keys and who holds them, cards, what was signed and seen, names and pins. */
export const REASONS_OF_KEYS: readonly ReasonFamily[] = [
  {
    about: 'keys of this home',
    why: 'A key is used only where it is certain which one it is and who may have it.',
    way: 'See which keys this home has, and where each of them is.',
    example: 'gitkel key list',
    reasons: {
      key: 'this home has no key of that name',
      'key-elsewhere': {
        what: 'the file of the key was put into another directory, which is not there now',
        way: 'Make that directory available (is the medium mounted?), or restore the key from a backup.',
        example: 'gitkel key restore alice.backup',
      },
      'key-changed': {
        what: 'the key files changed while their passphrase was',
        way: 'Nothing was replaced: try again.',
        example: 'gitkel key passphrase alice',
      },
      'key-file': 'what signs with the key cannot be set: it is in a key file',
      'key-mismatch': 'a secret belongs to another key than the one that it is kept for',
      'name-taken': 'the name stands for another key or identity in this home',
      'witness-key': {
        what: 'the key is that of a witness, which never rotates and controls nothing',
        way: 'Make another key.',
        example: 'gitkel key new alice',
      },
      'public-key': 'the public key is weak, or no key of Ed25519',
      passphrase: {
        what: 'no passphrase was given, or it opens none of the keys',
        way: 'Give it at the terminal, in a file, or in GITKEL_PASSPHRASE.',
        example: 'gitkel batch sign batch.json --passphrase-file pass.txt',
      },
      seed: 'a secret is no seed of Ed25519',
      digest: 'a digest is not in its one form',
    },
  },
  {
    about: 'the key after the next one',
    why: 'A rotation reveals the key that was promised and promises the one after it; another order would lock the identity.',
    way: 'Make the rotation card of the key that follows, once, and wait until the rotation is in a verified log.',
    example: 'gitkel key next alice',
    reasons: {
      'card-made': 'a rotation card of this key was made before, and promises another key',
      'next-elsewhere': {
        what: 'the next key is not in a key file of this home',
        way: 'Say which key follows it, and what signs with it.',
        example: 'gitkel key next alice --next-card alice-next.card',
      },
      'next-in-use': 'a key that has signed before cannot be promised as the next one',
      'next-unknown': {
        what: 'it is not known what signs with the next key',
        way: 'Say so with --ssh-agent or --command.',
        example: 'gitkel key next alice --command "token-sign alice"',
      },
      'no-next-key': {
        what: 'nothing is said about the key after the next one',
        way: 'Name it with --next-card, --next-ssh-agent, --next-public-key or --next-digest.',
        example: 'gitkel key next alice --next-card alice-next.card',
      },
      'not-committed': 'the key is not the one that was promised: only that one can follow',
      card: {
        what: 'the card is not in the form of a card, or of another version',
        way: 'Ask for it again: key show prints the card of a key, key next the card of a rotation.',
        example: 'gitkel key show alice',
      },
    },
  },
  {
    about: 'backups of keys',
    why: 'A backup is read whole or not at all, and never written over anything: half of one would be found out when it is too late.',
    way: 'Take another copy of the backup, or name another file.',
    example: 'gitkel key backup alice -o alice.backup',
    reasons: {
      age: 'the encrypted text cannot be opened or is damaged',
      format: 'the file is in a format of another version of gitkel',
      lineage: 'keys that follow each other do not fit together',
      'no-key-files': 'no key is in a file: keys in other programs are backed up with these',
      'other-keys': {
        what: 'the name stands for other keys in this home',
        way: 'Restore them under another name.',
        example: 'gitkel key restore alice.backup --as alice-old',
      },
      eexist: 'a file is there already, and it is not written over',
      order: 'entries are not sorted, or too many',
    },
  },
  {
    about: 'keys in an ssh-agent, or behind a command',
    why: 'What signs for you is another program: it has to be there, to know the key, and to answer with a signature that verifies.',
    way: 'See what the agent has with `ssh-add -l`, unlock or restart it, and try again.',
    example: 'gitkel key add alice --ssh-agent SHA256:nh1+pclooUeb/lnqSABIZ34nOybimMCNyDWKDsNYRfM',
    reasons: {
      'agent-answer': 'the ssh-agent answered something that is no answer',
      'agent-gone': 'the ssh-agent cannot be reached: SSH_AUTH_SOCK has to name its socket',
      'agent-key': 'the ssh-agent does not show that key',
      'agent-refused': 'the ssh-agent refused; is it locked?',
      'agent-slow':
        'the ssh-agent did not answer in time; does it wait for you to confirm, or to touch a token?',
      fingerprint: 'the fingerprint is not as `ssh-add -l` prints it',
      'key-kind': 'the key is not one of Ed25519',
      command: {
        what: 'the signing command could not be used',
        way: 'Run it by hand: it gets the bytes on standard input and prints the signature.',
        example: 'gitkel key add alice --command "token-sign alice"',
      },
      'command-answer': {
        what: 'what the signing command printed is no signature by that key',
        way: 'Run it by hand: it gets the bytes on standard input and prints the signature.',
        example: 'gitkel key add alice --command "token-sign alice"',
      },
    },
  },
  {
    about: 'what this home remembers',
    why: 'What was signed, receipted and seen protects from signing twice and from a log that goes back. Where it cannot be trusted, nothing goes on as if it could.',
    way: 'See what is wrong and what mends it.',
    example: 'gitkel doctor',
    reasons: {
      'home-locked': 'another gitkel works in this home, or one has ended without unlocking it',
      'home-permissions': {
        what: 'others on this machine can read or change the home',
        way: 'Let doctor take these permissions away.',
        example: 'gitkel doctor --fix',
      },
      'signed-memory':
        'the memory of what was signed is damaged: without it a second event could be signed for a place',
      'receipt-memory': 'the memory of what was receipted is damaged',
      'memory-mac':
        'what was verified before was not written by this machine, so that it counts for nothing',
      'page-damaged': 'a page of what is remembered was changed',
      'journal-damaged': 'the last line of the journal is damaged',
      asked: 'what is remembered of when a remote was asked does not fit together',
      mailbox: 'what is remembered of the refs of a remote does not fit together',
      seen: 'what is remembered of an identity does not fit together',
      pin: 'a pin does not fit together',
      escrow: 'what waits to be imported is of another log',
      truncated: 'the file ends before its last line does, or is cut off',
    },
  },
  {
    about: 'names, pins, and what was seen before',
    why: 'What this home has seen or you have pinned outweighs what a copy says: a copy that contradicts it is an old one, or a forged one.',
    way: 'Compare both copies, and ask the controllers over another channel before you pin anything anew.',
    example: 'gitkel compare team-log other-log',
    reasons: {
      name: {
        what: 'no identity is called so in this home, or the name stands for another one',
        way: 'See which names there are.',
        example: 'gitkel name list',
      },
      aid: {
        what: 'what is given is no identifier of an identity',
        way: 'Give the 44 characters of its AID, or a name of this home.',
        example: 'gitkel identity list',
      },
      'aid-behind': 'the identity is at an earlier event here than this home has seen',
      'aid-conflict':
        'this home has seen another event of the identity at that place: one of both was forged, or two were signed',
      'pinned-elsewhere': 'another log is pinned for this address',
      'too-many-pins': 'more logs are pinned than are kept',
      'expected-aid': 'the identity that was expected is not in this log',
      'expected-event': 'another event stands where one was expected',
      'expected-log': 'the log is not the one that was expected',
    },
  },
];
