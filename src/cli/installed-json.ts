import type { Objection } from '../install/install-verdict.ts';
import type { InstalledSkill } from '../install/skills-lock.ts';
import type { FileDifference } from '../records/skill-manifest.ts';
import type { SkillState } from '../skills/verdict-reason.ts';
import { refusedFor, shownDecision, type ShownDecision } from './verdict-json.ts';

/** An installed skill, as results tell of it. */
export interface ShownSkill {
  readonly name: string;
  readonly manifest: string;
  /** Null where nobody released it. */
  readonly version: string | null;
  readonly release: string | null;
  readonly aid: string | null;
  readonly log: string;
  readonly position: number;
  readonly source: InstalledSkill['source'];
  /** What decided when it was installed, where more was asked for than a release. */
  readonly decided?: InstalledSkill['decided'];
  /** As what it was let in where nobody who may released it. */
  readonly basis?: InstalledSkill['legacy'];
}

export function shownSkill({
  name,
  manifest,
  version,
  release,
  author,
  log,
  source,
  decided,
  legacy,
}: InstalledSkill): ShownSkill {
  const { id, position } = log;
  return {
    name,
    manifest,
    version: version ?? null,
    release: release ?? null,
    aid: author?.aid ?? null,
    log: id,
    position,
    source,
    ...(decided === undefined ? {} : { decided }),
    ...(legacy === undefined ? {} : { basis: legacy }),
  };
}

/** A refusal, as results tell of it. */
export interface ShownObjection extends ShownDecision {
  readonly state: SkillState;
  readonly reason: string;
  readonly detail: string;
  readonly hint: string;
  readonly release?: string;
  readonly aid?: string;
  readonly differences?: readonly FileDifference[];
}

export function shownObjection({
  state,
  reason,
  detail,
  hint,
  verdict,
  release,
  differences = [],
}: Objection): ShownObjection {
  return {
    state,
    reason,
    detail,
    hint,
    ...(verdict === undefined ? refusedFor({ reason, detail, hint }) : shownDecision(verdict)),
    ...(release === undefined ? {} : { release: release.said, aid: release.controller }),
    ...(differences.length === 0 ? {} : { differences }),
  };
}
