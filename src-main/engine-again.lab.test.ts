import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import { describeSshd } from '../lab/vitest.ts';
import { likeDocker } from './engine/fake-engine.fixture.ts';
import { homeAt } from './home/home.ts';
import { until, windowCoreOptions } from './window-core.fixture.ts';
import { openWindowCore } from './window-core.ts';

const ID = '00000000-0000-4000-8000-100000000001';

/** A host that is followed, real sshd and all, whose engine is not what it should be. */
describeSshd('a host that is reached while its engine is not', () => {
  let sshd: Sshd;
  let folder = '';
  let socketPath = '';
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'binnacle-again-'));
    socketPath = join(folder, 'engine.sock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function listening(listener: Parameters<typeof createServer>[1]): Promise<Server> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return server;
  }

  /** A core that follows it, and what sshd has logged since. */
  async function followed() {
    const home = homeAt(mkdtempSync(join(folder, 'home-')));
    const config = join(home.path, 'ssh_config');
    writeFileSync(config, `Host *\n  IdentityFile ${sshd.clientKeyFile}\n`);
    writeFileSync(
      home.settingsFile,
      JSON.stringify({ schema: 1, hosts: [{ id: ID, target: sshd.target(socketPath) }] }),
    );
    const from = sshd.log().length;
    const usual = windowCoreOptions(home);
    const core = await openWindowCore({
      ...usual,
      sshFiles: { ...usual.sshFiles, config, knownHosts: [sshd.knownHostsFile] },
    });
    onTestFinished(() => core[Symbol.asyncDispose]());
    const { fleet, hosts } = core.services;
    const status = () => fleet.host(ID)?.host.status;
    const states: string[] = [];
    const see = () => {
      const state = status()?.state;
      if (state !== undefined && states.at(-1) !== state) states.push(state);
    };
    const watching = fleet.subscribe(see);
    onTestFinished(() => watching[Symbol.dispose]());
    see();
    const lines = (what: RegExp) => sshd.log().slice(from).match(what)?.length ?? 0;
    return {
      fleet,
      states,
      status,
      retry: () => hosts.retry(ID),
      logins: () => lines(/Accepted publickey/g),
      tries: () => lines(/server_request_direct_streamlocal/g),
      commands: () => lines(/Starting session: command/g),
    };
  }

  it('logs in once, however often it tries the engine, and is live as soon as that is one', async () => {
    let isOld = true;
    let asked = 0;
    const docker = likeDocker(({ url = '' }, answer) => {
      if (url.includes('/events')) answer.flushHeaders();
      else answer.end('[]');
    });
    await listening((question, answer) => {
      if (question.url === '/version') asked += 1;
      if (isOld && question.url === '/version') answer.end(JSON.stringify({ Version: '1.12.6', ApiVersion: '1.24' }));
      else docker(question, answer);
    });
    const { fleet, status, states, logins } = await followed();
    await until(fleet, () => status()?.state === 'degraded');
    expect(status()).toMatchObject({ state: 'degraded', code: 'API_TOO_OLD' });
    await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    isOld = false;
    await until(fleet, () => status()?.state === 'live');
    await sshd.waitForLog(/Accepted publickey/);
    expect([states.filter((state) => state !== 'connecting' && state !== 'authenticating'), logins()]).toEqual([
      ['degraded', 'live'],
      1,
    ]);
  });

  it('is asked once why there is no engine, until a person wants to know', async () => {
    const { fleet, status, retry, logins, tries, commands } = await followed();
    await until(fleet, () => status()?.state === 'degraded');
    expect(status()).toMatchObject({ state: 'degraded', code: 'SOCKET_MISSING' });
    const first = tries();
    await expect.poll(tries, { timeout: 20_000 }).toBeGreaterThanOrEqual(first + 4);
    const asked = commands();
    await expect.poll(tries, { timeout: 20_000 }).toBeGreaterThanOrEqual(first + 8);
    expect([commands() - asked, logins(), asked > 1]).toEqual([0, 1, true]);
    await retry();
    await expect.poll(commands, { timeout: 20_000 }).toBeGreaterThan(asked);
  });
});
