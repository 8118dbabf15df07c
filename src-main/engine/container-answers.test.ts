import { expect, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { engineTime, networksFrom, sampleFrom } from './answers.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';

const ID = 'c'.repeat(64);

const LISTED = {
  Id: ID,
  Names: ['/proxy/web', '/web'],
  Image: 'nginx:1',
  ImageID: 'sha256:1',
  Created: 1_700_000_000,
  State: 'running',
  Status: 'Up 2 minutes (unhealthy)',
  Labels: { a: '<b>\u0000' },
  Ports: [
    { IP: '0.0.0.0', PrivatePort: 443, PublicPort: 8443, Type: 'tcp' },
    { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { PrivatePort: 53, Type: 'udp' },
  ],
  NetworkSettings: {
    Networks: { front: { NetworkID: 'n2', IPAddress: '' }, back: { NetworkID: 'n1', IPAddress: '10.0.0.2' } },
  },
  Mounts: [
    { Type: 'volume', Name: 'shop_data', Source: '/var/lib/docker/volumes/shop_data/_data', Destination: '/data' },
    { Type: 'volume', Name: 'shop_data', Source: '/var/lib/docker/volumes/shop_data/_data', Destination: '/again' },
    { Type: 'bind', Source: '/srv/shop', Destination: '/srv' },
    { Type: 'tmpfs', Source: '', Name: null },
  ],
  HostConfig: { NetworkMode: 'back' },
};

const PORTS = [
  { hostIp: null, hostPort: null, containerPort: 53, protocol: 'udp' },
  { hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostIp: '::', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostIp: '0.0.0.0', hostPort: 8443, containerPort: 443, protocol: 'tcp' },
];
const NETWORKS = [
  { name: 'back', networkId: 'n1', ip: '10.0.0.2' },
  { name: 'front', networkId: 'n2', ip: null },
];

test('a listed container', () => {
  expect(summariesFrom([LISTED])).toEqual([
    {
      id: ID,
      name: 'web',
      image: 'nginx:1',
      imageId: 'sha256:1',
      labels: { a: '<b>\u0000' },
      createdAt: 1_700_000_000_000,
      state: 'running',
      health: 'unhealthy',
      exitCode: null,
      ports: PORTS,
      networks: NETWORKS,
      mountPaths: ['/data', '/again', '/srv'],
      volumes: ['shop_data', '/srv/shop'],
    },
  ]);
});

test('a listed container of which little is told', () => {
  const bare = {
    Id: ID,
    Image: 'x',
    Created: 1,
    Names: null,
    Labels: null,
    Ports: null,
    NetworkSettings: null,
    State: 'odd',
  };
  expect(summariesFrom([bare])).toEqual([
    {
      id: ID,
      name: ID.slice(0, 12),
      image: 'x',
      imageId: '',
      labels: {},
      createdAt: 1_000,
      state: 'unknown',
      health: null,
      exitCode: null,
      ports: [],
      networks: [],
      mountPaths: [],
      volumes: [],
    },
  ]);
});

const INSPECTED = {
  Id: ID,
  Name: '/web',
  Image: 'sha256:1',
  Created: '2023-11-14T22:13:20.5Z',
  RestartCount: 4,
  State: {
    Status: 'exited',
    ExitCode: 137,
    OOMKilled: true,
    Error: 'no such file\u001b[2J',
    StartedAt: '2023-11-14T22:13:20.123456789Z',
    FinishedAt: '2023-11-14T22:13:21.9Z',
    Health: {
      Status: 'unhealthy',
      Log: [
        { ExitCode: 1, Output: 'older' },
        { ExitCode: 7, Output: '\r\n  \n connection \u202erefused\nmore' },
        { ExitCode: 0, Output: 'fine' },
      ],
    },
  },
  Config: {
    Image: 'nginx:1',
    Labels: { a: 'b' },
    Tty: true,
    StopSignal: 'SIGQUIT',
    StopTimeout: 45,
    Healthcheck: {
      Test: ['CMD-SHELL', 'curl -f http://localhost/'],
      Interval: 10e9,
      Timeout: 2e9,
      StartPeriod: 40e9,
      Retries: 5,
    },
  },
  HostConfig: { Memory: 1024, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } },
  NetworkSettings: {
    Ports: {
      '443/tcp': [{ HostIp: '0.0.0.0', HostPort: '8443' }],
      '80/tcp': [
        { HostIp: '::', HostPort: '8080' },
        { HostIp: '', HostPort: '8080' },
      ],
      '53/udp': null,
    },
    Networks: LISTED.NetworkSettings.Networks,
  },
  Mounts: LISTED.Mounts,
};

const DETAIL = {
  id: ID,
  name: 'web',
  image: 'nginx:1',
  imageId: 'sha256:1',
  labels: { a: 'b' },
  createdAt: 1_700_000_000_500,
  state: 'exited',
  ports: PORTS,
  networks: NETWORKS,
  mountPaths: ['/data', '/again', '/srv'],
  volumes: ['shop_data', '/srv/shop'],
  health: 'unhealthy',
  healthOutput: 'connection \\u{202e}refused',
  exitCode: 137,
  oomKilled: true,
  error: 'no such file\u241b[2J',
  restartCount: 4,
  restartPolicy: { name: 'on-failure', maximumRetries: 3 },
  startedAt: 1_700_000_000_123,
  finishedAt: 1_700_000_001_900,
  startedAtText: '2023-11-14T22:13:20.123456789Z',
  memoryLimitBytes: 1024,
  tty: true,
  stopSignal: 'SIGQUIT',
  stopTimeoutSeconds: 45,
  healthWaitMs: 40_000 + 5 * (10_000 + 2_000),
};

test('an inspected container', () => {
  expect(detailFrom(INSPECTED)).toEqual(DETAIL);
});

test('an inspected container that never ran, of which little is told', () => {
  const zero = '0001-01-01T00:00:00Z';
  const bare = {
    ...INSPECTED,
    RestartCount: 0,
    State: {
      Status: 'created',
      ExitCode: 0,
      Error: '',
      StartedAt: zero,
      FinishedAt: zero,
      Health: { Status: '', Log: null },
    },
    Config: { Image: 'nginx:1', Labels: null },
    HostConfig: { Memory: 0, RestartPolicy: { Name: '' } },
    NetworkSettings: { Ports: {}, Networks: null },
    Mounts: null,
  };
  expect(detailFrom(bare)).toEqual({
    ...DETAIL,
    labels: {},
    state: 'created',
    ports: [],
    networks: [],
    mountPaths: [],
    volumes: [],
    health: 'none',
    healthOutput: null,
    exitCode: null,
    oomKilled: false,
    error: null,
    restartCount: 0,
    restartPolicy: { name: 'no', maximumRetries: 0 },
    startedAt: null,
    finishedAt: null,
    startedAtText: null,
    memoryLimitBytes: null,
    tty: false,
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: null,
    healthWaitMs: null,
  });
});

function configured(config: object, state: object = {}) {
  const Config = { Image: 'nginx:1', ...config };
  return detailFrom({ ...INSPECTED, Config, State: { Status: 'created', ...state } });
}

test.each<[string, object, number | null]>([
  ['not told', {}, null],
  ['null', { StopTimeout: null }, null],
  ['at once', { StopTimeout: 0 }, 0],
  ['long', { StopTimeout: 3_600 }, 3_600],
  ['for ever', { StopTimeout: -1 }, limits.actions.mostGraceSeconds],
  ['in parts of a second, which no engine takes', { StopTimeout: 1.5 }, 2],
])('the time to stop, %s', (_name, config, seconds) => {
  expect(configured(config).stopTimeoutSeconds).toBe(seconds);
});

test('the signal to stop, as Podman tells it', () => {
  expect([configured({ StopSignal: 15 }), configured({ StopSignal: '3' })].map((one) => one.stopSignal)).toEqual([
    'SIGTERM',
    'SIGQUIT',
  ]);
});

const DEFAULT_WAIT = 3 * 60_000;
test.each<[string, object | null, object, number | null]>([
  ['none', null, {}, null],
  ['taken away from the image', { Test: ['NONE'] }, {}, null],
  ['without a test', { Test: [], Interval: 1e9 }, {}, null],
  ['with no times of its own, before it ever ran', { Test: ['CMD', 'true'] }, {}, DEFAULT_WAIT],
  ['with zeroes for the defaults', { Test: ['CMD', 'true'], Interval: 0, Retries: 0 }, {}, DEFAULT_WAIT],
  ['with times below zero', { Test: ['CMD', 'true'], Interval: -1, Retries: -3 }, {}, DEFAULT_WAIT],
  ['known by its state alone', null, { Health: { Status: 'starting' } }, DEFAULT_WAIT],
  ['of every second', { Test: ['CMD', 'true'], Interval: 1e9, Timeout: 1e9, Retries: 1 }, {}, 2_000],
])('the wait for a health check, %s', (_name, Check, state, ms) => {
  expect(configured({ Healthcheck: Check }, state).healthWaitMs).toBe(ms);
});

test('the last exit code: not while it runs, and of a start that failed', () => {
  const told = [
    ['running', 0],
    ['paused', 0],
    ['restarting', 1],
    ['created', 0],
    ['created', 127],
    ['exited', 0],
    ['dead', 137],
  ].map(([Status, ExitCode]) => detailFrom({ ...INSPECTED, State: { Status, ExitCode } }).exitCode);
  expect(told).toEqual([null, null, 1, null, 127, 0, 137]);
});

test.each<[string, unknown, (json: unknown) => unknown, string]>([
  ['a list that is none', { message: 'hi' }, summariesFrom, 'the whole answer'],
  ['an entry without an id', [{ ...LISTED, Id: undefined }], summariesFrom, '0.Id'],
  ['a name that is a number', [{ ...LISTED, Names: [5] }], summariesFrom, '0.Names.0'],
  ['a label that is an object', [{ ...LISTED, Labels: { a: {} } }], summariesFrom, '0.Labels.a'],
  ['an id that is a name', [{ ...LISTED, Id: 'web' }], summariesFrom, '0.Id'],
  ['an id with a path behind it', [{ ...LISTED, Id: `${ID}/../x` }], summariesFrom, '0.Id'],
  ['an inspected id that is none', { ...INSPECTED, Id: 'C'.repeat(64) }, detailFrom, 'Id'],
  ['a creation beyond all years', [{ ...LISTED, Created: 1e300 }], summariesFrom, '0.Created'],
  ['a port out of range', [{ ...LISTED, Ports: [{ PrivatePort: 70_000 }] }], summariesFrom, '0.Ports.0.PrivatePort'],
  ['a state that is text', { ...INSPECTED, State: 'running' }, detailFrom, 'State'],
  ['a count that is text', { ...INSPECTED, RestartCount: '4' }, detailFrom, 'RestartCount'],
  [
    'a port that is none',
    { ...INSPECTED, NetworkSettings: { Ports: { '\u001b/tcp': null } } },
    detailFrom,
    'NetworkSettings.Ports.\u241b/tcp',
  ],
  ['networks without a name', [{ Id: 'n' }], networksFrom, '0.Name'],
  ['stats of nothing', {}, (json) => sampleFrom(ID, json), 'read'],
])('%s names the field', (_name, json, parse, field) => {
  expect(() => parse(json)).toThrow(
    expect.objectContaining({ code: 'ENGINE_ANSWER_INVALID', message: expect.stringContaining(`“${field}” is wrong`) }),
  );
});

test('networks', () => {
  const ipam = {
    Driver: 'default',
    Config: [{ Subnet: '172.20.0.0/16', Gateway: '172.20.0.1' }, { Subnet: 'fd00::/64' }, {}],
  };
  const told = networksFrom([
    { Id: 'n1', Name: 'back', Driver: 'bridge', IPAM: ipam },
    { Id: 'n2', Name: 'host', IPAM: { Config: null } },
  ]);
  expect(told).toEqual([
    { id: 'n1', name: 'back', driver: 'bridge', subnets: ['172.20.0.0/16', 'fd00::/64'] },
    { id: 'n2', name: 'host', driver: '', subnets: [] },
  ]);
});

const STATS = {
  read: '2023-11-14T22:13:20.5Z',
  cpu_stats: { cpu_usage: { total_usage: 5_000, percpu_usage: [1, 2, 3] }, system_cpu_usage: 90_000, online_cpus: 2 },
  memory_stats: { usage: 1_000, limit: 4_000, stats: { inactive_file: 300 } },
};
const SAMPLE = {
  id: ID,
  readAt: 1_700_000_000_500,
  cpuTotalNs: 5_000,
  systemCpuNs: 90_000,
  onlineCpus: 2,
  memoryBytes: 700,
  memoryLimitBytes: 4_000,
};

test.each<[string, object, object]>([
  ['as Docker tells it', STATS, SAMPLE],
  [
    'of an engine that lists its cores only',
    { ...STATS, cpu_stats: { ...STATS.cpu_stats, online_cpus: 0 } },
    { ...SAMPLE, onlineCpus: 3 },
  ],
  [
    'of one that does not tell its cores',
    { ...STATS, cpu_stats: { cpu_usage: { total_usage: 5_000 }, system_cpu_usage: 90_000 } },
    { ...SAMPLE, systemCpuNs: null, onlineCpus: 1 },
  ],
  [
    'of a container that is not running',
    { read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {} },
    {
      ...SAMPLE,
      readAt: 0,
      cpuTotalNs: 0,
      systemCpuNs: null,
      onlineCpus: 1,
      memoryBytes: null,
      memoryLimitBytes: null,
    },
  ],
])('a sample %s', (_name, json, sample) => {
  expect(sampleFrom(ID, json)).toEqual(sample);
});

test('times of an engine', () => {
  const texts = ['0001-01-01T00:00:00Z', '', null, undefined, 'soon', '1970-01-01T02:00:00.001000000+02:00'];
  expect(texts.map(engineTime)).toEqual([null, null, null, null, null, 1]);
});

test.each([
  ['of this run', '2023-11-14T22:13:50.5+00:00', 'refused'],
  ['of the run before', '2023-11-14T21:00:00.123456789Z', null],
  ['at a time that is none', 'yesterday', 'refused'],
])('what a failed check %s printed', (_name, start, expected) => {
  const Health = { Status: 'starting', Log: [{ Start: start, ExitCode: 1, Output: 'refused' }] };
  const { healthOutput } = detailFrom({ ...INSPECTED, State: { ...INSPECTED.State, Health } });
  expect(healthOutput).toBe(expected);
});
