import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { inputFile } from '../../src/cli/input.ts';
import { legacyLinesOf, type ShownLegacy, shownLegacy } from '../../src/cli/legacy-lines.ts';
import { requireCriteria } from '../../src/cli/trust-lines.ts';
import type { Host } from '../../src/host/host.ts';
import { derOf } from '../../src/oms/certificate.ts';
import { readRootCertificate } from '../../src/oms/root-certificate.ts';
import {
  HOME_LEGACY_MODES,
  type HomeLegacy,
  type HomeLegacyRoot,
} from '../../src/keys/home-legacy.ts';
import { changeHomeTrust, homeTrust } from '../../src/keys/home-trust.ts';

/** What a home says before anything is changed. */
const FIRST: HomeLegacy = { mode: 'standard', roots: [] };

export default class TrustLegacy extends BaseCommand {
  static override summary = 'Say what becomes of skills that nobody released, in this home only.';
  static override description =
    'Without flags it prints what is said. Until a mode is named, such skills are refused. Permissive lets unsigned skills in, on conditions; standard those that somebody whom you trust exempted or imported, and those that are signed under a root that you pinned and mapped to criteria; strict only those that are signed under such a root and imported. A signature that does not hold refuses a skill in every mode. A repository policy says that for itself, and is not widened by this.';
  static override examples = [
    '<%= config.bin %> trust legacy --mode standard',
    '<%= config.bin %> trust legacy --oms-root nvidia-root.pem --criterion content-intact',
    '<%= config.bin %> trust legacy --remove-root 6f1bb875b77aea3fc878a7a3237497235c53657601375c0ef4bdcde69e843782',
    '<%= config.bin %> trust legacy --off',
  ];
  static override flags = {
    mode: Flags.option({ options: HOME_LEGACY_MODES, summary: 'How much is let in.' })(),
    'oms-root': Flags.string({
      helpValue: 'FILE',
      summary:
        'Pin this root certificate (PEM or DER) for signatures by OpenSSF Model Signing (skill.oms.sig).',
    }),
    criterion: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME|SAID',
      summary: 'A criterion that signatures under that root meet; may be given several times.',
      dependsOn: ['oms-root'],
    }),
    'remove-root': Flags.string({
      helpValue: 'SHA256',
      summary: 'Take back the root of this SHA-256.',
    }),
    off: Flags.boolean({
      summary: 'Refuse such skills again, and forget the roots.',
      exclusive: ['mode', 'oms-root', 'remove-root'],
    }),
  };

  async run(): Promise<{ readonly legacy: ShownLegacy | null }> {
    const { flags } = await this.parse(TrustLegacy);
    const session = this.session(flags);
    const { home } = session;
    const { crypto } = home.host;
    const file = flags['oms-root'];
    const added = file === undefined ? undefined : rootIn(home.host, file);
    const isChange =
      flags.off ||
      added !== undefined ||
      flags.mode !== undefined ||
      flags['remove-root'] !== undefined;
    const { legacy } = isChange
      ? await changeHomeTrust(home, (trust) => {
          const { legacy: before, ...others } = trust;
          if (flags.off) return others;
          const criteria = [...new Set(flags.criterion ?? [])];
          requireCriteria(crypto, trust, criteria);
          const { mode, roots } = before ?? FIRST;
          const kept = without(roots, flags['remove-root']);
          const next =
            added === undefined
              ? kept
              : [...kept.filter(({ sha256 }) => sha256 !== added.sha256), { ...added, criteria }];
          return { ...others, legacy: { mode: flags.mode ?? mode, roots: next } };
        })
      : homeTrust(home);
    this.print(...legacyLinesOf(crypto, legacy));
    return { legacy: legacy === undefined ? null : shownLegacy(crypto, legacy) };
  }
}

function rootIn(host: Host, file: string): Omit<HomeLegacyRoot, 'criteria'> {
  const bytes = inputFile(host, file, LIMITS.certificateBytes);
  const certificate = readRootCertificate(host.crypto, bytes, file);
  return { kind: 'oms', sha256: certificate.sha256, certificate: derOf(certificate) };
}

/** The roots without one. @throws GitkelError `not-found` for one that is not there. */
function without(
  roots: readonly HomeLegacyRoot[],
  removed: string | undefined,
): readonly HomeLegacyRoot[] {
  if (removed === undefined || roots.some(({ sha256 }) => sha256 === removed))
    return roots.filter(({ sha256 }) => sha256 !== removed);
  throw new GitkelError('not-found', `Cannot take back the root ${quoted(removed, 80)}`, {
    hint: 'gitkel trust legacy lists the roots that are pinned.',
  });
}
