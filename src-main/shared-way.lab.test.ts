import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { TrialEvent } from '#contract/hosts.ts';
import { type ClientKey, writeClientKey } from '../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import { describeSshd } from '../lab/vitest.ts';
import { likeDocker } from './engine/fake-engine.fixture.ts';
import { homeAt } from './home/home.ts';
import { until, windowCoreOptions } from './window-core.fixture.ts';
import { openWindowCore, type WindowCore } from './window-core.ts';

const id = (number: number) => `00000000-0000-4000-8000-10000000000${number}`;

/** Hosts behind one machine, all of them followed by one core. */
describeSshd('hosts that share a machine on the way', () => {
  let host: Sshd;
  let jump: Sshd;
  let folder = '';
  let engine: Server;
  beforeAll(async () => {
    host = await startSshd();
    folder = mkdtempSync(join(tmpdir(), 'binnacle-way-'));
    engine = createServer(
      likeDocker((question, answer) => {
        if (/\/(containers\/json|networks)\b/.test(question.url ?? '')) answer.end('[]');
        else if (question.url?.includes('/events')) answer.flushHeaders();
        else answer.writeHead(404).end('{}');
      }),
    );
    await new Promise<void>((resolve) => engine.listen(join(folder, 'engine.sock'), resolve));
  });
  afterAll(async () => {
    engine.closeAllConnections();
    await new Promise((resolve) => engine.close(resolve));
    await host.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    jump = await startSshd();
    onTestFinished(() => jump.stop());
  });

  const target = (name: string) => `ssh://${name}${join(folder, 'engine.sock')}`;
  const lines = (what: RegExp) => jump.log().match(what)?.length ?? 0;
  const connections = () => lines(/Connection from/g);

  /** A core that has the first two hosts saved, and logs in to the machine on the way with `key`. */
  async function open(key: ClientKey): Promise<{ core: WindowCore; states: () => unknown[] }> {
    const home = homeAt(mkdtempSync(join(folder, 'home-')));
    const config = join(home.path, 'ssh_config');
    const knownHosts = join(home.path, 'known_hosts');
    const behind = `  Port ${host.port}\n  User ${host.user}\n  IdentityFile ${host.clientKeyFile}\n  ProxyJump bastion\n`;
    const bastion = `  Port ${jump.port}\n  User ${jump.user}\n  IdentityFile ${key.file}\n`;
    writeFileSync(config, `Host one two three four\n${behind}Host bastion\n${bastion}Host *\n  HostName 127.0.0.1\n`);
    writeFileSync(knownHosts, `${[...host.knownHostsLines(), ...jump.knownHostsLines()].join('\n')}\n`);
    const hosts = ['one', 'two'].map((name, index) => ({ id: id(index + 1), target: target(name) }));
    writeFileSync(home.settingsFile, JSON.stringify({ schema: 1, hosts }));
    const usual = windowCoreOptions(home);
    const core = await openWindowCore({
      ...usual,
      sshFiles: { ...usual.sshFiles, config, knownHosts: [knownHosts] },
    });
    onTestFinished(() => core[Symbol.asyncDispose]());
    const { fleet } = core.services;
    const states = () =>
      fleet.hostIds.map((each) => {
        const status = fleet.host(each)?.host.status;
        return status?.state === 'asking' ? `asking ${status.what}` : status?.state;
      });
    return { core, states };
  }

  it('wait for a person after one refused login there, all of them, and go on together once it lets us in', async () => {
    const stranger = await writeClientKey(jump.folder, { name: 'stranger' });
    const { core, states } = await open(stranger);
    const { fleet, hosts } = core.services;
    const all = (state: string) => () => states().every((each) => each === state);
    await until(fleet, all('blocked'));
    const three = await hosts.add({ target: target('three'), name: null, identityFiles: [] });
    await until(fleet, all('blocked'));
    core.wake();
    await jump.waitForLog(/Connection (closed|reset) by/);
    expect([states(), connections(), fleet.host(three.id)?.host.problems]).toEqual([
      ['blocked', 'blocked', 'blocked'],
      1,
      [
        expect.objectContaining({
          code: 'AUTH_FAILED',
          message: expect.stringMatching(
            /^On the way to 127\.0\.0\.1:\d+: 127\.0\.0\.1:\d+ did not let .* That was at \d\d:\d\d: nothing was sent now/,
          ),
        }),
      ],
    ]);

    // A person asks for one of them: one login more, for all.
    await hosts.retry(id(1));
    await expect.poll(() => lines(/Connection (closed|reset) by/g)).toBe(2);
    await until(fleet, all('blocked'));
    expect(connections()).toBe(2);

    await jump.authorize(stranger.publicKey);
    await hosts.retry(id(2));
    await until(fleet, all('live'));
    expect(states().length).toBe(3);
    await expect.poll(connections).toBe(3);
  });

  it('are tried again by a test of any of them', async () => {
    const stranger = await writeClientKey(jump.folder, { name: 'stranger' });
    const { core, states } = await open(stranger);
    const { fleet, hosts } = core.services;
    await until(fleet, () => states().every((each) => each === 'blocked'));
    await jump.authorize(stranger.publicKey);
    const wish = { trial: id(9), target: target('four'), identityFiles: [] };
    const events = await Array.fromAsync(hosts.test(wish, new AbortController().signal));
    await until(fleet, () => states().every((each) => each === 'live'));
    expect(events.at(-1)?.kind).toBe('reached');
    await expect.poll(connections).toBe(2);
  });

  it('show what it asks, all of them while it asks, though one question is put', async () => {
    const locked = await writeClientKey(jump.folder, { name: 'locked', passphrase: 'right' });
    await jump.authorize(locked.publicKey);
    const { core, states } = await open(locked);
    const { fleet, hosts, questions } = core.services;
    const asking = 'asking passphrase';
    await until(fleet, () => states().every((each) => each === asking));
    // Who comes later waits for the same answer.
    await hosts.add({ target: target('three'), name: null, identityFiles: [] });
    await until(fleet, () => states().every((each) => each === asking));
    const told: TrialEvent[] = [];
    const asked = Promise.withResolvers<void>();
    const trial = (async () => {
      const wish = { trial: id(9), target: target('four'), identityFiles: [] };
      for await (const event of hosts.test(wish, new AbortController().signal)) {
        told.push(event);
        if (event.kind === 'asking') asked.resolve();
      }
    })();
    await asked.promise;
    const waiting = questions.open();
    questions.answer(waiting[0]?.id ?? '', { kind: 'passphrase', passphrase: 'right', remember: false });
    await until(fleet, () => states().every((each) => each === 'live'));
    await trial;
    const bastion = `${jump.user}@127.0.0.1:${jump.port}`;
    expect([waiting.map(({ kind, isJump, machine }) => [kind, isJump, machine]), states().length]).toEqual([
      [['passphrase', true, bastion]],
      3,
    ]);
    expect(told.filter(({ kind }) => kind === 'asking' || kind === 'asked')).toEqual([
      { kind: 'asking', step: 'authenticate', jump: bastion, what: 'passphrase' },
      { kind: 'asked', step: 'authenticate', jump: bastion },
    ]);
    expect(told.at(-1)).toMatchObject({ kind: 'reached' });
    // One that asks what it takes, one with the key.
    await expect.poll(connections).toBe(2);
  });
});
