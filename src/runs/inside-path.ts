/**
 * Paths inside a sandbox, in the words of permission manifests, and what kind of place each lies in.
 * @module
 */
import { INSIDE } from '../sandbox/sandbox-places.ts';

const ROOTS: readonly (readonly [inside: string, name: string])[] = [
  [INSIDE.skill, '${skill}'],
  [INSIDE.workspace, '${workspace}'],
  [INSIDE.tmp, '${tmp}'],
  [INSIDE.home, '${home}'],
];

/** A full path inside as manifests have it: `/workspace/a` is `${workspace}/a`. */
export function manifestPath(path: string): string {
  for (const [inside, name] of ROOTS)
    if (path === inside || path.startsWith(`${inside}/`)) return name + path.slice(inside.length);
  return path;
}

/** What kind of place a path lies in. */
export type InsidePlace =
  | 'skill'
  | 'workspace'
  /** In memory, gone at the end. */
  | 'passing'
  | 'home'
  /** Libraries, programs and data of the system. */
  | 'system'
  /** What belongs to the sandbox itself. */
  | 'sandbox'
  | 'device'
  | 'process'
  | 'elsewhere';

const PLACES: readonly (readonly [place: InsidePlace, expression: RegExp])[] = [
  ['skill', /^\/skill(?:\/|$)/],
  ['workspace', /^\/workspace(?:\/|$)/],
  ['passing', /^\/(?:tmp|dev\/shm)(?:\/|$)/],
  ['home', /^\/home\/agent(?:\/|$)/],
  ['sandbox', /^\/run\/gitkel(?:\/|$)/],
  [
    'device',
    /^\/dev\/(?:null|zero|full|random|urandom|tty|ptmx|console|stdin|stdout|stderr)$|^\/dev\/(?:fd|pts)(?:\/|$)/,
  ],
  ['process', /^\/proc\/(?:self|thread-self|[0-9]+)(?:\/|$)/],
  ['system', /^\/(?:usr|lib|lib32|lib64|libx32|bin|sbin|etc|proc|sys|dev|var|run|opt)(?:\/|$)/],
];

export function placeOf(path: string): InsidePlace {
  return PLACES.find(([, expression]) => expression.test(path))?.[0] ?? 'elsewhere';
}

/** What of a home holds secrets of other programs. */
const PRIVATE =
  /^\/(?:home\/[^/]+|root)\/(?:\.ssh|\.aws|\.gnupg|\.kube|\.azure|\.docker\/config\.json|\.config\/(?:gcloud|gh|op|solana)|\.vault-token|\.terraform\.d|\.(?:bash|zsh|python|psql|mysql)_history|\.ethereum|\.bitcoin|\.electrum|\.git-credentials|\.pypirc|\.clawdbot|\.openclaw|\.claude|\.codex|\.mozilla|\.password-store|\.local\/share\/keyrings|Library\/Keychains|.*(?:Login Data|wallet\.dat))(?:\/|$)/i;

/** What of a machine holds secrets of whoever runs it. */
const PRIVATE_OF_MACHINE =
  /^\/(?:etc\/(?:g?shadow-?|sudoers(?:\.d)?|krb5\.keytab|security\/opasswd|ssh\/ssh_host_[^/]*_key|ssl\/private|kubernetes|wireguard|rancher)|(?:var\/)?run\/secrets|var\/lib\/(?:kubelet|docker|rancher))(?:\/|$)/;

/** What of a home runs by itself later. */
const RUNS_LATER =
  /^\/(?:home\/[^/]+|root)\/(?:\.bashrc|\.bash_profile|\.bash_login|\.profile|\.zshrc|\.zshenv|\.zprofile|\.config\/(?:autostart|systemd|fish)|Library\/LaunchAgents)(?:\/|$)/;

/** Whether a path names secrets of other programs. */
export function isPrivate(path: string): boolean {
  return PRIVATE.test(path) || PRIVATE_OF_MACHINE.test(path);
}

/** Whether what is written to a path runs by itself later. */
export function runsLater(path: string): boolean {
  return RUNS_LATER.test(path);
}

/** Directories in which programs are looked for. */
const PROGRAMS = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;

/** The name of a program of the system, by its path; `undefined` for one that lies elsewhere. */
export function programName(path: string): string | undefined {
  return PROGRAMS.exec(path)?.[1];
}
