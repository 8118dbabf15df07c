import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackgroundProcess, startBackground } from './background-process.ts';
import { findProgram } from './requirements.ts';
import { freePort } from './sshd-process.ts';

/** What a policy allows; the rest, and all that is in no row of {@link sections}, is answered 403. */
export type Policy = Readonly<Partial<Record<keyof typeof sections | 'post', boolean>>>;

/**
 * docker-socket-proxy allows by sections of the API; of `containers` the rows here are finer, so that each can be missed
 * by itself. `post`: any method but GET and HEAD, on what else is allowed.
 */
const sections = {
  ping: '/_ping',
  version: '/version',
  info: '/info',
  events: '/events',
  networks: '/networks(/.*)?',
  containers: '/containers/json',
  inspect: '/containers/[^/]+/json',
  stats: '/containers/[^/]+/stats',
  logs: '/containers/[^/]+/logs',
  changes: '/containers/[^/]+/(start|stop|restart|kill)',
} as const;

/** haproxy in front of an engine's socket, as docker-socket-proxy is: two doors to the same rules. */
export interface PolicyProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly socketPath: string;
  readonly pid: number;
  log(): string;
}

/** Starts one and resolves once it listens. @throws Error with haproxy's own words where it did not start */
export async function startPolicyProxy(engineSocket: string, policy: Policy): Promise<PolicyProxy> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-policy-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711);
  const socketPath = join(folder, 'docker.sock');
  const config = join(folder, 'haproxy.cfg');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    await writeFile(config, configuration({ port, socketPath, engineSocket, policy }));
    const proxy = startBackground([findProgram('haproxy') ?? 'haproxy', '-db', '-f', config]);
    if (await listening(proxy, socketPath)) {
      undo.use(proxy);
      const started = undo.move();
      return {
        host: '127.0.0.1',
        port,
        socketPath,
        pid: proxy.pid,
        log: () => proxy.log(),
        [Symbol.asyncDispose]: () => started.disposeAsync(),
      };
    }
    await proxy[Symbol.asyncDispose]();
    // Between finding a free port and taking it somebody else may have taken it.
    if (!proxy.log().includes('Address already in use') || attempt === 3) {
      throw new Error(`haproxy did not start: ${proxy.exit()}\n${proxy.log()}`);
    }
  }
}

/** It makes its socket under another name first, so that it listens once it is there. */
async function listening(proxy: BackgroundProcess, socketPath: string): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  while (!existsSync(socketPath)) {
    if (proxy.exit() !== null || performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** After docker-socket-proxy's own haproxy.cfg: timeouts, a backend without one for events, deny what is not allowed. */
function configuration(options: {
  readonly port: number;
  readonly socketPath: string;
  readonly engineSocket: string;
  readonly policy: Policy;
}): string {
  const { port, socketPath, engineSocket, policy } = options;
  const allowed = Object.entries(sections).filter(([name]) => policy[name as keyof typeof sections] === true);
  return `global
  log stdout format raw daemon info
  maxconn 1024

defaults
  mode http
  log global
  option httplog
  option dontlognull
  option http-server-close
  timeout http-request 10s
  timeout queue 1m
  timeout connect 10s
  timeout client 10m
  timeout server 10m
  timeout http-keep-alive 10s

backend engine
  server engine unix@${engineSocket}

backend engine-events
  server engine unix@${engineSocket}
  timeout server 0

frontend door
  bind 127.0.0.1:${port}
  bind unix@${socketPath} mode 666
  ${policy.post ? '# any method' : 'http-request deny unless METH_GET'}
${allowed.map(([, path]) => `  http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?${path}$ }`).join('\n')}
  http-request deny
  default_backend engine
  use_backend engine-events if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/events }
`;
}
