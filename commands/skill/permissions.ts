import * as Flags from '@oclif/core/flags';
import { GitkelError } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { findingLines } from '../../src/cli/skill-lines.ts';
import { skillArgs, readSkill, skillFlags, type SkillPlace } from '../../src/cli/skill-source.ts';
import type { Host } from '../../src/host/host.ts';
import { grantsOf, grantText } from '../../src/skills/grants.ts';
import { comparePermissions, type PermissionChange } from '../../src/skills/permission-diff.ts';
import { diffLines, permissionLines } from '../../src/skills/permission-words.ts';
import type { Permissions } from '../../src/skills/permissions.ts';
import { riskOf, type Tier } from '../../src/skills/risk-tier.ts';
import { skillFiles } from '../../src/skills/skill-files.ts';
import {
  findPermissions,
  type FoundPermissions,
  type SkillFinding,
} from '../../src/skills/skill-report.ts';

interface ShownGrant {
  readonly axis: string;
  readonly text: string;
  readonly why?: string | undefined;
  readonly optional: boolean;
}

type Shown =
  | {
      readonly state: 'invalid';
      readonly reason: string;
      readonly findings: readonly SkillFinding[];
    }
  | { readonly state: 'undeclared' }
  | {
      readonly state: 'declared';
      readonly tier: Tier;
      readonly because: readonly string[];
      readonly grants: readonly ShownGrant[];
      readonly limits: Permissions['limits'];
      readonly systems: Permissions['systems'];
    }
  | {
      readonly state: 'same' | 'narrowed' | 'widened';
      readonly asksAgain: boolean;
      readonly changes: readonly PermissionChange[];
      readonly tier: Tier;
    };

function permissionsAt(host: Host, place: SkillPlace): FoundPermissions {
  const found = readSkill(host, place, (entries) => skillFiles(host.crypto, entries));
  if (found.outcome === 'files') return findPermissions(found.files);
  const findings = found.problems.map((problem) => ({ severity: 'error' as const, ...problem }));
  return { outcome: 'invalid', findings };
}

/** The manifest that somebody agreed to: none at all is nothing agreed to; a bad one is no manifest to compare with. */
function agreedTo(found: FoundPermissions): Permissions | undefined {
  switch (found.outcome) {
    case 'declared':
      return found.permissions;
    case 'undeclared':
      return undefined;
    case 'invalid':
      throw new GitkelError(
        'malformed',
        `Cannot compare with the earlier skill: ${found.findings[0]?.detail ?? ''}`,
        { reason: found.findings[0]?.reason ?? 'permissions' },
      );
  }
}

function shownGrants(permissions: Permissions): readonly ShownGrant[] {
  return grantsOf(permissions).map((grant) => ({
    axis: grant.subject.axis,
    text: grantText(grant),
    why: grant.why,
    optional: grant.optional,
  }));
}

export default class SkillPermissions extends BaseCommand {
  static override summary = 'Show what a skill asks for, or what changed since another version.';
  static override description =
    'Reads skill.permissions.json, whose schema is schemas/skill-permissions-1.json, and nothing that the skill says of itself elsewhere. The risk (T0 to T3) is computed. With --diff, whatever is allowed now and was not before is wider: people have to be asked again. gitkel does not enforce permissions by itself: they are what the publisher declares.';
  static override examples = [
    '<%= config.bin %> skill permissions skills/pdf',
    '<%= config.bin %> skill permissions --diff pdf-1.0.skill pdf-1.1.skill',
    '<%= config.bin %> skill permissions skills/pdf --diff skills/pdf --diff-commit v1.0 --json',
  ];
  static override args = skillArgs;
  static override flags = {
    ...skillFlags,
    diff: Flags.string({
      helpValue: 'OLD',
      summary: 'Compare with the skill at this directory or archive.',
    }),
    'diff-commit': Flags.string({
      helpValue: 'COMMIT',
      summary: 'As of this commit, for --diff.',
      dependsOn: ['diff'],
    }),
  };

  async run(): Promise<Shown> {
    const { args, flags } = await this.parse(SkillPermissions);
    const { host } = this.session(flags, 'reads');
    const found = permissionsAt(host, { source: args.source, commit: flags.commit });
    switch (found.outcome) {
      case 'invalid': {
        const { findings } = found;
        const reason = findings[0]?.reason ?? '';
        this.print(...findingLines(findings), `invalid: ${reason}`);
        process.exitCode = EXIT.refused;
        return { state: 'invalid', reason, findings };
      }
      case 'undeclared':
        this.print('undeclared: there is no skill.permissions.json, so that nothing is known');
        return { state: 'undeclared' };
      case 'declared': {
        const { permissions } = found;
        if (flags.diff === undefined) return this.#show(permissions);
        const old = permissionsAt(host, { source: flags.diff, commit: flags['diff-commit'] });
        return this.#compare(agreedTo(old), permissions);
      }
    }
  }

  #show(permissions: Permissions): Shown {
    this.print(...permissionLines(permissions), 'declared only: gitkel does not enforce this');
    const { limits, systems } = permissions;
    return {
      state: 'declared',
      ...riskOf(permissions),
      grants: shownGrants(permissions),
      limits,
      systems,
    };
  }

  #compare(before: Permissions | undefined, after: Permissions): Shown {
    const diff = comparePermissions(before, after);
    this.print(...diffLines(diff));
    const { asksAgain, changes } = diff;
    const state = asksAgain ? 'widened' : changes.length > 0 ? 'narrowed' : 'same';
    return { state, asksAgain, changes, tier: riskOf(after).tier };
  }
}
