/**
 * Every bound on what is read from a clone, a stream, a file or a network. One place, so that a reviewer can see
 * what hostile input can cost; `docs/threat-model.md` explains them.
 */
export const LIMITS = {
  /** Bytes of one KERI event message. */
  eventBytes: 65_536,
  /** Bytes of any other message in a stream, a credential for one; and bytes that are looked at in one piece. */
  messageBytes: 1_048_576,
  streamChunkBytes: 262_144,
  /** Bytes of one attached CESR section (signatures, receipts). */
  attachmentBytes: 262_144,
  /** Events of registries that wait for others, and what they may take in memory. */
  waitingTelEvents: 4_096,
  waitingTelBytes: 16_777_216,
  /** Keys, next digests or witnesses in one event. */
  keysPerEvent: 1_024,
  /** Identifiers above each other, each the delegator of the next. */
  delegationDepth: 32,
  /** Identifiers of which is looked up who controls them, to find everybody who controls one. */
  controllersAbove: 256,
  /** Digits of the numerator or denominator of a threshold's weight. */
  weightDigits: 16,
  /** Seals in one event. */
  sealsPerEvent: 4_096,
  /** Signatures in one attachment group. */
  signaturesPerGroup: 4_095,
  /** Imported public keys that the native implementation keeps. */
  cachedKeys: 4_096,
  /** Subjects of one statement. */
  subjectsPerStatement: 1_024,
  /** Criteria that one list of a statement names, findings of an audit, and characters of the name of a finding's rule. */
  criteriaPerStatement: 64,
  findingsPerAudit: 256,
  ruleCharacters: 128,
  /** Characters of the note of a statement or a finding. */
  statementCharacters: 2_048,
  /** Patterns of names that a vouch is limited to, and files of evidence that an import names. */
  vouchNames: 64,
  evidencePerImport: 16,
  /** Days that an audit, one by a scanner alone, a vouch, an import and an exemption may hold. */
  auditDays: 720,
  scannerAuditDays: 90,
  vouchDays: 366,
  importDays: 720,
  exemptionDays: 90,
  /** Characters of the repository that a release names as its source. */
  sourceCharacters: 1_024,
  /** Bytes of one file of evidence. One that is to enter a log is bounded as every file there. */
  evidenceBytes: 33_554_432,
  /** Records that one lift names. */
  liftedRecords: 1_024,
  /** Nesting of JSON inside seals. */
  jsonDepth: 32,
  /** Digits of one whole number inside seals. */
  jsonDigits: 4_300,
  /** The largest sequence number: integers stay exact. */
  sequenceNumber: Number.MAX_SAFE_INTEGER,
  /** Events and receipts of one identifier, and of all, that a validator keeps waiting; and bytes of all of them. */
  waitingPerAid: 1_024,
  waiting: 16_384,
  waitingBytes: 67_108_864,
  /** Copies of one waiting event whose signatures cannot be judged yet. */
  waitingCopies: 16,
  /** Accepted events, and bytes of them, over which a validator can still judge late signatures. */
  keptEvents: 1_024,
  keptEventBytes: 8_388_608,
  /** Files, and bytes of them, that an import commits as one batch; and messages of a stream that it names. */
  importedFiles: 1_024,
  importedBytes: 8_388_608,
  namedMessages: 10_000,
  /** What waits in a home for one log: of one identifier, of all, and bytes of all of it. */
  escrowedPerAid: 256,
  escrowed: 4_096,
  escrowedBytes: 8_388_608,
  /** Proofs of duplicity that one import makes, and that a home keeps. */
  provenAtOnce: 16,
  keptEvidence: 1_024,
  /** Batches of one log. */
  batches: 10_000_000,
  /** Batches whose history is told at once. */
  toldBatches: 10_000,
  /** Files that one batch adds. */
  filesPerBatch: 4_096,
  /** Bytes of all files that one batch adds. */
  batchBytes: 67_108_864,
  /** Bytes of one file of the log (an event with its attachments, a record). */
  fileBytes: 1_048_576,
  /** Bytes of one commit object. */
  commitBytes: 2_097_152,
  /** Bytes of commits that are kept from the walk to the root until they are checked. */
  keptCommitBytes: 67_108_864,
  /** Bytes of one tree object: 64 entries of bounded names stay far below it. */
  treeBytes: 65_536,
  /** Levels of directories. */
  treeDepth: 32,
  /** Bytes of any other Git object that is read. */
  objectBytes: 16_777_216,
  /** Delta links from a packed object to its base. */
  deltaChain: 512,
  /** Bytes of the deltas of one packed object, and bytes that putting it together may produce on the way. */
  deltaBytes: 67_108_864,
  deltaWork: 1_073_741_824,
  /** Packs in one repository. */
  packs: 65_536,
  /**
   * Packs of at most so many bytes that a repository may have before a commit folds some of them into one. No larger one
   * could be: with three times as many bytes of others it would be larger than `foldedPackBytes`.
   */
  smallPacks: 48,
  smallPackBytes: 4_194_304,
  /** Bytes of a pack that a commit makes of others, and of one that `gitkel gc` makes without Git: both lie in memory. */
  foldedPackBytes: 16_777_216,
  compactedPackBytes: 134_217_728,
  /** Bytes of a pack that isomorphic-git reads, all of it at once. */
  wholePackBytes: 1_073_741_824,
  /** Objects in one pack. */
  packObjects: 67_108_864,
  /** Bytes of a pack whose checksum is computed; of a larger one only the objects are checked. */
  checkedPackBytes: 4_294_967_296,
  /** Refs that are listed. */
  refs: 1_048_576,
  /** Findings about a working tree, and about stored objects; more are not looked for. */
  workTreeFindings: 1_000,
  objectFindings: 1_000,
  /** Entries of a working tree that are looked at, and how deep its directories go. */
  workTreeEntries: 4_194_304,
  workTreeDepth: 64,
  /** Sections and keys of one `config`, and includes followed one inside the other. */
  configEntries: 65_536,
  configIncludes: 10,
  /** Bytes that a spawned `git` may print. */
  gitOutputBytes: 67_108_864,
  /** Refs that Git tells a hook of at once, and bytes of them; and bytes of what a hook approved. */
  hookRefs: 65_536,
  hookInputBytes: 16_777_216,
  hookApprovalBytes: 67_108_864,
  /** Bytes that one fetch or clone may bring, and that git may allocate at once for it. */
  fetchBytes: 8_589_934_592,
  fetchAllocation: 1_073_741_824,
  /** Bytes of what one commit adds, trees included, that are copied from a remote before it is verified. */
  copiedCommitBytes: 268_435_456,
  /** Milliseconds without anything new after which a remote that is asked again does not answer any more. */
  remoteSilence: 120_000,
  /** Milliseconds that a remote has to say what it has when it is only looked at. */
  remoteLook: 10_000,
  /** Batches at a remote that were not looked through and are named. */
  unseenShown: 32,
  /** Bytes of a ref file, of `packed-refs`, of `config`. */
  refBytes: 4_096,
  packedRefsBytes: 33_554_432,
  configBytes: 1_048_576,
  /** Hops of symbolic refs. */
  symbolicRefs: 5,
  /** Bytes of a staged or exported batch. */
  batchFileBytes: 33_554_432,
  /** Bytes of a contribution, or of a withdrawal. */
  contributionBytes: 1_048_576,
  /** Contributions in one export; more are not read. */
  contributionsPerBatch: 4_096,
  /** Bytes of an announcement, and announcements at a remote that are looked at. */
  announcementBytes: 4_096,
  announcements: 1_024,
  /** Contributions of one key to one staged batch that a server takes. */
  contributionsPerKey: 64,
  /** Files that are read under the refs of one staged batch, and withdrawals of one key that count among them. */
  contributionRefs: 65_536,
  withdrawalsPerKey: 16,
  /** Bytes of packs that one fetch of staged batches and contributions may bring. */
  mailboxFetchBytes: 268_435_456,
  /** Bytes of what is remembered of the staged batches of remotes. */
  mailboxFileBytes: 16_777_216,
  /** Staged batches that are listed. */
  stagedBatches: 4_096,
  /** Names of one kind that a shell is offered to complete a word with. */
  completions: 500,
  /** Bytes of one file of a home (key, card, names, pins). */
  homeFileBytes: 4_194_304,
  /** Bytes of one card. */
  cardBytes: 4_096,
  /** Keys that follow each other under one name. */
  keysPerName: 1_024,
  /** Arguments of a signing command, and characters of each. */
  commandArguments: 64,
  commandCharacters: 4_096,
  /** Seconds that a signing command may be given, and bytes that it may print. */
  commandSeconds: 3_600,
  commandOutputBytes: 4_096,
  /** Milliseconds that an ssh-agent may take (a person may have to confirm), and bytes of a message to or from it. */
  agentWait: 120_000,
  agentMessageBytes: 262_144,
  /** Keys that an ssh-agent may list. */
  agentKeys: 2_048,
  /** Base-2 logarithm of scrypt's N: 20 costs 1 GiB of memory. */
  scryptWorkFactor: 20,
  /** Events of one identifier that a home remembers, and logs that it saw them in. */
  rememberedEvents: 1_024,
  rememberedLogs: 64,
  /** Remotes that a home remembers to have asked for one log; seconds after which that is long ago, unless told otherwise. */
  rememberedRemotes: 16,
  freshSeconds: 86_400,
  /** Logs that a home may have pinned. */
  pinnedLogs: 1_024,
  /** Bytes of the journal, and of one of its lines. */
  journalBytes: 67_108_864,
  journalLineBytes: 8_192,
  /** Bytes of what a home remembers of the receipts of its witnesses for one identifier. */
  receiptsBytes: 67_108_864,
  /** Bytes of a file whose digest is anchored. */
  anchoredFileBytes: 1_073_741_824,
  /** Bytes of a passphrase file. */
  passphraseBytes: 4_096,
  /** Entries that the journal keeps before it is rolled over. */
  journalEntries: 10_000,
  /** Characters of a user's string in a subject, a name or a capability. */
  nameCharacters: 64,
  /** Characters of the reason for a withdrawal or a revocation. */
  reasonCharacters: 256,
  /** Batches that a bulk commit puts into one pack; and objects and bytes, counted before the batch that passes them. */
  batchesPerCommitAll: 1_024,
  commitAllObjects: 32_768,
  commitAllBytes: 67_108_864,
  /** Files of one skill, and entries of whatever holds it: files, directories, links. */
  skillFiles: 1_000,
  skillEntries: 4_096,
  /** Bytes of all files of a skill, and of one of them. */
  skillBytes: 52_428_800,
  skillFileBytes: 10_485_760,
  /** Directories above a file of a skill, itself counted; bytes of its path, and of each part of it. */
  skillDepth: 16,
  skillPathBytes: 1_024,
  skillSegmentBytes: 255,
  /** Problems and notes about one skill that are told; more are not looked for. */
  skillProblems: 100,
  /** Bytes of a skill's archive; how many times its compressed size a file of it may have, above so many bytes. */
  skillArchiveBytes: 67_108_864,
  skillArchiveRatio: 256,
  skillArchiveSlack: 65_536,
  /** Bytes of all headers of a tar archive that say something about the next entry, or about all of them. */
  skillTarHeaderBytes: 4_194_304,
  /** Bytes of a Git tree that is read on the way to a skill, and tags of tags. */
  skillTreeBytes: 4_194_304,
  skillTags: 8,
  /** Bytes of the manifest of a skill's files, of a file with statements about a skill, and of its permissions. */
  skillManifestBytes: 2_097_152,
  skillSidecarBytes: 1_048_576,
  /** Of a foreign signature: bytes of one certificate, certificates that follow each other, and paths that its signer left out. */
  certificateBytes: 16_384,
  certificateChain: 8,
  omsIgnoredPaths: 256,
  /** Root certificates that a home pins for foreign signatures. */
  legacyRoots: 64,
  permissionsBytes: 65_536,
  /** Characters of a skill's name where it need not keep the rules for publishers. */
  skillNameCharacters: 256,
  /** Bytes of the YAML of a `SKILL.md`, characters by which a line of it may be indented, and blocks that a line may open. */
  frontmatterBytes: 16_384,
  frontmatterIndent: 64,
  frontmatterDepth: 8,
  /** Rules of one kind in a permission manifest, and characters of one of them. */
  permissionRules: 256,
  permissionCharacters: 1_024,
  /** The highest number that a limit of a permission manifest may have. */
  permissionLimit: 1_000_000_000,
  /** Bytes of one file of a skill that are searched for what it uses, and things of one kind that are told. */
  skillScanBytes: 1_048_576,
  skillScanUses: 64,
  /**
   * Of a scan: bytes of one file that are read as text, milliseconds that rules may take for one, findings of one rule in
   * one, and findings of all.
   */
  scanFileBytes: 1_048_576,
  scanFileMilliseconds: 2_000,
  scanFindingsPerRule: 16,
  scanFindings: 2_000,
  /**
   * Of what lies in the files of a scan: encoded blocks of one, members of one archive, bytes of all that is unpacked, how
   * deep one lies in the other, and characters of one text of metadata.
   */
  scanDecodedBlocks: 64,
  scanMembers: 2_048,
  scanUnpackedBytes: 67_108_864,
  scanNesting: 4,
  scanMetadataBytes: 65_536,
  /**
   * Milliseconds for all files of a scan: of the rules in code, and of the engine that looks for patterns of text. Of the
   * engine: milliseconds for making its rules ready, bytes of small files that it is given at once, places of one pattern,
   * and bytes of a line after which one that took too long is cut for it, with so many bytes twice.
   */
  scanMilliseconds: 60_000,
  scanRulesMilliseconds: 30_000,
  scanBatchBytes: 262_144,
  scanPatternPlaces: 1_024,
  scanLineBytes: 4_096,
  scanLineOverlap: 512,
  /** Files of rules by others, and bytes of all of them. */
  scanRuleFiles: 64,
  scanRuleBytes: 1_048_576,
  /** Bytes of a request of OpenClaw's install policy, as many as the host may send; and of an event of Claude Code. */
  installRequestBytes: 262_144,
  platformEventBytes: 4_194_304,
  /** What an answer to an agent platform tells of, and characters of one text in it: hosts take no long ones. */
  platformFindings: 100,
  platformTextCharacters: 300,
  /** Bytes of a verification summary, signed or not. */
  summaryBytes: 1_048_576,
  /** Bytes of the configuration of Git hooks, and of a file in the place of a hook that is looked into. */
  hookConfigBytes: 16_384,
  hookFileBytes: 65_536,
  /**
   * Bytes of the lock of installed skills, skills in it, approvals of one of them, statements that it names, and characters
   * of a place it came from.
   */
  skillsLockBytes: 4_194_304,
  installedSkills: 4_096,
  skillApprovals: 16,
  lockStatements: 32,
  skillSourceCharacters: 4_096,
  /** Bytes of the name of an installed skill: beside it, a name in the quarantine holds a digest and a number. */
  installedNameBytes: 160,
  /** Skills of one name that are moved aside in one folder. */
  quarantinedSkills: 256,
  /** Bytes of a repository policy, rules in it, identifiers in one list, and characters of a pattern or an address. */
  policyBytes: 32_768,
  policyRules: 256,
  policyAids: 64,
  policyPatternCharacters: 256,
  /**
   * Identities that a home trusts by themselves, names in one list of its trust, characters of the text of a criterion, and
   * controllers that a requirement may ask for.
   */
  trustRoots: 1_024,
  trustListed: 64,
  criterionCharacters: 8_192,
  trustRedundancy: 16,
  /** Statements of one controller about one manifest that are read, and manifests on the way of audited changes to one. */
  statementsPerSpeaker: 256,
  auditedManifests: 64,
  /** Vouches of a log that are read at once, whoever's they are; where there are more, those are looked up that matter. */
  vouchesAtOnce: 4_096,
  /** Paths of trust to one identifier that are told, and steps that are tried to find them. */
  explainedPaths: 32,
  explainedSteps: 4_096,
  /** Of one change that is judged: trees that are read, directories above each other, skills, and what is told of others. */
  gateTrees: 262_144,
  /** Bytes of those trees: one that holds the same large one many times is small to push. */
  gateTreeBytes: 67_108_864,
  gateDepth: 64,
  gateSkills: 4_096,
  /** Bytes of the files of those skills: files that many of them share are small to push. */
  gateSkillBytes: 2_147_483_648,
  gateProblems: 1_000,
  /** Bytes of blobs that are kept because another skill may hold them, too. */
  gateKeptBytes: 67_108_864,
  /** Differences between files that a verdict names, and releases of a publisher that unreleased files are held against. */
  verdictDifferences: 10,
  comparedReleases: 8,
  /** Publishers of the same files of whom it is told that they may not release them. */
  toldPublishers: 256,
  /** Steps of a path of trust; identifiers that are reached from the roots, and vouches of theirs that are read. */
  trustDepth: 16,
  trustIdentities: 4_096,
  trustVouches: 65_536,
  /** Audits of one skill that are looked at, with those that differences lead back to, and as many imports. */
  trustAudits: 4_096,
  /** Criteria that are known at once, those that one of them implies by itself, and bytes of the text of one. */
  criteria: 256,
  criterionImplies: 64,
  criterionBytes: 8_192,
  /** Seconds, megabytes of memory, processes and megabytes written that a run in a sandbox has where its manifest names none. */
  runSeconds: 600,
  runMemoryMB: 4_096,
  runProcesses: 256,
  runWriteMB: 1_024,
  /** Bytes of each output of a run that are passed on, and bytes of a trace of its system calls. */
  runOutputBytes: 8_388_608,
  runTraceBytes: 268_435_456,
  /**
   * Of a trace that is read: characters of a line, calls that are held until it is known which process made theirs,
   * symbolic links that are remembered, and arguments of a program with characters of each.
   */
  traceLineCharacters: 65_536,
  traceWaiting: 16_384,
  traceLinks: 16_384,
  traceArguments: 32,
  traceArgumentCharacters: 256,
  /**
   * Of an observed run: different things that it did, violations that are told, and bytes of its workspace that are looked
   * through for canaries, with files of it.
   */
  observedUses: 65_536,
  observedViolations: 1_024,
  canaryBytes: 268_435_456,
  canaryFiles: 65_536,
  /**
   * Bytes and lines of the log of a run, bytes of one line, and bytes after which no more is written there of a kind of event:
   * what comes often does not displace what comes rarely.
   */
  runLogBytes: 67_108_864,
  runLogLines: 524_288,
  runLogLineBytes: 524_288,
  runLogShareBytes: 15_204_352,
  /** Characters of a path and of an argument in a log of a run, and arguments of one command there. */
  runPathCharacters: 4_096,
  runArgumentCharacters: 1_024,
  runArguments: 64,
  /** Runs of one run record, and runs of a home that are looked at. */
  runsPerRecord: 1_024,
  runsPerHome: 65_536,
  /** Entries of a workspace that are looked at: for what steers agents, and for what it takes on the disk. */
  workspaceEntries: 1_048_576,
  /** Files that one path of a manifest with wildcards may stand for in a sandbox. */
  expandedPaths: 1_024,
  /** Connections of a run at the same time, in all, and bytes of the head of a request. */
  runConnections: 256,
  runConnectionsInAll: 65_536,
  requestHeadBytes: 65_536,
  /** Bytes of a secret that a run is given. */
  secretBytes: 16_384,
  /** Bytes of the header of a bundle, and refs that it lists. */
  bundleHeaderBytes: 1_048_576,
  bundleRefs: 4_096,
  /** Bytes that finding and hashing the objects of a pack without index may produce on the way. */
  indexedBytes: 4_294_967_296,
  /**
   * Of what is audited in a browser: bytes of a file or of what a server sends; files of a zipped clone, and bytes of all of
   * them; milliseconds without anything new after which a server does not answer any more.
   */
  pageBytes: 536_870_912,
  pageEntries: 65_535,
  pageUnpackedBytes: 1_073_741_824,
  pageSilence: 60_000,
  /**
   * Of an audit report: batches, records and identifiers that are listed, of each identifier its establishments,
   * interactions and devices, skills, statements about them, findings, and characters of one text of others.
   */
  reportBatches: 20_000,
  reportRecords: 20_000,
  reportIdentities: 4_096,
  reportEstablishments: 1_024,
  reportInteractions: 4_096,
  reportDevices: 1_024,
  reportSkills: 2_048,
  reportStatements: 20_000,
  reportFindings: 1_024,
  reportTextCharacters: 512,
  /** Tries of a compare-and-swap before a commit gives up. */
  commitTries: 64,
  /** Milliseconds that a lock of another process is waited for. */
  lockWait: 10_000,
  /** Milliseconds that one writer may keep others waiting for their turn. */
  turnWait: 2_000,
} as const;
