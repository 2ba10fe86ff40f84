import type { ReasonFamily } from './reason-family.ts';

/** Reasons about batches: staged, carried to others, signed, committed. */
export const REASONS_OF_BATCHES: readonly ReasonFamily[] = [
  {
    about: 'staging a batch',
    why: 'What nobody could ever complete, or what would undo what was signed, is refused before anybody is asked for a signature.',
    way: 'Look at what is staged already, and stage a batch of its own.',
    example: 'gitkel batch list',
    reasons: {
      'batch-signed': 'somebody has signed the batch, so that nothing can be added to it',
      'batch-size': 'the batch would have no event, or more than are allowed',
      'record-twice': 'the very same record is sealed by this event already',
      'record-signer': 'the record has to be signed by an identity that the log does not have',
      expires: 'the batch would be over before it began',
      'place-announced': {
        what: 'a co-signer has announced another batch for this place',
        way: 'Get that one and sign it, or propose yours all the same with --take-over.',
        example: 'gitkel batch pull',
      },
      'place-taken': {
        what: 'other events stand at the places of this batch',
        way: 'Make the change anew, on the log as it is now: batch restage keeps what can still stand.',
        example: 'gitkel batch restage EKq3',
      },
      'genesis-founder': {
        what: 'the log has no batch yet: the first one is the inception of its founder',
        way: 'Create the founding identity first.',
        example: 'gitkel identity create team --key alice',
      },
      'log-unborn': {
        what: 'the log has no batch yet',
        way: 'Create the founding identity first.',
        example: 'gitkel identity create team --key alice',
      },
    },
  },
  {
    about: 'signing a batch',
    why: 'A signature cannot be taken back: it is given only for what you were shown, with a key that is asked for, and once for each place.',
    way: 'See what the batch would do and who still has to sign.',
    example: 'gitkel batch show EKq3',
    reasons: {
      declined: 'you did not agree to it, so nothing was done',
      'other-batch': {
        what: 'the batch is not the one that --expect names',
        way: 'Compare the code with the proposer by voice, then give the id that you were told.',
        example:
          'gitkel batch sign batch.json --yes --expect EAZdsv32Trvt1QtgOQ-kfv258yy9pM6yC3ovaA6F2kfv',
      },
      'not-requested':
        'no key of this home is asked for in the batch: after a rotation only the keys that it establishes sign',
      'advised-against': {
        what: 'the batch was withdrawn, or is over',
        way: 'Ask the proposer. That is advice; --anyway overrides it.',
        example: 'gitkel batch sign EKq3 --anyway',
      },
      committed: {
        what: 'the log holds the batch already, with your signature',
        way: 'Nothing is left to do; clear away what is over.',
        example: 'gitkel batch prune',
      },
      'already-signed': {
        what: 'a key of this home has signed another event for this place: two of them are proof of duplicity, for ever',
        way: 'Finish the first one, or agree with all co-signers that it will never be completed; only then --supersede, which names both and asks.',
        example: 'gitkel batch history EKq3',
      },
      'already-receipted': {
        what: 'the witness has receipted another event, and only one of both may stand',
        way: 'Ask the controllers which one they mean. Two such events are proof of duplicity against them.',
        example: 'gitkel evidence list',
      },
      receipted:
        'witnesses have receipted an event of the batch, and receipt no other for that place',
      'not-ready': 'controllers have not signed enough yet for a witness to give a receipt',
      'batch-superseded':
        'an event of the batch was superseded since, so that a signature for it serves nobody',
    },
  },
  {
    about: 'committing a batch',
    why: 'All of a batch gets into the log, durably, in one step, or none of it.',
    way: 'The batch stays staged, with all its signatures. See what is in the way, then commit it again.',
    example: 'gitkel status',
    reasons: {
      'no-committer': {
        what: 'this home holds no current key of an identity that may commit it',
        way: 'Let somebody commit it who can: export it, or push it. In a closed log the founder adds writers: log policy add.',
        example: 'gitkel batch export EKq3 -o batch.json',
      },
      'committer-unknown': 'the committer is no identity of this log',
      'committer-key':
        'the committing key does not stand at that index of the identity, or has no weight',
      'committer-key-state': 'the commit names another key state than the committer has there',
      'committer-not-admitted': {
        what: 'the log is closed, and the committer is neither its founder nor a writer',
        way: 'Let the founder or a writer commit it, or have the founder add you.',
        example: 'gitkel log policy add ci',
      },
      'record-files': 'the batch has no files, or more than one batch may add',
      'log-busy': {
        what: 'others moved the log again and again meanwhile',
        way: 'Try again.',
        example: 'gitkel batch commit EKq3',
      },
      'ref-moved': {
        what: 'the log was moved by somebody else meanwhile',
        way: 'Try again.',
        example: 'gitkel batch commit EKq3',
      },
      'tree-size': 'a directory of the log would be larger than can be read again',
    },
  },
  {
    about: 'files that carry a batch',
    why: 'An export, a contribution or an announcement is taken in one form alone, and checked whole before anything of it is used.',
    way: 'Ask for the file again, and carry it as it is: do not open and save it in between.',
    example: 'gitkel batch export EKq3 -o batch.json',
    reasons: {
      'batch-format': 'the batch is written in a format of another version of gitkel',
      'batch-events': 'the batch has too few or too many events',
      'batch-records': 'the batch has records that its events cannot seal, or too many',
      'batch-reads': 'what the batch builds on is not told in its one form',
      'batch-ref': 'the ref of a staged batch does not hold it',
      'export-form': 'the export is not in its one form',
      'export-format': 'the export is written in a format of another version of gitkel',
      'kel-twice': 'the key event log of an identity stands twice in the export',
      'kel-unasked': 'the export has the key event log of an identity that the batch is not about',
      'contribution-empty': 'the contribution holds no signature',
      'contribution-form': 'the contribution is not in its one form',
      'contribution-format': 'the contribution is written in a format of another version of gitkel',
      'contribution-signature': 'a signature of the contribution is not of Ed25519',
      'withdrawal-format': 'the withdrawal is written in a format of another version of gitkel',
      'announcement-format': 'the announcement is written in a format of another version of gitkel',
      'wrong-key': 'a signature is by a key that does not stand at the index that it names',
      'wrong-witness': 'a receipt is by a witness that the event does not have',
      'signature-form': 'a signature is not in its form',
      'signature-twice': 'a signature stands there twice',
      'event-unknown': 'a signature is for an event that is not in the batch',
      'record-unknown': 'a signature is for a record that is not in the batch',
      'bad-signature': 'a signature does not hold: it was made for other bytes, or by another key',
      reason: 'the reason is longer than is kept',
    },
  },
  {
    about: 'staged batches on a server',
    why: 'A server takes refs of staged batches only where they add to a batch that its log still takes: nobody can fill it with others.',
    way: 'Bring your copy of the log up to date, and push only what is asked for.',
    example: 'gitkel batch push EKq3',
    reasons: {
      'batch-missing': 'the batch that is contributed to is not there',
      'batch-over': 'the log does not take this batch any more',
      'batch-open':
        'the refs of a staged batch are deleted only once its places in the log are filled',
      'batch-ref-moved': 'the refs of staged batches are created, never moved',
      'batch-refs-full': 'there are more of them than the server keeps',
      'signer-unknown': 'the batch does not ask for this key',
      'aid-unknown': 'the log does not have the identity that the announcement is about',
    },
  },
];
