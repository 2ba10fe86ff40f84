/**
 * gitkel: key event logs as signed commits in a Git repository, written in atomic batches that many people sign.
 *
 * The main job in four calls: {@link stageBatch} builds unsigned events, {@link signBatch} signs what a home's keys are
 * asked for, {@link collect} verifies and merges what anybody signed, {@link commitBatch} commits all of it or nothing.
 * {@link audit} verifies a clone from nothing.
 *
 * A skill is judged by {@link judgeSkill}. What it rests on can be had by itself: {@link factsOf} and {@link vouchesIn} read a
 * log, {@link viewpointOf} walks from a policy's roots ({@link statedPolicy}), {@link decide}, {@link score} and
 * {@link chainOf} compute on that, and know no log and no clock. {@link verifyOms} verifies signatures by OpenSSF Model
 * Signing.
 * @module
 * @example
 * ```ts
 * import { audit, collect, commitBatch, countThreshold, createLog, loadCollected, nativeCrypto, nextDigest } from 'gitkel';
 * import { nodeHost, openLog, seedSigner, signBatch, stageBatch, stagingGround } from 'gitkel';
 *
 * const host = nodeHost();
 * const signerOf = (byte: number) => seedSigner(nativeCrypto, new Uint8Array(32).fill(byte));
 * const [ada, ben, cleo] = [1, 2, 3].map(signerOf);
 * const nextKeys = [4, 5, 6].map((byte) => signerOf(byte).publicKey);
 *
 * createLog(host, 'board', { admission: 'open' });
 * const log = openLog(host, 'board');
 * const ground = stagingGround(log, 'open', host.random(16));
 * const batch = await stageBatch(log, ground, [
 *   {
 *     kind: 'create',
 *     publicKeys: [ada, ben, cleo].map(({ publicKey }) => publicKey),
 *     threshold: countThreshold(2),
 *     nextDigests: nextKeys.map((key) => nextDigest(nativeCrypto, key)),
 *     nextThreshold: countThreshold(2),
 *   },
 * ]);
 *
 * for (const one of [ada, cleo]) {
 *   const find = async (key: string) => (key === one.publicKey ? one : undefined);
 *   const isOurs = (key: string) => key === one.publicKey;
 *   const signed = await signBatch(nativeCrypto, loadCollected(log, batch), find, isOurs, async () => {});
 *   for (const { bytes } of signed) await collect(log, bytes);
 * }
 *
 * const committed = await commitBatch(log, batch, async (key) => (key === ada.publicKey ? ada : undefined));
 * console.log(committed.status); // committed
 * console.log(audit(host, 'board').state); // valid
 * ```
 */
export { type ErrorCode, GitkelError } from './base/errors.ts';
export { LIMITS } from './base/limits.ts';

export type { Crypto, DigestAlgorithm } from './crypto/crypto.ts';
export { nativeCrypto } from './crypto/native.ts';
export { portableCrypto } from './crypto/portable.ts';
export type { FileSystem, Host, Processes, Programs } from './host/host.ts';
export { memoryHost } from './host/memory.ts';
export { nodeHost } from './host/node.ts';

export { type Acceptance, type Decision, type EscrowReason, evaluate } from './keri/evaluate.ts';
export type { Anchor, EventName, KeyLog, KeyLogs } from './keri/key-log.ts';
export {
  type DelegatedInception,
  type DelegatedRotation,
  type Inception,
  type Interaction,
  type KeyEvent,
  parseEvent,
  type Rotation,
} from './keri/event.ts';
export { attachmentsOf, checkProofs, type Proof, signerName } from './keri/proofs.ts';
export { buildReceipt, parseSignedReceipt, type SignedReceipt } from './keri/receipt.ts';
export {
  buildDelegatedInception,
  buildDelegatedRotation,
  buildInception,
  buildInteraction,
  buildRotation,
  type InceptionFields,
  nextDigest,
  type RotationFields,
} from './keri/build.ts';
export type { RejectReason } from './keri/rejection.ts';
export { digestSeal, keyEventSeal, type Seal, typedSeal } from './keri/seal.ts';
export { parseSignedEvent, type Progress, progress, type SignedEvent } from './keri/signatures.ts';
export { isAbandoned, isTransferable, type KeyState, wireState } from './keri/state.ts';
export {
  countThreshold,
  parseThresholdText,
  type Threshold,
  thresholdText,
} from './keri/threshold.ts';

export type { ValidatorListener } from './stream/holdings.ts';
export type { EscrowKind, MessageOutcome } from './stream/outcome.ts';
export {
  type StreamError,
  type StreamItem,
  type StreamMessage,
  StreamReader,
} from './stream/reader.ts';
export { reportOf, type ValidatorReport } from './stream/report.ts';
export { streamReport, type StreamReport } from './stream/stream-report.ts';
export { StreamValidator, type TakenMessage } from './stream/stream-validator.ts';
export { Validator } from './stream/validator.ts';
export type { TelDecision, TelEscrowReason } from './tel/decide.ts';
export { type ParsedTelEvent, parseTelEvent, type TelEvent } from './tel/event.ts';
export { Registries } from './tel/registries.ts';
export type { CredentialState, RegistryLog, RegistryState } from './tel/state.ts';

export {
  backUpKeys,
  type BackupOptions,
  type Restored,
  type RestoreOptions,
  restoreKeys,
} from './keys/backup.ts';
export { type Card, encodeCard, type KeyCard, parseCard, type RotationCard } from './keys/card.ts';
export type { SigningCommand } from './keys/command-signer.ts';
export {
  addExternalKey,
  type NamedKey,
  type PromisedKey,
  revealKey,
} from './keys/external-keys.ts';
export { findSigner, hasKey, type Unlock } from './keys/find-signer.ts';
export { type Home, openHome } from './keys/home.ts';
export { type Journal, journal, type JournalEntry, readJournal } from './keys/journal.ts';
export { changePassphrase, type PassphraseChange } from './keys/key-passphrase.ts';
export { adoptRotation, createKey, listKeys, nextKey, showKey } from './keys/keystore.ts';
export { listNames, resolveName, setName } from './keys/names.ts';
export { checkAgainst, knownAid, knownLog, remember } from './keys/pins.ts';
export { rememberSigning } from './keys/signed-memory.ts';
export type { Signer } from './keys/signer.ts';
export { seedSigner } from './keys/software-signer.ts';
export { VerifiedMemory } from './keys/verified-memory.ts';
export { createWitnessKey, listWitnesses, type WitnessKey } from './keys/witness-key.ts';

export { compact, type Compaction } from './git/compact.ts';
export { gitReader } from './git/git-reader.ts';
export { isomorphicReader } from './git/isomorphic-reader.ts';
export type { ObjectReader } from './git/object-reader.ts';
export { ownReader } from './git/own-reader.ts';
export type { StoreSize } from './git/store-size.ts';

export type { Audit, AuditDepth, AuditMethod, AuditResult, AuditTool } from './records/audit.ts';
export type { Exemption } from './records/exemption.ts';
export type { AuditFinding, LineRange, Severity } from './records/audit-finding.ts';
export type { Subject } from './records/in-toto.ts';
export type {
  EvidenceKind,
  ForeignEvidence,
  SkillImport,
  SkillOrigin,
} from './records/skill-import.ts';
export { aidSubject } from './records/skill-statement.ts';
export type { RunPeriod, RunRecord, SealedRun } from './records/run-record.ts';
export type { Vouch, VouchLevel, VouchScope } from './records/vouch.ts';
export { isReleaseVersion, type Release, type ReleaseSource } from './records/release.ts';
export type { RepositoryPolicy } from './records/repository-policy.ts';
export {
  REVOKE_REASONS,
  type Revoke,
  type RevokeReason,
  type RevokeTarget,
} from './records/revoke.ts';
export {
  compareFiles,
  encodeManifest,
  type FileDifference,
  type ManifestFile,
  manifestSha256,
  parseManifest,
  type SkillManifest,
} from './records/skill-manifest.ts';

export { allowedSigners } from './log/allowed-signers.ts';
export { Contents } from './log/contents.ts';
export type { Kel } from './log/kel.ts';
export type { ReleaseEntry, RepositoryPolicyEntry } from './log/release-book.ts';
export type { RevokeEntry } from './log/revoke-book.ts';
export {
  approvedPolicies,
  newestRelease,
  type ReleaseStanding,
  releasesByName,
  releasesOf,
  releaseStanding,
  revocationsBy,
} from './log/releases.ts';
export { readRecord, releasedManifest } from './log/stored-records.ts';
export type {
  AuditEntry,
  ExemptionEntry,
  ImportEntry,
  TrustEntry,
  VouchEntry,
} from './log/trust-entry.ts';
export { statementStanding, type TrustStanding } from './log/trust-standing.ts';
export { rememberContents } from './log/resume.ts';
export { createLog } from './log/create-log.ts';
export {
  buildEvidence,
  type EvidenceVerdict,
  type KelTexts,
  type ProvenDuplicity,
  verifyEvidence,
} from './log/evidence.ts';
export { copyLog } from './log/copy-log.ts';
export { type Admission, type Genesis, parseGenesis } from './log/genesis.ts';
export { stateAt } from './log/history.ts';
export { type IdentityFacts, identityFacts } from './log/identity-facts.ts';
export { Log } from './log/log.ts';
export { type Found, lookUp } from './log/lookup.ts';
export { isDuplicitous, marksOf, type MarkStanding } from './log/marks.ts';
export { openLog } from './log/open-log.ts';
export { batchReader, type CommittedBatch } from './log/read-batch.ts';
export {
  type BatchStory,
  type EventStory,
  type RecordStory,
  type Signatories,
  tellBatch,
} from './log/story.ts';

export {
  type BatchState,
  batchState,
  collect,
  type CollectOutcome,
  listBatches,
  requireBatch,
  restage,
  stageBatch,
  type UnreadableBatch,
} from './batch/batches.ts';
export type { Collected } from './batch/collected.ts';
export { stagingGround } from './batch/staging-ground.ts';
export { loadCollected } from './batch/load-collected.ts';
export { commitBatch, type CommitOutcome } from './batch/commit.ts';
export type { TakenPlace } from './batch/places.ts';
export { type BatchResult, commitAll, type CommitAllOptions } from './batch/commit-all.ts';
export type { FindSigner } from './batch/prepared-commit.ts';
export { type Contribution, parseContribution } from './batch/contribution.ts';
export { describeEvent, type OwnKeys } from './batch/describe.ts';
export { encodeExport, type VerifiedExport, verifyExport } from './batch/export-file.ts';
export { batchIds, dropBatch, dropBatches } from './batch/mailbox.ts';
export { type KeyPair, planRotation, type RotationChoices } from './batch/rotation-plan.ts';
export { rememberReceiptOf } from './batch/remember-receipt.ts';
export { type OpenReceipt, receiptsFor, signReceipts } from './batch/receipts.ts';
export { type OpenSignature, signaturesFor, signBatch } from './batch/sign.ts';
export type { Operation } from './batch/operation.ts';
export type { StageOptions, StagingGround } from './batch/stage.ts';
export { parseStagedBatch, shortCode, type StagedBatch } from './batch/staged-batch.ts';
export { type EventStatus, statusOf } from './batch/status.ts';
export { signWithdrawal, type Withdrawal } from './batch/withdrawal.ts';

export { type AddedEvidence, addEvidence } from './exchange/evidence.ts';
export { type ExportedStream, type ExportOptions, exportStream } from './exchange/export-stream.ts';
export { type FoundRival, foundRivals } from './exchange/found-evidence.ts';
export type { ImportOptions, ImportOutcome, NamedMessage } from './exchange/import-outcome.ts';
export type { ImportedAid } from './exchange/import-tally.ts';
export { StreamImport } from './exchange/stream-import.ts';
export type { EscrowedMessage } from './keys/escrow-file.ts';

export type { Finding as ScanFinding, IncompleteReason } from './scan/finding.ts';
export type { Rule } from './scan/rule.ts';
export { RULES, ruleById } from './scan/rules.ts';
export { scanSarif } from './scan/sarif.ts';
export { type ScanInput, type ScanTools, scanFiles } from './scan/scan-files.ts';
export { scanInput } from './scan/scanned-entries.ts';
export { isPassed, type ScanResult, type ScanState } from './scan/scan-result.ts';
export type { ScanSeverity } from './scan/severity.ts';
export type { EngineAnswer, EngineMatch, TextEngine } from './scan/text-engine.ts';
export { archiveEntries } from './skills/archive-entries.ts';
export { directoryEntries } from './skills/directory-entries.ts';
export { firstPermissions } from './skills/first-permissions.ts';
export { parsePermissions, type PermissionsReport } from './skills/parse-permissions.ts';
export {
  comparePermissions,
  type PermissionChange,
  type PermissionDiff,
} from './skills/permission-diff.ts';
export { diffLines, permissionLines } from './skills/permission-words.ts';
export type { PermissionProblem, Permissions } from './skills/permissions.ts';
export { type Risk, riskOf, type Tier } from './skills/risk-tier.ts';
export { digestSkill, type SkillDigest } from './skills/skill-digest.ts';
export type { SkillEntry, SkillNote, SkillProblem } from './skills/skill-entry.ts';
export { type SkillFile, skillFiles, type SkillFiles } from './skills/skill-files.ts';
export { checkSkillMd, type SkillMd, type SkillMdReport } from './skills/skill-md.ts';
export { type FoundPermissions, reportOn, type SkillReport } from './skills/skill-report.ts';
export { visibleUses, type VisibleUses } from './skills/visible-uses.ts';

export { audit, auditInPool, type AuditOptions, type Memory } from './audit/audit.ts';
export { BatchNotes } from './report/batch-notes.ts';
export { makeReport, type ReportTerms } from './report/make-report.ts';
export type { AuditReport } from './report/report.ts';
export { type PageParts, reportPage } from './report/report-page.ts';
export type { CheckedBatch } from './log/check-batch.ts';
export type { AidVerdict, AuditVerdict, Finding } from './audit/verdict.ts';
export { type ExpectedAid, expectationLine, parseExpectedAid } from './audit/expectations.ts';
export {
  BUILT_IN_CRITERIA,
  COMPUTED_CRITERIA,
  type ComputedCriterion,
} from './trust/built-in-criteria.ts';
export { type ChainHop, chainOf, weakestFirst } from './trust/chain.ts';
export { type Condition, CONDITIONS } from './trust/condition.ts';
export {
  coversCriterion,
  type Criteria,
  criteriaOf,
  type Criterion,
  type CriterionDefinition,
  criterionNamed,
  criterionSaid,
} from './trust/criteria.ts';
export { type CriterionFinding, findCriteria } from './trust/criterion-finding.ts';
export { decide } from './trust/decide.ts';
export {
  type Decision as TrustDecision,
  DECISIONS,
  type FoundReason,
  type Proof as TrustProof,
} from './trust/decision.ts';
export type { EffectiveTrust, Trusted } from './trust/effective-trust.ts';
export {
  type ExplainedPath,
  type ExplainedStep,
  type Explanation,
  explainTrust,
} from './trust/explained-paths.ts';
export type {
  AuditFact,
  Control,
  ExemptionFact,
  ImportFact,
  Issued,
  ReleaseFact,
  RevocationFact,
  Said,
  SkillFacts,
  Standing,
  TrustScope,
  VouchFact,
} from './trust/facts.ts';
export {
  judgeClass,
  LEGACY_CLASSES,
  LEGACY_MODES,
  LEGACY_REASONS,
  type LegacyClass,
  type LegacyEvidence,
  type LegacyMode,
  type LegacyOutcome,
  type LegacyPolicy,
  type LegacyReason,
  type LegacyRoot,
} from './trust/legacy.ts';
export { TRUST_LEVELS, type TrustLevel, VOUCH_LEVELS } from './trust/level.ts';
export type { TrustNetwork, VouchesOf } from './trust/network.ts';
export type { TrustQuestion } from './trust/scope.ts';
export { score } from './trust/score.ts';
export type { CriterionScore, Score, Vote } from './trust/score-parts.ts';
export {
  statedPolicy,
  type StatedRequirement,
  type StatedRoot,
  type StatedTrust,
} from './trust/stated-policy.ts';
export { type Requirement, TIERS, type TrustPolicy, type TrustRoot } from './trust/trust-policy.ts';
export { TRUST_REASONS, type TrustReason } from './trust/trust-reason.ts';
export { type Viewpoint, viewpointOf } from './trust/viewpoint.ts';

export { OMS_REASONS, type OmsProblem, type OmsReason } from './oms/oms-problem.ts';
export { type OmsRoot, type OmsSubject, type OmsVerdict, verifyOms } from './oms/verify-oms.ts';
export { readRootCertificate } from './oms/root-certificate.ts';
export type { Certificate } from './oms/certificate.ts';
export { judgeOms } from './skills/foreign-signature.ts';
export type {
  HeldExemption,
  HeldSignature,
  LegacyTrust,
  LegacyVerdict,
} from './skills/legacy-verdict.ts';
export { checkSummary, type SealedSummary } from './skills/sealed-summary.ts';
export { factsOf, type JudgedSkill as SkillToJudge } from './skills/trust-facts.ts';
export {
  parseSummary,
  type SummarySource,
  type VerificationSummary,
} from './skills/verification-summary.ts';
export { vouchesIn } from './skills/vouch-facts.ts';
export { judgeManifest } from './skills/judge-manifest.ts';
export {
  assessSkill,
  type FoundSkill,
  gravestDecision,
  judgeSkill,
  letsIn,
  viewsOn,
} from './skills/judge-skill.ts';
export type { Assessment, SkillVerdict, Staleness, Trust } from './skills/skill-verdict.ts';
export { type SkillLog, skillLog } from './skills/skill-log.ts';
export { SKILL_STATES, type SkillState, type VerdictReason } from './skills/verdict-reason.ts';
export {
  parsePolicy,
  type PathRule,
  type PolicyLog,
  type RepositoryPolicy as ParsedRepositoryPolicy,
} from './gate/repository-policy.ts';
export { allowedFor, explainPath, type RuleStanding } from './gate/policy-rule.ts';
export { policyInForce, type PolicyChange } from './gate/policy-change.ts';
export { skillReader, type SkillReader } from './gate/skill-reader.ts';
export {
  type ChangeVerdict,
  judgeChange,
  type JudgedSkill,
  type TreeChange,
} from './gate/judge-change.ts';
export { type Judgement, judgementBy } from './gate/judgement.ts';
export { judgeRefs, type RefGround, type RefUpdate, type RefVerdict } from './gate/judge-refs.ts';
export { type Refusal, refusalLine } from './gate/refusal.ts';
export { refusalsOf } from './gate/verdict-lines.ts';
export { sarifOf } from './gate/sarif.ts';

export { type AskedRemote, type Freshness, freshnessOf } from './log/freshness.ts';
export { type Upstream, upstreamOf } from './log/upstream.ts';
export { askedRemotes, rememberAsked } from './keys/asked.ts';
export {
  type ComparedAid,
  compareLogs,
  type Comparison,
  type Copy,
  openCopy,
} from './sync/compare.ts';
export {
  pull,
  type PullOptions,
  type PullOutcome,
  pullProblem,
  type RemoteAlarm,
} from './sync/pull.ts';
export {
  type BadRef,
  type PulledBatch,
  type PulledBatches,
  pullBatches,
} from './sync/batch-pull.ts';
export type { MailboxRef } from './sync/listed-batches.ts';
export {
  deleteFilled,
  type PushBatchesOptions,
  type PushedBatch,
  pushBatches,
} from './sync/batch-push.ts';
export { publishAll, publisher, type PublishOptions } from './sync/publish.ts';
export { type Remote, remoteOf } from './sync/remote.ts';
