import { LIMITS } from '../base/limits.ts';

/**
 * What a controller may let a device do in its name. Plain names; an unknown name is allowed in a link and grants
 * nothing that this version checks.
 */
export const CAPABILITIES: Readonly<Record<string, string>> = {
  'sign-statement':
    'seal statements in its own KEL that count for the controller, and take them back',
  'sign-commit': 'sign commits of code that count for the controller',
  release: "release and revoke versions of the controller's skills",
  audit: "seal audits in the controller's name, and take them back",
  vouch: "seal vouches for others in the controller's name, and take them back",
  import: "answer for skills of elsewhere in the controller's name, and take that back",
  'seal-runs': "seal what logs of runs say in the controller's name",
  exempt: "seal exemptions of skills in the controller's name, and take them back",
};

/** Lower-case words joined by hyphens, at most 64 characters. */
export function isCapability(text: string): boolean {
  return /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(text) && text.length <= LIMITS.nameCharacters;
}
