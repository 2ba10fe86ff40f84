/**
 * The flags of hooks that agent platforms run: for the command that runs one, and for the one that prints its settings.
 * @module
 */
import * as Flags from '@oclif/core/flags';
import { type Condition, CONDITIONS } from '../trust/condition.ts';
import { trustFlags } from './install-flags.ts';

const timeout = Flags.string({
  helpValue: 'DURATION',
  summary: 'Answer that it cannot be found out after so long; 8s unless told.',
});

const keeps = Flags.option({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a constant
  options: Object.keys(CONDITIONS) as readonly Condition[],
  multiple: true,
  multipleNonGreedy: true,
  summary: 'A condition of acceptance that the platform keeps for every skill by itself.',
})();

export const claudeCodeFlags = {
  ...trustFlags,
  skills: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'DIR',
    summary: 'One more folder of skills; below the project unless absolute.',
  }),
  allow: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NAME',
    summary: 'A command that is no skill of these folders and may run; * at the end for any.',
  }),
  'project-locks': Flags.boolean({
    summary: 'Let the lock in a folder of a project say who publishes its skills.',
  }),
  keeps,
  timeout,
};

export const installPolicyFlags = {
  ...trustFlags,
  skills: Flags.string({
    helpValue: 'DIR',
    summary: 'A folder of installed skills whose lock says who published them before.',
  }),
  'no-warn': Flags.boolean({
    summary: 'Block where it would warn: for hosts that know no warnings.',
  }),
  plugins: Flags.string({
    options: ['allow', 'block'],
    summary: 'What becomes of plugins, which are not judged here; block unless told.',
  }),
  keeps,
  timeout,
};
