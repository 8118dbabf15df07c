import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startDeadEngine, startSilentEngine } from '../../lab/failing-engines.ts';
import { startPodman } from '../../lab/podman.ts';
import { type Policy, startPolicyProxy } from '../../lab/policy-proxy.ts';
import { writeClientKey } from '../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { freePort } from '../../lab/sshd-process.ts';
import { describeLab, describeSshd } from '../../lab/vitest.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { connectWith } from '../ssh/connection.fixture.ts';
import { hopOf, routeTo } from '../ssh/hop.fixture.ts';
import type { EngineAddress } from '../ssh/target.ts';
import { never } from './client.fixture.ts';
import { type HostLink, type LinkEvent, type LinkOptions, openLink, openLocalLink } from './link.ts';
import type { EngineEvent } from './model.ts';

interface Reaching {
  readonly user?: string;
  readonly keyFile?: string;
  readonly onEvent?: (event: LinkEvent) => void;
  readonly mode?: LinkOptions['mode'];
}

async function reach(sshd: Sshd, engine: EngineAddress, reaching: Reaching = {}): Promise<HostLink> {
  const { user = sshd.user, keyFile = sshd.clientKeyFile, onEvent = () => {}, mode = () => 'operate' } = reaching;
  const route = routeTo(hopOf({ user, port: sshd.port, identityFiles: [keyFile] }));
  const connection = await connectWith({ route });
  return await openLink(connection, engine, { mode, signal: never, clock: systemClock, onEvent });
}

/** What opening failed with, at which step, and after how many milliseconds. */
async function stopped(sshd: Sshd, engine: EngineAddress, reaching: Reaching = {}) {
  const told: string[] = [];
  const began = performance.now();
  const onEvent = (event: LinkEvent) => told.push(`${event.kind} ${event.step}`);
  try {
    await using link = await reach(sshd, engine, { ...reaching, onEvent });
    throw new Error(`reached by ${link.report().via}`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { error, at: told.at(-1), ms: performance.now() - began };
  }
}

const at = (path: string | null, via: 'any' | 'dial-stdio' | 'sudo-dial-stdio' = 'any'): EngineAddress => ({
  kind: 'socket',
  path,
  via,
});
const NO_SOCKETS = 'AllowStreamLocalForwarding no';

describeLab('ways to the lab’s engine', (lab) => {
  it('stream-local, where sshd forwards', async () => {
    await using sshd = await startSshd();
    await using link = await reach(sshd, at(lab.socketPath));
    expect((await link.client.list(never)).length).toBeGreaterThan(60);
    const { via, endpoint, channels, hops, costs } = link.report();
    expect([via, endpoint, channels.most, channels.refused, hops.length]).toEqual([
      'stream-local',
      lab.socketPath,
      null,
      0,
      1,
    ]);
    expect(costs.find(({ call }) => call === 'list containers')).toMatchObject({ count: 1, failed: 0 });
  });

  it.each([
    ['MaxSessions 10', 5],
    ['MaxSessions 4', 1],
    ['MaxSessions 2', 1],
    ['MaxSessions 1', 0],
  ] as const)(
    'docker system dial-stdio, where it does not, and %s',
    async (most, logs) => {
      await using sshd = await startSshd({ extraConfig: [NO_SOCKETS, most] });
      const told: LinkEvent[] = [];
      await using link = await reach(sshd, at(lab.socketPath), { onEvent: (event) => told.push(event) });
      expect([link.report().via, told.map(({ kind, step }) => `${kind} ${step}`)]).toEqual([
        'dial-stdio',
        ['begun forward', 'passed forward', 'begun socket', 'passed socket', 'begun engine', 'passed engine'],
      ]);
      const name = `dialled-${most.replace(' ', '-').toLowerCase()}`;
      const id = await lab.runContainer({
        name,
        command: ['sh', '-c', 'trap "" TERM; while :; do echo a; sleep 1; done'],
      });
      onTestFinished(() => lab.removeContainer(id));

      const closing = new AbortController();
      const events: EngineEvent[] = [];
      const following = (async () => {
        const since = Date.now() + link.client.clockOffsetMs;
        for (let ended = 0; !closing.signal.aborted && ended < 10; ended += 1) {
          try {
            for await (const event of await link.client.events(since, closing.signal)) events.push(event);
          } catch {}
          await pause(200);
        }
      })();
      const list = await link.client.list(never);
      expect(list.length).toBeGreaterThan(60);
      const details = await Promise.all(list.slice(0, 20).map((one) => link.client.inspect(one.id, never)));
      expect(details.length).toBe(20);

      let open = 0;
      const refusal = await (async () => {
        for (;;) {
          const options = { follow: true, tail: 1, since: null, tty: false } as const;
          const lines = await link.client.logs(id, options, closing.signal);
          void Array.fromAsync(lines).catch(() => {});
          open += 1;
        }
      })().catch((error: AppError) => error.code);
      expect([open, refusal]).toEqual([logs, 'CHANNELS_EXHAUSTED']);

      // A stop that takes its grace keeps nobody waiting.
      const outcome = link.client
        .change('stop', { containerId: id, graceSeconds: 3 }, never)
        .catch((error) => error.code);
      const pings: number[] = [];
      for (let count = 0; count < 5; count += 1) pings.push(await link.client.ping(never));
      expect(Math.max(...pings)).toBeLessThan(2_500);
      expect(await outcome).toBe(logs === 0 || most === 'MaxSessions 2' ? 'CHANNELS_EXHAUSTED' : 'done');
      if ((await outcome) !== 'done') await lab.docker(['kill', name]);
      await vi.waitFor(
        () => expect(events.some((event) => event.id === id && event.action === 'die')).toBe(true),
        10_000,
      );
      const keys = events.map((event) => `${event.timeNano} ${event.action} ${event.id}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(link.report().channels.most).toBeLessThanOrEqual(Number(most.split(' ')[1]));
      closing.abort();
      await following;
    },
    60_000,
  );

  it('a port that sshd does not open, and one at which nobody listens', async () => {
    await using closed = await startSshd({ extraConfig: ['AllowTcpForwarding no'] });
    await using elsewhere = await startSshd({ extraConfig: ['PermitOpen 127.0.0.1:1'] });
    await using open = await startSshd();
    const tcp: EngineAddress = { kind: 'tcp', host: '127.0.0.1', port: await freePort() };
    const causes = await Promise.all([closed, elsewhere, open].map((sshd) => stopped(sshd, tcp)));
    expect(causes.map(({ error, at: step }) => [error.code, step])).toEqual([
      ['FORWARD_REFUSED', 'begun forward'],
      ['FORWARD_REFUSED', 'begun forward'],
      ['ENGINE_UNREACHABLE', 'begun socket'],
    ]);
  });

  it('the local socket, without SSH', async () => {
    const options: LinkOptions = { mode: () => 'observe', signal: never, clock: systemClock };
    await using link = await openLocalLink({ kind: 'socket', path: lab.socketPath }, options);
    expect((await link.client.list(never)).length).toBeGreaterThan(60);
    expect(link.report()).toMatchObject({ via: 'local', hops: [], endpoint: lab.socketPath });
  });
});

describeLab(
  'a policy in front of the lab’s engine',
  (lab) => {
    const usual = { ping: true, version: true, containers: true, inspect: true, networks: true, events: true } as const;

    it.each<[string, Policy, string]>([
      ['docker-socket-proxy’s usual', usual, 'Docker 20.10'],
      ['no ping', { ...usual, ping: false }, 'Docker 20.10'],
      ['no version', { ...usual, version: false }, 'Docker 20.10'],
      ['neither', { ...usual, ping: false, version: false }, 'Docker 20.10'],
      ['the list alone', { containers: true }, 'Docker 20.10'],
    ])('%s, over a port: what is allowed works', async (_name, policy, engine) => {
      await using proxy = await startPolicyProxy(lab.socketPath, policy);
      await using sshd = await startSshd();
      const told: LinkEvent[] = [];
      const address: EngineAddress = { kind: 'tcp', host: proxy.host, port: proxy.port };
      await using link = await reach(sshd, address, { onEvent: (event) => told.push(event) });
      expect((await link.client.list(never)).length).toBeGreaterThan(60);
      expect(told.at(-1)).toMatchObject({ step: 'engine', seen: expect.stringContaining(engine) });
      // Answered by the engine itself, and not by the policy.
      expect(await link.client.ping(never)).toBeGreaterThan(0);
      const networks = link.client.networks(never).then(
        () => 'answered',
        (error: AppError) => error.message,
      );
      expect(await networks).toBe(
        policy.networks === true ? 'answered' : '“list networks” is denied on this host (403): Forbidden',
      );
    });

    it('that allows nothing is told as that', async () => {
      await using proxy = await startPolicyProxy(lab.socketPath, {});
      await using sshd = await startSshd();
      const { error, at: step } = await stopped(sshd, at(proxy.socketPath));
      expect([error.code, step]).toEqual(['ENGINE_DENIED', 'begun engine']);
    });

    it('before an engine that is stopped does not pass for the engine', async () => {
      await using dead = await startDeadEngine();
      await using proxy = await startPolicyProxy(dead.socketPath, usual);
      await using sshd = await startSshd();
      const { error } = await stopped(sshd, { kind: 'tcp', host: proxy.host, port: proxy.port });
      expect(error).toMatchObject({ code: 'ENGINE_UNREACHABLE', details: { status: 503 } });
    });
  },
  ['haproxy'],
);

describeLab(
  'docker system dial-stdio, and who may',
  (lab) => {
    const files = { '/run/docker.sock': lab.socketPath };
    const users = [{ name: 'member', docker: true }, { name: 'other' }];

    it.each<[string, string, EngineAddress, string]>([
      ['in the group', 'member', at(null, 'dial-stdio'), 'dial-stdio'],
      ['in the group, where sockets are not forwarded', 'member', at(null), 'dial-stdio'],
      ['allowed by sudo', 'other', at('/var/run/docker.sock', 'sudo-dial-stdio'), 'sudo-dial-stdio'],
    ])('%s', async (_name, user, address, via) => {
      const sudoers = [
        'other ALL=(root) NOPASSWD: /usr/bin/docker --host unix\\:///var/run/docker.sock system dial-stdio',
      ];
      await using sshd = await startSshd({ users, files, sudoers, extraConfig: [NO_SOCKETS] });
      await using link = await reach(sshd, address, { user });
      expect([link.report().via, (await link.client.list(never)).length > 60]).toEqual([via, true]);
    });

    it.each<[string, EngineAddress, string, string, string]>([
      ['not in the group', at(null, 'dial-stdio'), 'SOCKET_DENIED', 'begun socket', 'usermod -aG docker other'],
      ['not allowed by sudo', at(null, 'sudo-dial-stdio'), 'DIAL_STDIO_FAILED', 'begun forward', 'NOPASSWD'],
    ])('%s', async (_name, address, code, step, hint) => {
      await using sshd = await startSshd({
        users,
        files,
        sudoers: ['other ALL=(root) ALL'],
        extraConfig: [NO_SOCKETS],
      });
      const { error, at: where } = await stopped(sshd, address, { user: 'other' });
      expect([error.code, where, error.hint]).toEqual([code, step, expect.stringContaining(hint)]);
    });
  },
  ['accounts'],
);

describeLab('docker system dial-stdio, and what is in its way', () => {
  const dial = (path: string) => at(path, 'dial-stdio');

  it('a stopped engine, a missing socket, a hung engine', async () => {
    await using sshd = await startSshd({ extraConfig: [NO_SOCKETS] });
    await using dead = await startDeadEngine();
    await using silent = await startSilentEngine();
    const refused = await stopped(sshd, dial(dead.socketPath));
    const missing = await stopped(sshd, dial('/run/no-engine-here.sock'));
    const hung = await stopped(sshd, dial(silent.socketPath));
    expect([refused, missing, hung].map(({ error, at: step }) => [error.code, step])).toEqual([
      ['SOCKET_REFUSED', 'begun socket'],
      ['SOCKET_MISSING', 'begun socket'],
      ['ENGINE_TIMEOUT', 'begun engine'],
    ]);
    expect(hung.ms).toBeLessThan(limits.engine.requestMs + 1_500);
  });
});

describeSshd('another command in the place of docker system dial-stdio', () => {
  it('that the key has for itself is named; one that sshd has is not taken for anything else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'binnacle-endpoint-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await using sshd = await startSshd();
    const key = await writeClientKey(folder);
    await sshd.authorize(key.publicKey, 'command="echo backup"');
    const byKey = await stopped(sshd, at(null, 'dial-stdio'), { keyFile: key.file });
    expect([byKey.error.code, byKey.at]).toEqual(['COMMAND_FORCED', 'begun forward']);

    for (const command of ['echo backup', 'true', 'exit 3', 'printf "HTTP/1.0 teapot"']) {
      await using forcing = await startSshd({ extraConfig: [`ForceCommand ${command}`] });
      const { error, at: step } = await stopped(forcing, at(null, 'dial-stdio'));
      expect([command, error.code, step]).toEqual([command, 'DIAL_STDIO_FAILED', 'begun forward']);
    }
  });
});

describeSshd('a host that runs something else, whatever is asked', () => {
  it('is not taken for one whose engine hangs', async () => {
    await using sshd = await startSshd({ extraConfig: ['ForceCommand cat >/dev/null'] });
    const { error, at: step } = await stopped(sshd, at(null, 'dial-stdio'));
    expect([error.code, step, error.details.seen]).toEqual([
      'COMMAND_FORCED',
      'begun forward',
      [
        'docker system dial-stdio said nothing within 8 s',
        expect.stringMatching(/^test -e \/, test -S \/ and id -u: each answered with .*exit code 0$/),
      ],
    ]);
  });

  it('is not given requests to read unasked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'binnacle-endpoint-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const heard = join(folder, 'heard');
    await using sshd = await startSshd({ extraConfig: ['AllowTcpForwarding no', `ForceCommand cat >>${heard}`] });
    const { error, at: step } = await stopped(sshd, at('/run/no-engine-here.sock'));
    expect([error.code, step, (error.details.seen as string[]).at(-1)]).toEqual([
      'FORWARD_REFUSED',
      'begun forward',
      'docker --host unix:///run/no-engine-here.sock system dial-stdio: not tried, because something else is run there, whatever is asked',
    ]);
    expect(await readFile(heard, 'utf8')).toBe('');
  });
});

describeLab('Podman’s compatible API', () => {
  it('is listed, inspected, sampled, followed and changed as Docker’s is', async () => {
    await using podman = await startPodman();
    const id = await podman.runContainer({ name: 'one', command: ['sh', '-c', 'while :; do echo a; sleep 1; done'] });
    await using sshd = await startSshd();
    await using link = await reach(sshd, at(podman.socketPath));
    const { client } = link;
    expect(client.engine).toMatchObject({ name: 'podman', version: expect.stringMatching(/^\d/) });
    expect((await client.list(never)).map((one) => [one.id, one.name, one.state])).toEqual([[id, 'one', 'running']]);
    expect(await client.inspect(id, never)).toMatchObject({ name: 'one', state: 'running' });
    expect((await client.sample(id, never)).cpuTotalNs).toBeGreaterThan(0);
    expect((await client.networks(never)).length).toBeGreaterThan(0);
    const closing = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of await client.events(Date.now(), closing.signal)) seen.push(event.action);
    })().catch(() => {});
    const logs = await client.logs(id, { follow: true, tail: 1, since: null, tty: false }, closing.signal);
    for await (const lines of logs) if (lines.length > 0) break;
    expect(await client.change('stop', { containerId: id, graceSeconds: 1 }, never)).toBe('done');
    await vi.waitFor(() => expect(seen).toContain('die'), 10_000);
    expect((await client.inspect(id, never)).state).toBe('exited');
    closing.abort();
    await following;
  }, 60_000);

  it('behind a policy that hides its version is Podman still', async () => {
    await using podman = await startPodman();
    await using proxy = await startPolicyProxy(podman.socketPath, { ping: true, containers: true });
    await using sshd = await startSshd();
    await using link = await reach(sshd, at(proxy.socketPath));
    expect(link.client.engine).toMatchObject({ name: 'podman', version: expect.stringMatching(/^4\./) });
  });
}, ['podman', 'haproxy']);

describeLab(
  'the engine of this machine',
  (lab) => {
    it('is closed to who is not in its group', async () => {
      const link = new URL('./link.ts', import.meta.url).href;
      const script =
        `const { openLocalLink } = await import(${JSON.stringify(link)});` +
        'const options = { mode: () => "observe", signal: new AbortController().signal, clock: { now: Date.now, monotonic: Date.now } };' +
        `await openLocalLink({ kind: "socket", path: ${JSON.stringify(lab.socketPath)} }, options).catch((error) => console.log(error.code, error.message));`;
      const nobody = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: process.cwd(),
        uid: 65_534,
        gid: 65_534,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      expect(await text(nobody.stdout)).toMatch(/^SOCKET_DENIED nobody may not use .* on this machine\.\n$/);
    });
  },
  ['accounts'],
);
