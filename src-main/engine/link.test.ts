import { link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { ExecResult, KeyOptions } from '../ssh/connection-types.ts';
import type { EngineAddress } from '../ssh/target.ts';
import { never } from './client.fixture.ts';
import { dying, type FakeConnection, fakeConnection, forwardRefused } from './connection.fixture.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';
import type { HostMode } from './gate.ts';
import { type HostLink, type LinkEvent, type LinkOptions, openLink, openLocalLink } from './link.ts';

const SOCKET: EngineAddress = { kind: 'socket', path: null, via: 'any' };
const TCP: EngineAddress = { kind: 'tcp', host: '127.0.0.1', port: 2375 };
const observe: LinkOptions = { mode: () => 'observe', signal: never, clock: systemClock };

/** The steps as they were told, without times. */
function steps(): { readonly onEvent: (event: LinkEvent) => void; readonly told: string[] } {
  const told: string[] = [];
  const onEvent = (event: LinkEvent) => {
    const rest = event.kind === 'passed' ? `: ${event.seen}` : event.kind === 'skipped' ? `: ${event.why}` : '';
    told.push(`${event.kind} ${event.step}${rest}`);
  };
  return { onEvent, told };
}

/** What opening failed with, and how far it had come. */
async function failing(connection: FakeConnection, engine: EngineAddress) {
  const { onEvent, told } = steps();
  const error: unknown = await openLink(connection, engine, { ...observe, onEvent }).catch((thrown) => thrown);
  if (!(error instanceof AppError)) throw new Error(`it did not fail as it should: ${String(error)}`);
  return { error, told, disposed: connection.disposed() };
}

function idle(link: HostLink): Promise<unknown> {
  return Promise.race([link.closed, new Promise((resolve) => setTimeout(resolve, 20, 'open'))]);
}

test('a link says who we are to the host, obeys its mode from one request to the next, and takes the connection with it', async () => {
  const asked: string[] = [];
  await using engine = await startFakeEngine(
    likeDocker((question, answer) => {
      asked.push(`${question.method} ${question.url}`);
      answer.writeHead(204).end();
    }),
  );
  const connection = fakeConnection({ openUnixSocket: (_path, signal) => engine.channels.open(signal) });
  const { onEvent, told } = steps();
  let mode: HostMode = 'observe';
  let kept: HostLink;
  {
    await using link = await openLink(connection, SOCKET, { ...observe, mode: () => mode, onEvent });
    kept = link;
    expect(link.login).toEqual({ user: 'ana', hostKey: 'SHA256:host', loginKey: 'SHA256:login' });
    const start = () => link.client.change('start', { containerId: 'a'.repeat(64), graceSeconds: 0 }, never);
    await expect(start()).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    mode = 'operate';
    expect(await start()).toBe('done');
    const { via, endpoint, channels, costs } = link.report();
    expect([via, endpoint, channels.opened, channels.refused, channels.most]).toEqual([
      'stream-local',
      '/var/run/docker.sock',
      3,
      0,
      null,
    ]);
    expect(costs.map(({ call, count, failed }) => [call, count, failed])).toEqual([
      ['ping', 1, 0],
      ['version', 1, 0],
      ['start container', 1, 0],
    ]);
    expect(await idle(link)).toBe('open');
  }
  expect([asked, connection.disposed(), await kept.closed]).toEqual([
    [`POST /v1.41/containers/${'a'.repeat(64)}/start`],
    1,
    null,
  ]);
  expect(told).toEqual([
    'begun forward',
    'passed forward: forwarded by sshd to /var/run/docker.sock',
    'begun socket',
    'passed socket: /var/run/docker.sock',
    'begun engine',
    'passed engine: Docker 20.10.24, API 1.41',
  ]);
  await vi.waitFor(() => expect(kept.report().channels.open).toBe(0));
});

/** The shell of a host on which all is as it should be, but for `missing`. */
function shell(missing: string | null = null) {
  return (line: string) => {
    const [, test, path] = line.match(/^'test' '(-\w)' '(.*)'$/) ?? [];
    const isNo = path === missing || test === '-L' || (test === '-S' && path === '/');
    return { exitCode: isNo ? 1 : 0, stdout: line.includes("'version'") ? '20.10.24\n' : '', stderr: '' };
  };
}

describe('where sshd does not forward to sockets', () => {
  const refused = () => Promise.reject(forwardRefused(1));

  test('docker system dial-stdio is used to the same socket, and said so', async () => {
    await using engine = await startFakeEngine(likeDocker(() => {}));
    const connection = fakeConnection({
      openUnixSocket: refused,
      openTcp: refused,
      exec: shell(),
      openCommand: (_command, signal) => engine.channels.open(signal),
    });
    const { onEvent, told } = steps();
    await using link = await openLink(connection, SOCKET, { ...observe, onEvent });
    const { via, endpoint, channels } = link.report();
    expect([via, endpoint, channels.most]).toEqual(['dial-stdio', '/var/run/docker.sock', limits.engine.stdioSessions]);
    const line = connection.asked.find((asked) => asked.startsWith('session'));
    expect(line?.replaceAll("'", '')).toBe('session docker --host unix:///var/run/docker.sock system dial-stdio');
    expect(told.filter((step) => step.startsWith('passed'))).toEqual([
      'passed forward: docker --host unix:///var/run/docker.sock system dial-stdio, because sshd does not forward to sockets',
      'passed socket: /var/run/docker.sock',
      'passed engine: Docker 20.10.24, API 1.41',
    ]);
  });

  test('and docker does not get through either, sshd’s refusal is the cause, and what docker said is told with it', async () => {
    const connection = fakeConnection({
      openUnixSocket: refused,
      openTcp: refused,
      exec: shell(),
      openCommand: async () => dying('bash: line 1: docker: command not found', 127),
    });
    const { error, told, disposed } = await failing(connection, SOCKET);
    expect([error.code, disposed, told]).toEqual(['FORWARD_REFUSED', 1, ['begun forward']]);
    expect(error.details.seen).toContain(
      'docker --host unix:///var/run/docker.sock system dial-stdio (exit code 127) said: bash: line 1: docker: command not found',
    );
  });

  test('what an engine says by that way is told as it is', async () => {
    const old = JSON.stringify({ Version: '19.03', ApiVersion: '1.40' });
    await using engine = await startFakeEngine((question, answer) =>
      answer.end(question.url === '/version' ? old : 'OK'),
    );
    const connection = fakeConnection({
      openUnixSocket: refused,
      openTcp: refused,
      exec: shell(),
      openCommand: (_command, signal) => engine.channels.open(signal),
    });
    const { error, told } = await failing(connection, SOCKET);
    expect([error.code, told.at(-1)]).toEqual(['API_TOO_OLD', 'begun engine']);
  });
});

test('a socket that is missing is told as that, and no other way is tried', async () => {
  const connection = fakeConnection({
    openUnixSocket: () => Promise.reject(forwardRefused(2)),
    openTcp: () => Promise.reject(forwardRefused(2)),
    exec: shell('/var/run/docker.sock'),
  });
  const { error, told } = await failing(connection, SOCKET);
  expect([error.code, told]).toEqual([
    'SOCKET_MISSING',
    ['begun forward', 'skipped forward: it cannot be told before the socket answers', 'begun socket'],
  ]);
  expect(connection.asked.some((asked) => asked.startsWith('session'))).toBe(false);
});

describe('docker system dial-stdio, when it is asked for', () => {
  const asked: EngineAddress = { kind: 'socket', path: null, via: 'sudo-dial-stdio' };

  test('is the only way that is tried', async () => {
    await using engine = await startFakeEngine(likeDocker(() => {}));
    const connection = fakeConnection({ openCommand: (_command, signal) => engine.channels.open(signal) });
    await using link = await openLink(connection, asked, observe);
    expect([link.report().via, link.report().endpoint, new Set(connection.asked)]).toEqual([
      'sudo-dial-stdio',
      'the socket docker uses there',
      new Set(["session 'sudo' '-n' 'docker' 'system' 'dial-stdio'"]),
    ]);
  });

  test.each<[string, () => Duplex, string, readonly string[]]>([
    ['asks for a password', () => dying('sudo: a password is required', 1), 'DIAL_STDIO_FAILED', ['begun forward']],
    [
      'finds nobody at the socket',
      () =>
        dying(
          'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: connection refused',
          1,
        ),
      'SOCKET_REFUSED',
      ['begun forward', 'passed forward: sudo -n docker system dial-stdio', 'begun socket'],
    ],
    ['is another command that says nothing and ends well', () => dying('', 0), 'DIAL_STDIO_FAILED', ['begun forward']],
    ['is another command that prints', () => printing('Welcome to atlas!\n'), 'DIAL_STDIO_FAILED', ['begun forward']],
  ])('that %s fails for that', async (_name, channel, code, told) => {
    const failure = await failing(fakeConnection({ openCommand: async () => channel() }), asked);
    expect([failure.error.code, failure.told, failure.disposed]).toEqual([code, told, 1]);
  });

  test('in whose place sshd runs the key’s own command says so', async () => {
    const keyOptions = { portForwarding: true, command: true, pty: true };
    for (const channel of [dying('', 0), dying('no', 1), printing('hello\n')]) {
      const { error } = await failing(fakeConnection({ keyOptions, openCommand: async () => channel }), asked);
      expect(error.code).toBe('COMMAND_FORCED');
    }
  });
});

/** A session whose command prints, and waits. */
function printing(text: string): Duplex {
  return new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
      setImmediate(() => this.push(text));
    },
  });
}

test.each<[string, FakeConnection, string, string]>([
  [
    'sshd does not allow',
    fakeConnection({ openTcp: () => Promise.reject(forwardRefused(1)) }),
    'FORWARD_REFUSED',
    'begun forward',
  ],
  [
    'the key may not reach',
    fakeConnection({
      openTcp: () => Promise.reject(forwardRefused(1)),
      keyOptions: { portForwarding: false, command: false, pty: false },
    }),
    'KEY_RESTRICTED',
    'begun forward',
  ],
  [
    'nobody listens at',
    fakeConnection({ openTcp: () => Promise.reject(forwardRefused(2)) }),
    'ENGINE_UNREACHABLE',
    'begun socket',
  ],
  [
    'nothing is heard from',
    fakeConnection({ openTcp: () => Promise.reject(forwardRefused(null)) }),
    'ENGINE_UNREACHABLE',
    'begun socket',
  ],
])('a port that %s', async (_name, connection, code, last) => {
  const { error, told } = await failing(connection, TCP);
  expect([error.code, told.at(-1)]).toEqual([code, last]);
});

test.each([
  ['Connection refused', /^Nobody answers at 127\.0\.0\.1:2375, as atlas:22 sees it\.$/, /ss -ltn/],
  ['Name or service not known', /^atlas:22 finds no address for the name in 127\.0\.0\.1:2375/, /resolved by the host/],
  ['Connection timed out', /^127\.0\.0\.1:2375 did not answer atlas:22\.$/, /firewall/],
  [
    'No route to host',
    /^127\.0\.0\.1:2375 cannot be reached from atlas:22 \(No route to host\)\.$/,
    /network of atlas/,
  ],
  ['open failed', /^atlas:22 did not connect to 127\.0\.0\.1:2375, and does not say why/, /See the log of sshd/],
])('a port of which sshd says “%s”', async (seen, message, hint) => {
  const refusal = new AppError('FORWARD_REFUSED', 'No.', { details: { reason: 2, seen } });
  const { error } = await failing(fakeConnection({ openTcp: () => Promise.reject(refusal) }), TCP);
  expect([error.code, error.message, error.hint]).toEqual([
    'ENGINE_UNREACHABLE',
    expect.stringMatching(message),
    expect.stringMatching(hint),
  ]);
});

test('an engine behind a port is reached through the host', async () => {
  await using engine = await startFakeEngine(likeDocker(() => {}));
  const connection = fakeConnection({ openTcp: (_address, signal) => engine.channels.open(signal) });
  await using link = await openLink(connection, TCP, observe);
  expect([link.report().via, link.report().endpoint, connection.asked[0]]).toEqual([
    'tcp',
    '127.0.0.1:2375',
    'tcp 127.0.0.1:2375',
  ]);
});

test('a socket that was there and is gone is the engine’s doing, not sshd’s', async () => {
  await using engine = await startFakeEngine(likeDocker(() => {}));
  let isThere = true;
  const connection = fakeConnection({
    openUnixSocket: (_path, signal) => (isThere ? engine.channels.open(signal) : Promise.reject(forwardRefused())),
  });
  await using link = await openLink(connection, SOCKET, { ...observe, mode: () => 'operate' });
  isThere = false;
  const change = link.client.change('start', { containerId: 'a'.repeat(64), graceSeconds: 0 }, never);
  await expect(change).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', details: { sent: false } });
  expect(link.report().channels.refused).toBe(1);
});

describe.each<[string, EngineAddress, string]>([
  ['a socket', SOCKET, 'begun engine'],
  ['a port', TCP, 'begun engine'],
  ['dial-stdio', { ...SOCKET, via: 'dial-stdio' } as EngineAddress, 'begun engine'],
])('a hung engine behind %s', (_name, address, last) => {
  test('is told as that, in its time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const silent = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      const opened = async () => silent();
      const connection = fakeConnection({
        openUnixSocket: opened,
        openTcp: opened,
        openCommand: opened,
        exec: shell(),
      });
      const failure = failing(connection, address);
      await vi.advanceTimersByTimeAsync(limits.engine.requestMs);
      const { error, told } = await failure;
      expect([error.code, told.at(-1)]).toEqual(['ENGINE_TIMEOUT', last]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('docker system dial-stdio that is begun, and of which nothing is heard', () => {
  const asked: EngineAddress = { kind: 'socket', path: null, via: 'dial-stdio' };
  const late = () =>
    Promise.reject(new AppError('EXEC_FAILED', 'It took longer than 5 s.', { details: { isLate: true } }));

  test.each<[string, (line: string) => ExecResult | Promise<ExecResult>, KeyOptions | null, string, RegExp]>([
    ['where commands run', shell(), null, 'ENGINE_TIMEOUT', /docker ps/],
    ['where none ends', late, null, 'EXEC_FAILED', /a start-up file of the shell .* may wait for something/],
    [
      'where all are answered alike',
      () => ({ exitCode: 0, stdout: '', stderr: '' }),
      null,
      'COMMAND_FORCED',
      /^Look for ForceCommand in sshd_config/,
    ],
    [
      'where the key has its own',
      shell(),
      { portForwarding: true, command: true, pty: true },
      'COMMAND_FORCED',
      /command=/,
    ],
    [
      'where it cannot be told',
      () => ({ exitCode: 127, stdout: '', stderr: 'not found' }),
      null,
      'UNDETERMINED',
      /^The engine may hang \(docker ps\), or something else run/,
    ],
  ])('%s', async (_name, exec, keyOptions, code, hint) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const openCommand = async () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      const failure = failing(fakeConnection({ openCommand, exec, keyOptions }), asked);
      await vi.advanceTimersByTimeAsync(limits.engine.requestMs);
      const { error, told } = await failure;
      expect([error.code, error.hint, told.at(-1)]).toEqual([
        code,
        expect.stringMatching(hint),
        code === 'ENGINE_TIMEOUT' ? 'begun engine' : 'begun forward',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each<[string, (line: string) => ExecResult | Promise<ExecResult>, string]>([
    ['something else is run', () => ({ exitCode: 0, stdout: '', stderr: '' }), 'something else is run there'],
    ['no command ends', late, 'no command comes to its end there'],
  ])('is not tried unasked where %s', async (_name, exec, why) => {
    const refused = () => Promise.reject(forwardRefused(1));
    const connection = fakeConnection({ openUnixSocket: refused, openTcp: refused, exec });
    const { error, told } = await failing(connection, SOCKET);
    expect([error.code, told, connection.asked.filter((line) => line.startsWith('session'))]).toEqual([
      'FORWARD_REFUSED',
      ['begun forward'],
      [],
    ]);
    expect(error.details.seen).toContainEqual(expect.stringContaining(`system dial-stdio: not tried, because ${why}`));
  });
});

test('the time of the looking is of the step at which it stopped', async () => {
  let now = 0;
  const clock = { ...systemClock, monotonic: () => now };
  const told: LinkEvent[] = [];
  const waited = async () => {
    now += 100;
    throw forwardRefused(2);
  };
  const connection = fakeConnection({
    openUnixSocket: waited,
    openTcp: waited,
    exec: (line) => {
      now += 1_000;
      return shell('/var/run/docker.sock')(line);
    },
  });
  const opening = openLink(connection, SOCKET, { ...observe, clock, onEvent: (event) => told.push(event) });
  await expect(opening).rejects.toMatchObject({ code: 'SOCKET_MISSING' });
  const last = told.at(-1);
  expect(last).toMatchObject({ kind: 'begun', step: 'socket', ms: expect.any(Number) });
  expect(last?.kind === 'begun' ? last.ms : 0).toBeGreaterThan(5_000);
});

test('the time that a port keeps silent is the port’s, not the way’s', async () => {
  let now = 0;
  const told: LinkEvent[] = [];
  const openTcp = async () => {
    now += 5_000;
    throw forwardRefused(null);
  };
  const clock = { ...systemClock, monotonic: () => now };
  const opening = openLink(fakeConnection({ openTcp }), TCP, {
    ...observe,
    clock,
    onEvent: (event) => told.push(event),
  });
  await expect(opening).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  const begun = told.at(-1);
  expect(told.slice(0, 2)).toMatchObject([
    { kind: 'begun', step: 'forward' },
    { kind: 'passed', step: 'forward', ms: 0 },
  ]);
  expect(begun).toEqual({ kind: 'begun', step: 'socket', ms: now });
});

describe('the engine of this machine', () => {
  test('is reached without SSH, and its link ends only when it is disposed', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'engine.sock');
    const server = createServer(likeDocker(() => {}));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const { onEvent, told } = steps();
    const link = await openLocalLink({ kind: 'socket', path }, { ...observe, onEvent });
    expect([link.login, await idle(link)]).toEqual([
      { user: userInfo().username, hostKey: null, loginKey: null },
      'open',
    ]);
    expect(link.report()).toMatchObject({ hops: [], via: 'local', endpoint: path });
    expect(told).toEqual([
      'skipped forward: this machine’s own engine',
      'begun socket',
      `passed socket: ${path}`,
      'begun engine',
      'passed engine: Docker 20.10.24, API 1.41',
    ]);
    server.closeAllConnections();
    server.close();
    await expect(link.client.ping(never)).rejects.toMatchObject({ code: 'SOCKET_MISSING' });
    expect(await idle(link)).toBe('open');
    await link[Symbol.asyncDispose]();
    expect(await link.closed).toBeNull();
  });

  test.each<[string, (path: string) => Promise<unknown>, string, RegExp]>([
    ['missing', async () => {}, 'SOCKET_MISSING', /There is no .* on this machine/],
    ['a file', (path) => writeFile(path, ''), 'SOCKET_MISSING', /is not a socket/],
    ['one that nobody listens at', abandonedSocket, 'SOCKET_REFUSED', /Nobody answers at .* on this machine/],
  ])('whose socket is %s', async (_name, make, code, message) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'engine.sock');
    await make(path);
    const { onEvent, told } = steps();
    const opening = openLocalLink({ kind: 'socket', path }, { ...observe, onEvent });
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(told.at(-1)).toBe('begun socket');
  });

  test('whose opening is given up', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'engine.sock');
    const server = createNetServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const given = new AbortController();
    const opening = openLocalLink({ kind: 'socket', path }, { ...observe, signal: given.signal });
    setTimeout(() => given.abort(new AppError('CANCELLED', 'Enough.')), 20);
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED', message: 'Enough.' });
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'binnacle-link-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What an engine leaves behind that was killed. */
async function abandonedSocket(path: string): Promise<void> {
  const server = createNetServer();
  await new Promise<void>((resolve) => server.listen(`${path}.alive`, resolve));
  await link(`${path}.alive`, path);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}

test.each([
  [0, 'ENGINE_TIMEOUT'],
  [limits.fleet.linkSilentMs, 'CONNECTION_LOST'],
] as const)(
  'with nothing heard over the connection for %i ms, an engine that is silent is %s',
  async (silentMs, code) => {
    const silent = new AppError('ENGINE_TIMEOUT', 'It did not answer.');
    const connection = fakeConnection({ openUnixSocket: () => Promise.reject(silent), silentMs: () => silentMs });
    expect((await failing(connection, SOCKET)).error.code).toBe(code);
  },
);
