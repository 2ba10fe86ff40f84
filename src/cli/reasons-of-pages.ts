import type { ReasonFamily } from './reason-family.ts';

/** Reasons for which the page that audits in a browser takes nothing. */
export const REASONS_OF_PAGES: readonly ReasonFamily[] = [
  {
    about: 'files that are given to the page',
    why: 'The page audits a bundle of a log, or a zipped clone of one. It reads nothing else, and nothing that was cut off.',
    way: 'Make a bundle in a clone of the log (git bundle create log.bundle --all) and drop it on the page, or let gitkel serve the clone.',
    example: 'gitkel web team-log',
    reasons: {
      empty: 'the file, or the log of a run, is empty',
      'pack-alone': 'a pack alone does not tell which commit is the last one',
      'unknown-form': 'the file is neither a bundle nor a zip file',
      'pack-damaged': 'a pack was cut off, or changed on the way',
      'pack-incomplete': 'objects in a pack build on others that are not in it',
    },
  },
  {
    about: 'addresses that are given to the page',
    why: 'A browser lets a page read only what the server at an address allows it to, and the page stops a server that sends nothing.',
    way: 'Clone the log yourself, and let gitkel serve the clone.',
    example: 'gitkel web team-log',
    reasons: {
      cors: 'nobody answers there, or the server does not let pages of others read it',
      'http-status': 'the server answered that it cannot or will not send it',
      'remote-silent': 'the server stopped sending',
      'no-git-server': 'what answers there is neither a Git server nor a bundle or zip file',
    },
  },
];
