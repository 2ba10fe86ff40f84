/**
 * What OpenClaw is answered when it asks whether something may be installed: the verdict that `gitkel skill install` would
 * come to on the staged copy. Whatever cannot be found out is no permission.
 * @module
 */
import { resolve } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { installPolicy, termsOf } from '../cli/install-terms.ts';
import { Session } from '../cli/session.ts';
import { type DecidingLog, withDecidingLog } from '../cli/skill-log.ts';
import { readFileBounded, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { Objection } from '../install/install-verdict.ts';
import { type Judged, judgeInstall } from '../install/judge-install.ts';
import { readLock } from '../install/skills-folder.ts';
import { entryOf, type InstalledSkill } from '../install/skills-lock.ts';
import { archiveEntries } from '../skills/archive-entries.ts';
import { directoryEntries } from '../skills/directory-entries.ts';
import { digestSkill, type SkillDigest } from '../skills/skill-digest.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { reportOn } from '../skills/skill-report.ts';
import { releaseWords, type SkillVerdict, unusableVerdict } from '../skills/skill-verdict.ts';
import { CONDITIONS } from '../trust/condition.ts';
import type { HookEnd, ThreadTask } from './in-time.ts';
import { type InstallPolicyOptions, installPolicyOptions } from './hook-options.ts';
import {
  blocked,
  ended,
  type PolicyAnswer,
  type PolicyFinding,
  troubleAnswer,
} from './openclaw-answer.ts';
import { type InstallRequest, parseInstallRequest, speaksProtocol } from './openclaw-request.ts';

type Digested = Extract<SkillDigest, { outcome: 'digested' }>;

/** @throws GitkelError `malformed`, `not-found`, `environment`; `malformed`, reason `symlink`, for links. */
function entriesAt(host: Host, { path, kind }: InstallRequest): Iterable<SkillEntry> {
  if (kind === 'directory') {
    if (statOf(host, path)?.isDirectory() === true) return directoryEntries(host, path);
    throw new GitkelError('not-found', `Cannot read ${quoted(path, 200)}: it is no directory`);
  }
  const bytes = readFileBounded(host, path, LIMITS.skillArchiveBytes, { links: 'refuse' });
  if (bytes !== undefined) return archiveEntries(bytes);
  throw new GitkelError('not-found', `Cannot read ${quoted(path, 200)}: it is not there`);
}

/** What a person may decide by looking at it is a warning; all else that speaks against a skill blocks. */
function objected(
  { state, reason, detail, hint, verdict }: Objection,
  evidence: string,
): PolicyAnswer {
  const isOpen = verdict?.decision === 'needs-review';
  const severity = isOpen ? 'warn' : 'critical';
  const others = (verdict?.reasons ?? []).filter((one) => one.detail !== detail);
  return {
    decision: isOpen ? 'warn' : 'block',
    reason: `${state}: ${reason}: ${detail}. ${hint}`,
    findings: [
      { ruleId: reason, severity, message: detail, evidence },
      ...others.map((one) => ({ ruleId: one.reason, severity, message: one.detail }) as const),
    ],
  };
}

/** What the host would have to see to, and does not by itself. */
export function conditionFindings(
  { conditions }: Pick<SkillVerdict, 'conditions'>,
  { keeps }: Pick<InstallPolicyOptions, 'keeps'>,
): readonly PolicyFinding[] {
  return conditions
    .filter((condition) => !keeps.includes(condition))
    .map((condition) => ({ ruleId: condition, severity: 'warn', message: CONDITIONS[condition] }));
}

function refusedFiles(digest: Extract<SkillDigest, { outcome: 'refused' }>): PolicyAnswer {
  const { state, reason = 'no-skill', detail, hint } = unusableVerdict(digest.problems);
  const findings = digest.problems.map(
    ({ reason: ruleId, path, detail: message }): PolicyFinding => ({
      ruleId,
      severity: 'critical',
      message,
      evidence: path,
    }),
  );
  return blocked(`${state}: ${reason}: ${detail}. ${hint}`, findings);
}

/** What lies in the staged copy and in no digest: the host would install it with the rest. */
function uncovered({ notes }: Digested): PolicyAnswer | undefined {
  const note = notes.find(({ reason }) => reason === 'excluded-git');
  if (note === undefined) return undefined;
  return blocked(
    `error: not-covered: ${quoted(note.path, 200)} is of Git itself and in no release. Install from an archive, or without it.`,
    [
      {
        ruleId: 'not-covered',
        severity: 'critical',
        message: 'no digest covers it',
        evidence: note.path,
      },
    ],
  );
}

/** What is worth a look although the publisher is trusted. */
function warnings({ files }: Digested): readonly PolicyFinding[] {
  const { findings } = reportOn({ outcome: 'files', files, notes: [] }, 'install', undefined);
  return findings.map(({ reason, detail, path }) => ({
    ruleId: reason,
    severity: 'info',
    message: detail,
    evidence: path,
  }));
}

/** A release of files that call themselves otherwise would take the place of another skill. */
function misnamed(digest: Digested, { name: asked }: InstallRequest): PolicyFinding | undefined {
  const { name } = digest.manifest;
  const last = asked.slice(Math.max(asked.lastIndexOf('/'), asked.lastIndexOf(':')) + 1);
  if (last === name) return undefined;
  return {
    ruleId: 'target-name',
    severity: 'warn',
    message: `it calls itself ${quoted(name)}, and is to be installed as ${quoted(asked)}`,
    evidence: name,
  };
}

type Allowed = Extract<Judged, { outcome: 'allowed' }>;

function lockedSkill(
  host: Host,
  { skills }: InstallPolicyOptions,
  name: string,
): InstalledSkill | undefined {
  return skills === undefined ? undefined : entryOf(readLock({ host, dir: resolve(skills) }), name);
}

/** By what it was let in: a release, or else what stands for one. */
function ground({ release, verdict }: Allowed, manifest: string): PolicyFinding {
  return release === undefined || verdict.state !== 'verified'
    ? {
        ruleId: verdict.reason ?? verdict.state,
        severity: 'info',
        message: verdict.detail,
        evidence: manifest,
      }
    : {
        ruleId: 'verified',
        severity: 'info',
        message: releaseWords(release),
        evidence: manifest,
      };
}

function judge(
  session: Session,
  log: DecidingLog,
  request: InstallRequest,
  options: InstallPolicyOptions,
): PolicyAnswer {
  const { host } = session;
  const policyFor = installPolicy(termsOf(session, options), log);
  const digest = digestSkill(host.crypto, entriesAt(host, request));
  if (digest.outcome === 'refused') return refusedFiles(digest);
  const { name, said } = digest.manifest;
  const locked = lockedSkill(host, options, name);
  const source = { type: 'directory', path: request.path } as const;
  const judged = judgeInstall(log, digest, {
    trust: policyFor(source, name, locked).trust,
    locked,
    replacePublisher: false,
  });
  const more = uncovered(digest);
  const other = misnamed(digest, request);
  if (judged.outcome === 'refused') {
    const answer = objected(judged.objection, said);
    if (answer.decision === 'block') return answer;
    const findings = [...answer.findings, ...(other === undefined ? [] : [other])];
    return more ?? { ...answer, findings };
  }
  if (more !== undefined) return more;
  const open = [
    ...(other === undefined ? [] : [other]),
    ...conditionFindings(judged.verdict, options),
  ];
  const findings = [...open, ground(judged, said), ...warnings(digest)];
  return open.length === 0
    ? { decision: 'allow', reason: '', findings }
    : { decision: 'warn', reason: open.map(({ message }) => message).join('; '), findings };
}

/** Hosts of older versions know no `warn`: what somebody would have to look at is blocked there. */
function forHost(answer: PolicyAnswer, { 'no-warn': noWarn }: InstallPolicyOptions): PolicyAnswer {
  return noWarn && answer.decision === 'warn' ? { ...answer, decision: 'block' } : answer;
}

function pluginAnswer({ plugins }: InstallPolicyOptions): PolicyAnswer {
  if (plugins === 'allow') return { decision: 'allow', reason: '', findings: [] };
  return blocked(
    'not-a-skill: skills are judged here, plugins are not. Leave plugins out of the targets of the policy, or set --plugins allow.',
  );
}

async function answerTo(
  request: InstallRequest,
  options: InstallPolicyOptions,
): Promise<PolicyAnswer> {
  if (request.target === 'plugin') return pluginAnswer(options);
  const { log, home, branch } = options;
  const session = new Session({ log, home, branch }, 'remembers');
  try {
    return await withDecidingLog(session, { log, branch }, async (deciding) =>
      forHost(judge(session, deciding, request, options), options),
    );
  } finally {
    session.close();
  }
}

/**
 * Answers one request. Never throws: whatever goes wrong blocks.
 * @param environment where `GITKEL_LOG`, `GITKEL_HOME`, `GITKEL_BRANCH` and `GITKEL_SKILLS` may stand
 */
export async function openclawAnswer(
  { args, input }: ThreadTask,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HookEnd> {
  try {
    const options = installPolicyOptions(args, environment);
    return ended(await answerTo(parseInstallRequest(input), options));
  } catch (error) {
    return ended(troubleAnswer(error), speaksProtocol(input));
  }
}
