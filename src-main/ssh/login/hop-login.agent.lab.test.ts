import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startBackground } from '../../../lab/background-process.ts';
import { run } from '../../../lab/run.ts';
import { type Sshd, startSshd } from '../../../lab/sshd.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { hopOf } from '../hop.fixture.ts';
import { logIn } from './hop-login.fixture.ts';

describeSshd('an agent that asks a person before it signs (ssh-add -c)', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'binnacle-confirm-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A real ssh-agent with the key that `sshd` takes, whose window is a script: it waits for an answer. */
  async function confirmingAgent(sshd: Sshd) {
    const [socket, window, asked, answer] = ['agent.sock', 'window', 'asked', 'answer'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const script = `#!/bin/sh\necho asked >> ${asked}\nwhile ! test -e ${answer}; do sleep 0.05; done\ngrep -q yes ${answer}\n`;
    await writeFile(window, script, { mode: 0o700 });
    const env = { SSH_ASKPASS: window, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':none' };
    const agent = startBackground(['ssh-agent', '-D', '-a', socket], env);
    await expect.poll(() => existsSync(socket) || agent.exit()).toBe(true);
    await run('ssh-add', ['-q', '-c', sshd.clientKeyFile], { env: { SSH_AUTH_SOCK: socket } });
    return {
      hop: hopOf({ user: sshd.user, port: sshd.port, agentSocket: socket }),
      /** How often it has asked. */
      asked: async () => (existsSync(asked) ? (await readFile(asked, 'utf8')).trim().split('\n').length : 0),
      say: (text: 'yes' | 'no') => writeFile(answer, text),
      [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
    };
  }
  const connections = (sshd: Sshd) => sshd.log().match(/Connection from/g)?.length;

  /** The time for machines is over once `isOver` says so, and a person's in a moment where `isImpatient`. */
  const clockOf = (over: AbortSignal, isImpatient = false): Clock => ({
    ...systemClock,
    sleep: (ms, signal) => {
      if (isImpatient && ms > limits.ssh.handshakeMs) return systemClock.sleep(1_000, signal);
      if (ms > limits.ssh.handshakeMs || ms <= limits.ssh.connectMs) return systemClock.sleep(ms, signal);
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', reject);
        over.addEventListener('abort', () => resolve());
      });
    },
  });

  it('is waited for as long as a person is', async () => {
    await using sshd = await startSshd();
    await using agent = await confirmingAgent(sshd);
    const machineTime = new AbortController();
    const login = logIn({ hop: agent.hop, clock: clockOf(machineTime.signal) });
    await expect.poll(agent.asked, { timeout: 10_000 }).toBe(1);
    machineTime.abort();
    await agent.say('yes');
    await using connection = await login;
    expect([connection.report()[0]?.login.method, await agent.asked(), connections(sshd)]).toEqual(['agent', 1, 1]);
  });

  it('is not made to ask again where nobody answers it', async () => {
    await using sshd = await startSshd();
    await using agent = await confirmingAgent(sshd);
    const clock = clockOf(new AbortController().signal, true);
    await expect(logIn({ hop: agent.hop, clock })).rejects.toMatchObject({
      code: 'AUTH_UNANSWERED',
      message: `ssh-agent did not sign in time for 127.0.0.1:${sshd.port} (binnacle-lab).`,
    });
    expect(connections(sshd)).toBe(1);
    await agent.say('no');
  });

  it('is not made to ask again where the host waits no longer (LoginGraceTime)', async () => {
    await using sshd = await startSshd({ extraConfig: ['LoginGraceTime 4'] });
    await using agent = await confirmingAgent(sshd);
    // What takes longer than that is waiting for a person; a slow machine may have used up the most of those 4 s.
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => systemClock.sleep(ms === limits.ssh.agentMs ? ms / 20 : ms, signal),
    };
    await expect(logIn({ hop: agent.hop, clock })).rejects.toMatchObject({
      code: 'AUTH_UNANSWERED',
      message: `The connection to 127.0.0.1:${sshd.port} ended before ssh-agent had signed (binnacle-lab).`,
      details: { seen: [expect.stringMatching(/^127\.0\.0\.1:\d+ (closed|cut) the connection during the login\.$/)] },
    });
    expect([await agent.asked(), connections(sshd)]).toEqual([1, 1]);
    await agent.say('no');
  });

  it('is told of where somebody refuses it', async () => {
    await using sshd = await startSshd();
    await using agent = await confirmingAgent(sshd);
    await agent.say('no');
    await expect(logIn({ hop: agent.hop })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('ssh-agent: binnacle-lab: ssh-agent refused to sign.'),
      hint: expect.stringMatching(/^The host knows this key: unlock ssh-agent \("ssh-add -X"\), confirm where it asks/),
    });
  });
});
