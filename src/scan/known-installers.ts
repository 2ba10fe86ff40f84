/** Addresses of installers that their makers tell people to pipe into a shell: the host, and how the path begins. */
const KNOWN: readonly (readonly [host: string, path: string])[] = [
  ['sh.rustup.rs', '/'],
  ['astral.sh', '/'],
  ['get.docker.com', '/'],
  ['deno.land', '/install.sh'],
  ['bun.sh', '/install'],
  ['get.pnpm.io', '/install.sh'],
  ['install.python-poetry.org', '/'],
  ['deb.nodesource.com', '/setup_'],
  ['rpm.nodesource.com', '/setup_'],
  ['get.k3s.io', '/'],
  ['ollama.com', '/install.sh'],
  ['starship.rs', '/install.sh'],
  ['fnm.vercel.app', '/install'],
  ['nixos.org', '/nix/install'],
  ['raw.githubusercontent.com', '/Homebrew/install/'],
  ['raw.githubusercontent.com', '/nvm-sh/nvm/'],
  ['raw.githubusercontent.com', '/helm/helm/'],
];

const ADDRESS = /\bhttps?:\/\/[^\s"'`<>|;)]+/g;

/**
 * Whether a command names one address only, and that is one of an installer that many people know. It is piped into a
 * shell all the same, so that this makes it less of a finding, and not none.
 */
export function isKnownInstaller(command: string): boolean {
  const [address, ...others] = command.match(ADDRESS) ?? [];
  if (address === undefined || others.length > 0) return false;
  const [, host = '', path = '/'] = /^https:\/\/([a-z0-9.-]+)(\/[^?#]*)?$/.exec(address) ?? [];
  return KNOWN.some(
    ([known, start]) => host === known && path.startsWith(start) && !path.includes('..'),
  );
}
