import path from 'node:path';

/** What OpenSSH's own files on this machine say of the way to hosts, and whose they are. All are only ever read. */
export interface SshFiles {
  /** Whose `.ssh` holds the usual keys, and what `~` stands for. */
  readonly userFolder: string;
  /** The operator's ssh_config, and the machine's; null: there is none to follow. */
  readonly config: string | null;
  readonly systemConfig: string | null;
  readonly knownHosts: readonly string[];
  /** They were named for this run: UserKnownHostsFile does not replace them, as with `ssh -o`. */
  readonly knownHostsNamed: boolean;
  readonly systemKnownHosts: readonly string[];
  /** Socket of the ssh-agent; null: none. */
  readonly agentSocket: string | null;
  /** For `${NAME}` in ssh_config. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Machine {
  readonly userFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** Where ssh(1) looks, FILES. */
export function usualSshFiles({ userFolder, environment, platform }: Machine): SshFiles {
  const own = (name: string) => path.join(userFolder, '.ssh', name);
  // Windows' OpenSSH has its machine-wide files below ProgramData.
  const system = platform === 'win32' ? path.join(environment.ProgramData ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  return {
    userFolder,
    config: own('config'),
    systemConfig: path.join(system, 'ssh_config'),
    knownHosts: [own('known_hosts'), own('known_hosts2')],
    knownHostsNamed: false,
    systemKnownHosts: [path.join(system, 'ssh_known_hosts'), path.join(system, 'ssh_known_hosts2')],
    agentSocket: environment.SSH_AUTH_SOCK || null,
    environment,
  };
}

/** What a command line names in place of the usual: `--ssh-config FILE`, or `none` for no file at all, as `ssh -F` has it. */
export function withNamedFiles(
  files: SshFiles,
  { config, knownHosts }: { readonly config: string | null; readonly knownHosts: string | null },
): SshFiles {
  return {
    ...files,
    ...(config === null ? {} : { config: config === 'none' ? null : config, systemConfig: null }),
    ...(knownHosts === null ? {} : { knownHosts: [knownHosts], knownHostsNamed: true }),
  };
}

/** Nobody's: what is said of a host is all there is. */
export function noSshFiles(userFolder: string): SshFiles {
  return {
    userFolder,
    config: null,
    systemConfig: null,
    knownHosts: [],
    knownHostsNamed: false,
    systemKnownHosts: [],
    agentSocket: null,
    environment: {},
  };
}
