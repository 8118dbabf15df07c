import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { blackHole } from './black-hole.fixture.ts';
import { anyFolder, connectWith, tcpProxy, tcpServer } from './connection.fixture.ts';
import type { ConnectOptions } from './connection.ts';
import type { ConnectEvent, HostKeyQuestion, SshPrompts } from './connection-types.ts';
import { registeredCommand } from './exec-gate.ts';
import { hopOf, nobody, routeTo } from './hop.fixture.ts';
import { createHopPool, type HopPool } from './hop-pool.ts';
import { createHostKeyPolicy, type HostKeyPolicy } from './host-keys/host-key-policy.ts';

const signal = new AbortController().signal;

/** The machine an sshd stands for. */
const hopTo = (sshd: Sshd, port = sshd.port) => hopOf({ user: sshd.user, port, identityFiles: [sshd.clientKeyFile] });
const at = (sshd: Sshd) => `127.0.0.1:${sshd.port}`;
const machine = (sshd: Sshd) => `${sshd.user}@${at(sshd)}`;
const count = (sshd: Sshd, pattern: RegExp) => sshd.log().match(pattern)?.length ?? 0;
const connections = (sshd: Sshd) => count(sshd, /Connection from/g);

/** A pool that is closed with the test, before whatever it goes through. */
function ownPool(): HopPool {
  const pool = createHopPool({ clock: systemClock });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  return pool;
}

/** A port that somebody listened on a moment ago. */
async function portOfNobody(): Promise<number> {
  await using server = await tcpServer(() => {});
  return server.port;
}

/** What connecting fails with. */
async function failing(options: Partial<ConnectOptions> & Pick<ConnectOptions, 'route'>): Promise<AppError> {
  try {
    await using _connection = await connectWith(options);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It connected.');
}

/** Knows the keys of `known`, and accepts what a person accepts. */
async function policyKnowing(...known: readonly string[]): Promise<HostKeyPolicy> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'known_hosts');
  await writeFile(file, known.map((line) => `${line}\n`).join(''));
  const ownFile = join(folder, 'own');
  return createHostKeyPolicy({ userFiles: [file], systemFiles: [], ownFile, ownFolder: anyFolder });
}

describeSshd('a way through other machines', () => {
  let outer: Sshd;
  let inner: Sshd;
  let host: Sshd;
  beforeAll(async () => {
    [outer, inner, host] = await Promise.all([startSshd(), startSshd(), startSshd()]);
  });
  afterAll(async () => {
    await Promise.all([outer, inner, host].map((sshd) => sshd.stop()));
  });
  const way = () => routeTo(hopTo(outer), hopTo(inner), hopTo(host));

  it('goes over every machine on it, and says what each is', async () => {
    const hops = ownPool();
    const told: string[] = [];
    const onEvent = ({ kind, step, hop, isJump, ...rest }: ConnectEvent) => {
      const seen = 'seen' in rest && (step === 'resolve' || step === 'reach') ? `: ${rest.seen}` : '';
      told.push(`${isJump ? 'jump' : 'host'} ${hop.port} ${kind} ${step}${seen}`);
    };
    await using connection = await connectWith({ route: way(), hops, onEvent });
    const { exitCode } = await connection.exec(registeredCommand('path-is-socket', { path: '/' }), signal);
    expect(exitCode).toBe(1);
    const [first, second, third] = [outer, inner, host];
    expect(connection.report()).toEqual(
      [first, second, third].map((sshd, index) => ({
        machine: machine(sshd),
        address: index === 0 ? '127.0.0.1' : null,
        software: expect.stringMatching(/^OpenSSH_/),
        since: expect.stringMatching(/^\d{4}-/),
        hostKey: { type: 'ssh-ed25519', fingerprint: sshd.hostKeys[0]?.fingerprint },
        login: { method: 'key', label: sshd.clientKeyFile, fingerprint: expect.stringMatching(/^SHA256:/) },
        algorithms: { kex: 'curve25519-sha256', hostKey: 'ssh-ed25519', cipher: 'aes128-gcm@openssh.com', mac: null },
        weak: [],
        sharedBy: 1,
        bytes: { received: expect.any(Number), sent: expect.any(Number) },
      })),
    );
    for (const { bytes } of connection.report()) expect(Math.min(bytes.received, bytes.sent)).toBeGreaterThan(1_000);
    expect(told.filter((line) => /re(solve|ach)/.test(line))).toEqual([
      `jump ${first.port} begun resolve`,
      `jump ${first.port} passed resolve: 127.0.0.1`,
      `jump ${first.port} begun reach`,
      `jump ${first.port} passed reach: 127.0.0.1`,
      `jump ${second.port} begun resolve`,
      `jump ${second.port} passed resolve: 127.0.0.1`,
      `jump ${second.port} begun reach`,
      `jump ${second.port} passed reach: through ${machine(first)}`,
      `host ${third.port} begun resolve`,
      `host ${third.port} passed resolve: 127.0.0.1`,
      `host ${third.port} begun reach`,
      `host ${third.port} passed reach: through ${machine(second)}`,
    ]);
  });

  it('lets a name be resolved by the machine before', async () => {
    const seen: string[] = [];
    const onEvent = (event: ConnectEvent) =>
      void (event.kind === 'passed' && event.step === 'resolve' && seen.push(event.seen));
    const route = routeTo(hopTo(outer), { ...hopTo(host), host: 'localhost' });
    await using _connection = await connectWith({ route, hops: ownPool(), onEvent });
    expect(seen).toEqual(['127.0.0.1', `resolved by ${machine(outer)}`]);
  });

  it('carries megabytes through all of them without loss', async () => {
    await using connection = await connectWith({ route: way(), hops: ownPool() });
    await using server = await tcpServer((socket) => socket.pipe(socket));
    const channel = await connection.openTcp({ host: '127.0.0.1', port: server.port }, signal);
    const sent = 'ship and shore '.repeat(300_000);
    channel.end(sent);
    expect((await text(channel)) === sent).toBe(true);
  });

  describe('verifies each of them', () => {
    it('and asks about the one that is unknown, before anything is sent to it for the login', async () => {
      await using fresh = await startSshd();
      const policy = await policyKnowing(...outer.knownHostsLines(), ...host.knownHostsLines());
      const asked: HostKeyQuestion[] = [];
      let answer: 'accept' | 'reject' = 'reject';
      const prompts: SshPrompts = {
        ...nobody,
        async acceptHostKey(question) {
          asked.push(question);
          await fresh.waitForLog(/Connection (closed|reset) by/);
          return answer;
        },
      };
      const before = connections(host);
      const connecting = { route: routeTo(hopTo(outer), hopTo(fresh), hopTo(host)), policy, prompts };
      const refused = await failing({ ...connecting, hops: ownPool() });
      expect(refused).toMatchObject({
        code: 'HOST_KEY_REJECTED',
        message: `On the way to ${at(host)}: The host key of ${at(fresh)} was not accepted.`,
        details: { jump: machine(fresh) },
      });
      expect(asked).toEqual([
        {
          hop: hopTo(fresh),
          isJump: true,
          keyType: 'ssh-ed25519',
          fingerprint: fresh.hostKeys[0]?.fingerprint,
        },
      ]);
      expect([count(fresh, /userauth-request/g), connections(host)]).toEqual([0, before]);

      answer = 'accept';
      await using connection = await connectWith({ ...connecting, hops: ownPool() });
      expect([asked.length, connection.hop.port]).toEqual([2, host.port]);
      // And from then on it is known.
      await using _again = await connectWith({ ...connecting, hops: ownPool() });
      expect(asked.length).toBe(2);
    });

    it('and stops at one whose key has changed: nothing is sent to it, nor to what is behind it', async () => {
      await using other = await startSshd();
      const changed = `[127.0.0.1]:${other.port} ${inner.hostKeys[0]?.publicLine}`;
      const policy = await policyKnowing(...outer.knownHostsLines(), ...host.knownHostsLines(), changed);
      const before = connections(host);
      const route = routeTo(hopTo(outer), hopTo(other), hopTo(host));
      const error = await failing({ route, policy, hops: ownPool() });
      expect(error).toMatchObject({ code: 'HOST_KEY_CHANGED', details: { jump: machine(other) } });
      await other.waitForLog(/Connection (closed|reset) by/);
      expect([count(other, /userauth-request/g), connections(host)]).toEqual([0, before]);
    });

    it('and the host behind them no less', async () => {
      await using other = await startSshd();
      const policy = await policyKnowing(...outer.knownHostsLines());
      const error = await failing({ route: routeTo(hopTo(outer), hopTo(other)), policy, hops: ownPool() });
      expect(error.code).toBe('HOST_KEY_UNKNOWN');
      expect(error.details.jump).toBeUndefined();
      await other.waitForLog(/Connection (closed|reset) by/);
      expect(count(other, /userauth-request/g)).toBe(0);
    });
  });

  it('is one connection to a machine, for all hosts behind it, however many ask at once', async () => {
    await using jump = await startSshd();
    const hops = ownPool();
    const routes = [inner, host, inner].map((sshd) => routeTo(hopTo(jump), hopTo(sshd)));
    const open = await Promise.all(routes.map((route) => connectWith({ route, hops })));
    expect(connections(jump)).toBe(1);
    expect(open.map((connection) => connection.report().map(({ sharedBy }) => sharedBy))).toEqual([
      [3, 1],
      [3, 1],
      [3, 1],
    ]);
    await open[0]?.[Symbol.asyncDispose]();
    await open[1]?.[Symbol.asyncDispose]();
    expect(open[2]?.report()[0]?.sharedBy).toBe(1);
    await using _later = await connectWith({ route: routes[0] ?? way(), hops });
    expect(connections(jump)).toBe(1);
    await open[2]?.[Symbol.asyncDispose]();
  });

  it('is lost for all hosts behind a machine that is lost, and made anew', async () => {
    await using jump = await startSshd();
    const hops = ownPool();
    const routes = [inner, host].map((sshd) => routeTo(hopTo(jump), hopTo(sshd)));
    const open = await Promise.all(routes.map((route) => connectWith({ route, hops })));
    const waiting = open[0]?.openUnixSocket('/nowhere', signal).catch((error: unknown) => error);
    jump.dropConnections();
    const errors = await Promise.all(open.map(({ closed }) => closed));
    expect(errors).toEqual(
      [inner, host].map((sshd) =>
        expect.objectContaining({
          code: 'CONNECTION_LOST',
          // Closed or reset: that is a matter of what was on its way when its process died.
          message: expect.stringMatching(
            `^The way to ${at(sshd)} was lost\\. The connection to ${at(jump)} was lost: (the host closed it|it was reset)\\.$`,
          ),
          details: { jump: machine(jump), seen: expect.any(String) },
        }),
      ),
    );
    expect(['CONNECTION_LOST', 'FORWARD_REFUSED']).toContain(((await waiting) as AppError).code);
    await using _again = await connectWith({ route: routes[0] ?? way(), hops });
    expect(connections(jump)).toBe(2);
  });

  it('is seen to be dead within 10 s, closed within a moment though it is, and made anew by who comes meanwhile', async () => {
    const hops = ownPool();
    await using proxy = await tcpProxy(outer.port);
    const route = routeTo(hopTo(outer, proxy.port), hopTo(host));
    const open = await Promise.all([connectWith({ route, hops }), connectWith({ route, hops })]);
    proxy.freeze();
    const start = performance.now();
    await open[0]?.[Symbol.asyncDispose]();
    expect(performance.now() - start).toBeLessThan(2_000);
    // Nobody knows yet that the machine on the way is not there any more.
    const error = await failing({ route, hops });
    expect(error).toMatchObject({
      code: 'CONNECTION_LOST',
      details: { jump: `${outer.user}@127.0.0.1:${proxy.port}` },
    });
    const later = connectWith({ route, hops }).catch(() => {});
    await expect.poll(() => proxy.connections).toBe(2);
    expect(await open[1]?.closed).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(performance.now() - start).toBeLessThan(10_500);
    await hops[Symbol.asyncDispose]();
    await later;
  });

  it('is given up in the middle without a trace', async () => {
    await using jump = await startSshd();
    const hops = createHopPool({ clock: systemClock });
    for (const step of ['reach', 'host-key', 'authenticate'] as const) {
      for (const isJump of [true, false]) {
        const stop = new AbortController();
        const onEvent = (event: ConnectEvent) => {
          if (event.kind === 'begun' && event.step === step && event.isJump === isJump) stop.abort();
        };
        const route = routeTo(hopTo(jump), hopTo(host));
        expect((await failing({ route, hops, signal: stop.signal, onEvent })).code).toBe('CANCELLED');
      }
    }
    await hops[Symbol.asyncDispose]();
    await expect.poll(() => jump.sessionPids(), { timeout: 5_000 }).toEqual([]);
    await expect.poll(() => host.sessionPids(), { timeout: 5_000 }).toEqual([]);
  });

  it('leaves no descriptor, no channel and no process behind', async () => {
    await using jump = await startSshd();
    await using server = await tcpServer((socket) => socket.pipe(socket));
    const round = async () => {
      await using hops = createHopPool({ clock: systemClock });
      await using connection = await connectWith({ route: routeTo(hopTo(jump), hopTo(host)), hops });
      const channel = await connection.openTcp({ host: '127.0.0.1', port: server.port }, signal);
      channel.end('a');
      await text(channel);
    };
    await round();
    await expect.poll(() => jump.sessionPids()).toEqual([]);
    const before = readdirSync('/proc/self/fd').length;
    for (let turn = 0; turn < 5; turn += 1) await round();
    await expect.poll(() => [...jump.sessionPids(), ...host.sessionPids()], { timeout: 5_000 }).toEqual([]);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  describe('is refused by a machine on it', () => {
    const notLet = (jump: Sshd) => ({
      code: 'JUMP_REFUSED',
      message: `${at(jump)} does not let ${jump.user} forward to ${at(host)}.`,
      details: { jump: machine(jump) },
    });

    it.each([['AllowTcpForwarding no'], ['PermitOpen 127.0.0.1:1'], ['DisableForwarding yes']])(
      'that does not forward: %s',
      async (line) => {
        await using jump = await startSshd({ extraConfig: [line] });
        const error = await failing({ route: routeTo(hopTo(jump), hopTo(host)), hops: ownPool() });
        expect(error).toMatchObject({ ...notLet(jump), hint: expect.stringContaining('AllowTcpForwarding') });
      },
    );

    it('whose key may not forward', async () => {
      await using jump = await startSshd();
      await writeFile(join(jump.folder, 'authorized_keys'), '');
      await jump.authorize(jump.clientPublicKey, 'restrict');
      const error = await failing({ route: routeTo(hopTo(jump), hopTo(host)), hops: ownPool() });
      expect(error).toMatchObject({ ...notLet(jump), hint: expect.stringContaining('"port-forwarding"') });
    });
  });

  it('says what is seen from the machine before: a refusal, and a name that it does not know', async () => {
    const hops = ownPool();
    const port = await portOfNobody();
    const behind = (changes: { host?: string; port?: number }) =>
      failing({ route: routeTo(hopTo(outer), { ...hopTo(host), ...changes }), hops });
    expect([await behind({ port }), await behind({ host: 'no-such-host.invalid' })]).toEqual([
      expect.objectContaining({
        code: 'CONNECT_REFUSED',
        message: `127.0.0.1:${port} refused the connection of ${at(outer)}.`,
        details: expect.objectContaining({ seenFrom: machine(outer) }),
      }),
      expect.objectContaining({
        code: 'ADDRESS_NOT_FOUND',
        message: expect.stringMatching(
          /^127.0.0.1:\d+ finds no address for the name in no-such-host.invalid:\d+ \(.+\)\.$/,
        ),
      }),
    ]);
  });

  it('waits no longer than for any other host, and keeps the machine before, which did answer', async () => {
    await using hole = await blackHole();
    await using jump = await startSshd();
    const hops = ownPool();
    const route = routeTo(hopTo(jump), { ...hopTo(host), port: hole.port });
    const start = performance.now();
    const error = await failing({ route, hops });
    expect(performance.now() - start).toBeLessThan(7_000);
    expect(error).toMatchObject({
      code: 'CONNECT_TIMEOUT',
      message: `127.0.0.1:${hole.port} did not answer ${at(jump)} within 5 s.`,
      details: { seenFrom: machine(jump) },
    });
    await using _other = await connectWith({ route: routeTo(hopTo(jump), hopTo(host)), hops });
    expect(connections(jump)).toBe(1);
  });

  it('says that what answers is no SSH server, through another machine too', async () => {
    await using server = await tcpServer((socket) => socket.end('220 mail ESMTP\r\n'));
    const route = routeTo(hopTo(outer), { ...hopTo(host), port: server.port });
    expect((await failing({ route, hops: ownPool() })).code).toBe('NOT_SSH');
  });
});
