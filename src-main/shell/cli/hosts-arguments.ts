import { type OptionValues, usage } from './options.ts';

export type HostsCommand =
  | {
      readonly kind: 'hosts-add';
      readonly target: string;
      readonly name: string | null;
      readonly identityFiles: readonly string[];
      readonly json: boolean;
      readonly home: string | null;
    }
  | { readonly kind: 'hosts-list'; readonly json: boolean; readonly home: string | null }
  /** `host`: id, name or target. */
  | { readonly kind: 'hosts-remove'; readonly host: string; readonly json: boolean; readonly home: string | null };

/** What is said of the way to hosts, where a command connects. */
export interface ConnectingOptions {
  /** Tried before a host's own. */
  readonly identityFiles: readonly string[];
  /** Read instead of `~/.ssh/known_hosts`; null: that one. */
  readonly knownHostsFile: string | null;
  /** Read instead of `~/.ssh/config` and the machine's; `none`: neither, and no other; null: those two. */
  readonly sshConfigFile: string | null;
  /** `SHA256:` and 43 characters of base64, the only host key to be accepted; null: ask. */
  readonly acceptHostKey: string | null;
  /** File descriptor passphrases come from, one a line; null: ask. */
  readonly passphraseFd: number | null;
}

export interface HostsTestCommand extends ConnectingOptions {
  readonly kind: 'hosts-test';
  /** Id or name of a saved host, or a target. */
  readonly host: string;
  readonly json: boolean;
  readonly timeoutMs: number;
  readonly home: string | null;
}

export interface HostsAliasesCommand extends Pick<ConnectingOptions, 'sshConfigFile'> {
  readonly kind: 'hosts-aliases';
  readonly json: boolean;
  readonly home: string | null;
}

export const HOSTS_ACTIONS = ['add', 'list', 'remove', 'test', 'aliases'] as const;
type HostsAction = (typeof HOSTS_ACTIONS)[number];

const FORMS: Readonly<Record<HostsAction, string>> = {
  add: 'TARGET [--name NAME] [--identity FILE]',
  list: '[--json]',
  remove: 'TARGET|ID|NAME',
  test: 'TARGET|ID|NAME [--identity FILE] [--json]',
  aliases: '[--json]',
};

/** @throws AppError USAGE */
export function hostsCommand(
  action: HostsAction,
  operands: readonly string[],
  values: OptionValues,
): HostsCommand | HostsTestCommand | HostsAliasesCommand {
  const common = { json: values.flag('json'), home: values.path('home') };
  const wanted = action === 'list' || action === 'aliases' ? 0 : 1;
  if (operands.length !== wanted) {
    throw usage(
      operands.length > wanted
        ? `hosts ${action} takes ${wanted === 0 ? 'nothing' : 'one host'} but options.`
        : `hosts ${action} needs to know which host.`,
      `The form is: binnacle hosts ${action} ${FORMS[action]}`,
    );
  }
  const [host = ''] = operands;
  switch (action) {
    case 'add': {
      const wish = { target: host, name: values.text('name'), identityFiles: values.paths('identity') };
      return { kind: 'hosts-add', ...wish, ...common };
    }
    case 'list':
      return { kind: 'hosts-list', ...common };
    case 'remove':
      return { kind: 'hosts-remove', host, ...common };
    case 'test': {
      const connecting = connectingOptions(values);
      return { kind: 'hosts-test', host, ...connecting, timeoutMs: values.timeoutMs('timeout'), ...common };
    }
    case 'aliases':
      return { kind: 'hosts-aliases', sshConfigFile: values.pathOrNone('ssh-config'), ...common };
  }
}

/** @throws AppError USAGE */
export function connectingOptions(values: OptionValues): ConnectingOptions {
  return {
    identityFiles: values.paths('identity'),
    knownHostsFile: values.path('known-hosts'),
    sshConfigFile: values.pathOrNone('ssh-config'),
    acceptHostKey: values.fingerprint('accept-host-key'),
    passphraseFd: values.fileDescriptor('passphrase-fd'),
  };
}
