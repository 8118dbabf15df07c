import { chmod, link } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  startDeadEngine,
  startEngineOfVersion,
  startOverrunEngine,
  startSilentEngine,
} from '../lab/failing-engines.ts';
import { type Policy, startPolicyProxy } from '../lab/policy-proxy.ts';
import { listenAtSocket } from '../lab/unix-server.ts';
import type { Reached, Row, Stage, Stopped } from './matrix-row.ts';

const all: Policy = {
  ping: true,
  version: true,
  info: true,
  containers: true,
  inspect: true,
  stats: true,
  networks: true,
  events: true,
  logs: true,
};
/** Everybody may connect: what is looked at is what is said then. */
const open = { mode: 0o666 };

/** The lab's engine behind a policy that denies these. */
function policyRow(name: string, denied: Policy, expected: Reached | Stopped): Row {
  return {
    area: 'Engine',
    name,
    arrange: async ({ ground, own, target }: Stage) => {
      const proxy = own.use(await startPolicyProxy(ground.lab.socketPath, { ...all, ...denied }));
      return { target: target(`?tcp=127.0.0.1:${proxy.port}`) };
    },
    expected,
  };
}

const reached = { outcome: 'reached', via: 'tcp', engine: /^docker 20\.10\./ } as const;

/** What answers at the socket. */
export const engineRows: readonly Row[] = [
  {
    area: 'Engine',
    name: 'Docker 20.10',
    arrange: ({ ground }) => ({ target: ground.bastion.target(ground.lab.socketPath) }),
    expected: { outcome: 'reached', via: 'stream-local', engine: /^docker 20\.10\.\S+ 1\.41$/ },
  },
  {
    area: 'Engine',
    name: 'Podman 4.3',
    arrange: ({ ground }) => ({ target: ground.bastion.target(ground.podman.socketPath) }),
    expected: { outcome: 'reached', via: 'stream-local', engine: /^podman 4\.3\.\d+ 1\.41$/ },
  },
  policyRow('docker-socket-proxy', {}, reached),
  policyRow('the same without `version`', { version: false }, reached),
  policyRow(
    'the same without `events`',
    { events: false },
    {
      ...reached,
      notes: [/denies events: changes are seen at each refresh, not as they happen/],
      problems: [/^Changes are seen within 10 s, not at once: .*403/],
    },
  ),
  policyRow(
    'the same without `stats`',
    { stats: false },
    {
      ...reached,
      notes: [/denies stats: no load is shown/],
      problems: [/^Load is not shown: .*403/],
    },
  ),
  policyRow(
    'the same without `networks`',
    { networks: false },
    {
      ...reached,
      notes: [/denies networks: no subnets are shown/],
      problems: [/^Subnets are not shown: .*403/],
    },
  ),
  policyRow(
    'the same without `inspect`',
    { inspect: false },
    {
      ...reached,
      notes: [/denies inspect: verdicts stay provisional/],
      problems: [/^Verdicts rest on the list alone.*403/],
    },
  ),
  policyRow(
    'docker-socket-proxy without `containers`',
    { containers: false },
    {
      outcome: 'stopped',
      step: 'permissions',
      code: 'ENGINE_DENIED',
      cause: /“list containers” is denied on this host \(403\)/,
      fix: /such as a socket proxy, allows only certain requests/,
      state: 'degraded',
    },
  ),
  policyRow(
    'one that denies everything',
    { ping: false, version: false, info: false, containers: false, inspect: false, networks: false, events: false },
    {
      outcome: 'stopped',
      step: 'engine',
      code: 'ENGINE_DENIED',
      cause: /denied on this host \(403\)/,
      fix: /such as a socket proxy, allows only certain requests/,
      state: 'degraded',
    },
  ),
  {
    area: 'Engine',
    name: 'stopped',
    account: { docker: false },
    arrange: async ({ own, target }) => ({ target: target(own.use(await startDeadEngine(open)).socketPath) }),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_REFUSED',
      cause: /^Nobody answers at \S+docker\.sock on 127\.0\.0\.1:\d+\.$/,
      fix: /sudo systemctl start docker/,
      seen: /docker --host .* version: .*Cannot connect to the Docker daemon/,
      state: 'degraded',
    },
  },
  {
    area: 'Engine',
    name: 'a stopped Podman',
    account: { docker: false },
    arrange: async ({ own, folder, target }) => {
      const dead = own.use(await startDeadEngine(open));
      await chmod(folder, 0o711);
      await link(dead.socketPath, join(folder, 'podman.sock'));
      return { target: target(join(folder, 'podman.sock')) };
    },
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_REFUSED',
      cause: /^Nobody answers at \S+podman\.sock on 127\.0\.0\.1:\d+\.$/,
      fix: /sudo systemctl start podman\.socket$/,
      seen: /^docker system dial-stdio to the same: “connect: connection refused”/,
      state: 'degraded',
    },
  },
  {
    area: 'Engine',
    name: 'hung, and no more may wait for it',
    account: { docker: false },
    arrange: async ({ own, target }) => ({ target: target(own.use(await startOverrunEngine(open)).socketPath) }),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'ENGINE_UNREACHABLE',
      cause: /^The engine at \S+docker\.sock on 127\.0\.0\.1:\d+ takes no connection: too many wait for it already\.$/,
      fix: /systemctl status docker/,
      seen: /^docker system dial-stdio to the same: “connect: resource temporarily unavailable”/,
      state: 'degraded',
    },
  },
  {
    area: 'Engine',
    name: 'hung',
    slow: true,
    arrange: async ({ own, target }) => ({ target: target(own.use(await startSilentEngine(open)).socketPath) }),
    expected: {
      outcome: 'stopped',
      step: 'engine',
      code: 'ENGINE_TIMEOUT',
      cause: /^The engine did not say within 8 s what it is\.$/,
      fix: /still responds, for example with “docker ps”/,
      state: 'degraded',
    },
  },
  {
    area: 'Engine',
    name: 'too old an API',
    arrange: async ({ own, target }) => {
      const engine = own.use(await startEngineOfVersion({ min: '1.12', max: '1.24' }, open));
      return { target: target(engine.socketPath) };
    },
    expected: {
      outcome: 'stopped',
      step: 'engine',
      code: 'API_TOO_OLD',
      cause: /^The engine speaks API 1\.24 at most; Binnacle needs 1\.41/,
      fix: /Update the engine on the host/,
      state: 'degraded',
    },
  },
  {
    area: 'Engine',
    name: 'no engine at all',
    arrange: async ({ own, target }) => {
      const page = createServer((_, answer) => void answer.setHeader('content-type', 'text/html').end('<h1>It works'));
      return { target: target(own.use(await listenAtSocket(page, open)).socketPath) };
    },
    expected: {
      outcome: 'stopped',
      step: 'engine',
      code: 'ENGINE_ANSWER_INVALID',
      cause: /version/,
      fix: /engine/,
      state: 'degraded',
    },
  },
];
