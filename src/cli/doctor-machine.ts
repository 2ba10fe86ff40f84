import { type DoctorFinding, failure, fine, warning } from '../audit/doctor-finding.ts';
import { GitkelError } from '../base/errors.ts';
import { gitVersionText, isAtLeast, versionIn } from '../git/git-version.ts';

const OLDEST_NODE = [20, 19] as const;
/** The first version of git that checks SSH signatures with an `allowed_signers` file. */
const OLDEST_GIT = [2, 34] as const;

/** The version of Node that runs this. `version` as `process.versions.node` tells it. */
export function nodeFinding(version: string): DoctorFinding {
  const found = versionIn(version);
  return found !== undefined && isAtLeast(found, OLDEST_NODE)
    ? fine('node', `Node ${version}`)
    : failure(
        'node',
        `Node ${version} is older than ${OLDEST_NODE.join('.')}`,
        'install a newer Node',
      );
}

/** What `git --version` printed. */
export function gitFinding(printed: string): DoctorFinding {
  const found = versionIn(printed);
  const shown = printed.trim();
  if (found === undefined)
    return warning('git', `git says ${shown}, which tells no version`, 'install stock git');
  return isAtLeast(found, OLDEST_GIT)
    ? fine('git', shown)
    : warning(
        'git',
        `${shown} is older than ${OLDEST_GIT.join('.')}: it checks no SSH signatures`,
        'install a newer git, if you read the log with git',
      );
}

/** Looks for stock git. The log itself is read and written without it. */
export async function findGit(): Promise<DoctorFinding> {
  try {
    return gitFinding(await gitVersionText());
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return warning(
      'git',
      error.message,
      'install git to clone URLs and to read the log with it; nothing else needs it',
    );
  }
}
