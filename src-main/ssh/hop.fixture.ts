import { limits } from '../kernel/limits.ts';
import type { SshPrompts } from './connection-types.ts';
import type { Hop, Route } from './hop.ts';
import { parseTarget } from './target.ts';

/** Whom nobody can ask. */
export const nobody: SshPrompts = {
  acceptHostKey: async () => 'unanswerable',
  passphrase: async () => null,
  password: async () => null,
  challenge: async () => null,
  wrongPassword: () => {},
};

/** A machine on this one, without agent, key files and files of the operator's, unless told otherwise. */
export function hopOf(changes: Partial<Hop> = {}): Hop {
  const { host = '127.0.0.1', port = 22 } = changes;
  return {
    user: 'me',
    host,
    port,
    knownAs: { host, port },
    knownHostsFiles: null,
    identityFiles: [],
    homeDir: '/nonexistent',
    namedFiles: changes.identityFiles?.length ?? 0,
    identitiesOnly: false,
    agentSocket: null,
    methods: { publicKey: true, keyboardInteractive: true, password: true },
    keepalive: { intervalMs: limits.ssh.keepaliveMs, count: limits.ssh.keepaliveCount },
    ...changes,
  };
}

/** Through each machine to the next. */
export function routeTo(...hops: readonly Hop[]): Route {
  return { hops, notes: [] };
}

/** Straight to a target that leaves nothing out, with the key that opens it. */
export function routeToTarget({
  target,
  identityFile,
}: {
  readonly target: string;
  readonly identityFile: string;
}): Route {
  const read = parseTarget(target);
  if (read.kind === 'local' || read.user === null || read.port === null)
    throw new Error(`${target} leaves something out`);
  const { user, host, port } = read;
  return routeTo(hopOf({ user, host, port, identityFiles: [identityFile] }));
}
