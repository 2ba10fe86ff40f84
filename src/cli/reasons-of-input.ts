import type { ReasonFamily } from './reason-family.ts';

/** Reasons about what is given to a command, and about the machine that it runs on. */
export const REASONS_OF_INPUT: readonly ReasonFamily[] = [
  {
    about: 'the form of files that are read',
    why: 'Files are read exactly, within bounds: what two programs could read in two ways is refused.',
    way: 'Get the file again as it was written; the message names the place.',
    example: 'gitkel batch sign batch.json',
    reasons: {
      field: 'a field is missing, is not known, or has another value than is expected',
      'json-depth': 'JSON is nested too deeply',
      'json-duplicate': 'a name stands twice in an object of JSON',
      'json-unicode': 'JSON holds what is no Unicode text',
      'not-canonical': 'it is not canonical JSON (RFC 8785): it was edited or formatted anew',
      'not-json': 'it is not JSON',
      'not-utf8': 'it is not UTF-8 text',
      'not-a-file': 'it is a directory',
      'too-large': 'it is larger than is read',
    },
  },
  {
    about: 'values of flags',
    why: 'A value is taken in one form, so that a typing error never means something else.',
    way: 'Write it in the form that the message names; --help of the command shows examples.',
    example: 'gitkel identity create --help',
    reasons: {
      day: 'a day is written as 2026-11-21',
      duration: 'a duration is written as 24h, 90d or 12w',
      time: 'a time is written as 2026-12-01T00:00:00Z',
      'witness-controller':
        'a witness is one of those that control the identity: it has to be somebody else',
      'reason-unknown': {
        what: 'there is no such reason',
        way: 'List all of them.',
        example: 'gitkel explain',
      },
      unattended: {
        what: 'the step asks for consent, and there is no terminal to ask on',
        way: 'In scripts, give --yes.',
        example: 'gitkel device revoke team --device ci --yes',
      },
    },
  },
  {
    about: 'the machine',
    why: 'The operating system refused something. What was reported committed before is safe; nothing was half done.',
    way: 'Mend what the message names (space, permissions, a device that is gone), and run the command again.',
    example: 'gitkel doctor',
    reasons: {
      interrupted: 'it was stopped before the end: nothing is concluded',
      eacces: 'the file or directory may not be reached',
      ebusy: 'the file is in use',
      edquot: 'the quota of disk space is used up',
      efbig: 'the file would be larger than the system allows',
      einval: 'the system does not do that with this file',
      eio: 'the disk could not read or write',
      eisdir: 'a directory is where a file is expected',
      eloop: 'symbolic links lead in a circle',
      emfile: 'too many files are open',
      enametoolong: 'a name is longer than the system allows',
      enfile: 'too many files are open on this machine',
      enoent: 'the file or directory is not there',
      enospc: 'the disk is full',
      enotdir: 'a part of the path is no directory',
      enotempty: 'the directory is not empty',
      eperm: 'the system does not allow it',
      erofs: 'the file system can only be read',
      etxtbsy: 'the program is running',
      exdev: 'it lies on another file system',
    },
  },
];
