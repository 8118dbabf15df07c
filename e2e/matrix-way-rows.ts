import { startFaultProxy } from '../lab/fault-proxy.ts';
import { startPolicyProxy } from '../lab/policy-proxy.ts';
import { freePort } from '../lab/sshd-process.ts';
import { blackHole } from '../src-main/ssh/black-hole.fixture.ts';
import type { Row, Stage } from './matrix-row.ts';

/** Lines of ssh_config by which `name` is the row's account. */
const aliasLines = ({ sshd, user, ground }: Stage, name = 'web') => [
  `Host ${name}`,
  `  HostName ${sshd.host}`,
  `  Port ${sshd.port}`,
  `  User ${user}`,
  `  IdentityFile ${ground.key.file}`,
];

/** Reaches the row's account through `jump`. */
async function through(stage: Stage, jump: readonly string[]) {
  const config = await stage.write('config', [...aliasLines(stage), '  ProxyJump jump', 'Host jump', ...jump]);
  return { target: 'ssh://web', identityFiles: [], config };
}

/** Finding the machine, and reaching it. */
export const wayRows: readonly Row[] = [
  {
    area: 'Way',
    name: 'user, address and port',
    expected: { outcome: 'reached', via: 'stream-local', engine: /^docker 20\.10\./ },
  },
  {
    area: 'Way',
    name: 'an alias of `~/.ssh/config`',
    cli: true,
    arrange: async (stage) => ({
      target: 'ssh://web',
      identityFiles: [],
      config: await stage.write('config', [...aliasLines(stage), '  ServerAliveInterval 2']),
    }),
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Way',
    name: '`Include` and `Match`',
    arrange: async (stage) => {
      const included = await stage.write('included', [
        `Match host 127.0.0.* user ${stage.user}`,
        `  Port ${stage.sshd.port}`,
      ]);
      const alias = aliasLines(stage).filter((line) => !line.includes('Port'));
      const config = await stage.write('config', [...alias, `Include ${included}`]);
      return { target: 'ssh://web', identityFiles: [], config };
    },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Way',
    name: '`ProxyJump` over two machines',
    cli: true,
    arrange: async (stage) => {
      const { ground, user } = stage;
      const jumpKey = await stage.newKey('first');
      await ground.bastion.authorize(jumpKey.publicKey);
      const known = (name: string, lines: readonly string[], alias: string) =>
        stage.write(
          name,
          lines.map((line) => line.replace(/^\S+/, alias)),
        );
      // Nobody's known_hosts but each machine's own knows it, and that by another name.
      const first = await known('known_first', ground.bastion.knownHostsLines(), 'the-first');
      const second = await known('known_second', ground.strange.knownHostsLines().slice(0, 1), 'the-second');
      const last = await known('known_last', ground.main.knownHostsLines(), 'the-last');
      const config = await stage.write('config', [
        ...aliasLines(stage),
        `  UserKnownHostsFile ${last}`,
        '  HostKeyAlias the-last',
        '  ProxyJump first,second',
        'Host first',
        `  HostName 127.0.0.1`,
        `  Port ${ground.bastion.port}`,
        `  User ${ground.bastion.user}`,
        `  IdentityFile ${jumpKey.file}`,
        `  UserKnownHostsFile ${first}`,
        '  HostKeyAlias the-first',
        'Host second',
        `  HostName 127.0.0.1`,
        `  Port ${ground.strange.port}`,
        `  User ${ground.strange.user}`,
        `  IdentityFile ${ground.strange.clientKeyFile}`,
        `  UserKnownHostsFile ${second}`,
        '  HostKeyAlias the-second',
      ]);
      return { target: `ssh://${user}@web`, identityFiles: [], knownHosts: null, config };
    },
    expected: { outcome: 'reached', via: 'stream-local', hops: 3 },
  },
  {
    area: 'Way',
    name: 'another service’s port',
    arrange: async ({ ground, own, user }) => {
      const { port } = own.use(await startPolicyProxy(ground.lab.socketPath, {}));
      return { target: `ssh://${user}@127.0.0.1:${port}` };
    },
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'NOT_SSH',
      cause: /is not an SSH server: it said "HTTP\/1\.\d 400 Bad request"/i,
      fix: /Check the port: it belongs to another service/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: 'connection refused',
    arrange: async ({ user }) => ({ target: `ssh://${user}@127.0.0.1:${await freePort()}` }),
    expected: {
      outcome: 'stopped',
      step: 'reach',
      code: 'CONNECT_REFUSED',
      cause: /^127\.0\.0\.1:\d+ refused the connection\.$/,
      fix: /Check that sshd runs there, and on this port/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: 'a black hole',
    slow: true,
    arrange: async ({ own, user }) => {
      const { port } = own.use(await blackHole());
      return { target: `ssh://${user}@127.0.0.1:${port}` };
    },
    expected: {
      outcome: 'stopped',
      step: 'reach',
      code: 'CONNECT_TIMEOUT',
      cause: /did not answer within 5 s/,
      fix: /Check that the machine is up, and that no firewall drops the connection/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: 'a connection that stays silent',
    slow: true,
    arrange: async ({ sshd, own, user }) => {
      const proxy = own.use(await startFaultProxy(sshd));
      proxy.blackHole();
      return { target: `ssh://${user}@127.0.0.1:${proxy.port}` };
    },
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'HANDSHAKE_FAILED',
      cause: /^127\.0\.0\.1:\d+ did not finish within 10 s without having said anything\.$/,
      fix: /Check that the port is that of an SSH server/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: 'a name without an address',
    arrange: ({ user }) => ({ target: `ssh://${user}@no-such-host.invalid` }),
    expected: {
      outcome: 'stopped',
      step: 'resolve',
      code: 'ADDRESS_NOT_FOUND',
      cause: /^The name no-such-host\.invalid (has no address|was not resolved)/,
      fix: /Check the spelling of the host/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: '`ProxyCommand`',
    arrange: async (stage) => ({
      target: 'ssh://web',
      config: await stage.write('config', [...aliasLines(stage), '  ProxyCommand nc --secret=hunter2 %h %p']),
    }),
    expected: {
      outcome: 'stopped',
      step: 'resolve',
      code: 'SSH_CONFIG_UNSUPPORTED',
      cause: /\/config:6 .*ProxyCommand/,
      fix: /ProxyJump/,
      state: 'blocked',
    },
  },
  {
    area: 'Way',
    name: 'a broken `ssh_config`',
    arrange: async (stage) => ({
      target: 'ssh://web',
      config: await stage.write('config', ['Host web', '  Port ninety']),
    }),
    expected: {
      outcome: 'stopped',
      step: 'resolve',
      code: 'SSH_CONFIG_BROKEN',
      cause: /\/config:2 .*port/i,
      fix: /ssh -G/,
      state: 'blocked',
    },
  },
  {
    area: 'Way',
    name: 'a jump host that forwards nothing',
    account: { sshd: ['AllowTcpForwarding no'] },
    arrange: (stage) => overAccount(stage),
    expected: {
      outcome: 'stopped',
      step: 'reach',
      code: 'JUMP_REFUSED',
      cause: /^127\.0\.0\.1:\d+ does not let row\d+ forward to 127\.0\.0\.1:\d+\.$/,
      fix: /sshd_config must allow it \(AllowTcpForwarding/,
      seen: /^seen from row\d+@127\.0\.0\.1:\d+$/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: 'a jump host whose key is restricted',
    account: { key: 'restrict' },
    arrange: (stage) => overAccount(stage),
    expected: {
      outcome: 'stopped',
      step: 'reach',
      code: 'JUMP_REFUSED',
      cause: /^127\.0\.0\.1:\d+ does not let row\d+ forward to 127\.0\.0\.1:\d+\.$/,
      fix: /^The key may not forward: .*authorized_keys "port-forwarding"/,
      state: 'offline',
    },
  },
  {
    area: 'Way',
    name: 'a jump host that does not let us in',
    arrange: async (stage) => {
      const { bastion } = stage.ground;
      const key = await stage.newKey('stranger');
      return await through(stage, [
        `  HostName ${bastion.host}`,
        `  Port ${bastion.port}`,
        `  User ${bastion.user}`,
        `  IdentityFile ${key.file}`,
      ]);
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      onTheWay: true,
      code: 'AUTH_FAILED',
      cause: /^On the way to 127\.0\.0\.1:\d+: 127\.0\.0\.1:\d+ did not let \S+ in with the key offered/,
      fix: /authorized_keys of \S+ on the host/,
      state: 'blocked',
    },
  },
  {
    area: 'Way',
    name: 'a host that refuses its jump host',
    arrange: async (stage) => {
      const { bastion, key } = stage.ground;
      const config = await stage.write('config', [
        'Host web',
        '  HostName 127.0.0.1',
        `  Port ${await freePort()}`,
        `  ProxyJump ${bastion.user}@127.0.0.1:${bastion.port}`,
        'Host *',
        `  IdentityFile ${key.file}`,
      ]);
      return { target: `ssh://${stage.user}@web`, identityFiles: [], config };
    },
    expected: {
      outcome: 'stopped',
      step: 'reach',
      code: 'CONNECT_REFUSED',
      cause: /^127\.0\.0\.1:\d+ refused the connection of 127\.0\.0\.1:\d+\.$/,
      fix: /Check that sshd runs there, and on this port/,
      seen: /^seen from \S+@127\.0\.0\.1:\d+$/,
      state: 'offline',
    },
  },
];

/** Reaches the bastion through the row's account. */
async function overAccount(stage: Stage) {
  const { bastion, key } = stage.ground;
  const jump = `${stage.user}@${stage.sshd.host}:${stage.sshd.port}`;
  const config = await stage.write('config', [
    'Host inner',
    '  HostName 127.0.0.1',
    `  Port ${bastion.port}`,
    `  User ${bastion.user}`,
    `  ProxyJump ${jump}`,
    'Host *',
    `  IdentityFile ${key.file}`,
  ]);
  return { target: 'ssh://inner', identityFiles: [], config };
}
