import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { needsAPerson } from '../../kernel/needs-a-person.ts';
import type { ConnectEvent } from '../connection-types.ts';
import { refuse, scriptedHost } from '../scripted-host.fixture.ts';
import { KeyFolder, logIn } from './hop-login.fixture.ts';
import { signingAgent } from './signing-agent.fixture.ts';

const keys = new KeyFolder();
afterAll(() => keys[Symbol.dispose]());
const { key, blob } = keys.add('held');
const stranger = keys.add('stranger');
const agentSocket = join(keys.path, 'agent.sock');
const never = () => new Promise<never>(() => {});

/** Takes the key; `onAsked` when it waits for the signature. */
const host = (onAsked: (hangUp: () => void) => void = () => {}) =>
  scriptedHost((context, { client }) => {
    if (context.method !== 'publickey' || !blob.equals(context.key.data)) return refuse(context, ['publickey']);
    context.accept();
    if (context.signature === undefined) onAsked(() => client.end());
  });

/** A person's time is over in a moment, and that of machines is not. */
const impatient: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === limits.ssh.challengeMs ? 300 : ms, signal),
};

/** Once the agent has listed its keys, it takes at once, or never, longer than one that asks nobody. */
function withAgentTime(isLong: boolean, clock: Clock = systemClock): Clock {
  let isListed = false;
  return {
    ...clock,
    sleep: (ms, signal) => {
      if (ms !== limits.ssh.agentMs) return clock.sleep(ms, signal);
      const signs = isListed;
      isListed = true;
      if (!signs) return clock.sleep(ms, signal);
      return isLong ? Promise.resolve() : never();
    },
  };
}

it('lets a person take their time to confirm a signature to the agent, which is not counted as the host’s', async () => {
  let passed = 0;
  const machineTime = new AbortController();
  const clock = withAgentTime(true, {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + passed,
    // What is left of the time for machines is over when the test says so, unless it does not run any more.
    sleep: (ms, signal) => {
      if (ms > limits.ssh.handshakeMs || ms <= limits.ssh.connectMs) return systemClock.sleep(ms, signal);
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', reject);
        machineTime.signal.addEventListener('abort', () => resolve());
      });
    },
  });
  const confirmed = async () => {
    passed = 60_000;
    machineTime.abort();
  };
  await using _agent = await signingAgent(agentSocket, [key], confirmed);
  await using server = await host();
  const times: number[] = [];
  const onEvent = (event: ConnectEvent) =>
    void (event.kind === 'passed' && event.step === 'authenticate' && times.push(event.ms));
  await using connection = await logIn({ hop: server.hop({ agentSocket }), clock, onEvent });
  expect([connection.report()[0]?.login.label, times.map((ms) => ms < 60_000)]).toEqual(['key 0', [true]]);
});

it('waits for a person where the agent did not sign in time, and lets go of the agent', async () => {
  await using agent = await signingAgent(agentSocket, [key], never);
  await using server = await host();
  const { port } = server.hop();
  await expect(logIn({ hop: server.hop({ agentSocket }), clock: impatient })).rejects.toMatchObject({
    code: 'AUTH_UNANSWERED',
    message: `ssh-agent did not sign in time for 127.0.0.1:${port} (key 0).`,
    details: { seen: [`127.0.0.1:${port} did not finish within 100 s during the login.`] },
    hint: expect.stringMatching(/confirm it where the agent asks, touch the security key, or unlock the agent/),
  });
  expect([needsAPerson('AUTH_UNANSWERED'), server.connections()]).toEqual([true, 1]);
  await expect.poll(() => agent.asked).toBe(0);
});

it('waits for a person too where the host waits no longer than the agent', async () => {
  await using agent = await signingAgent(agentSocket, [stranger.key, key], never);
  await using server = await host((hangUp) => void agentAsks().then(hangUp));
  const agentAsks = () => expect.poll(() => agent.asked).toBe(1);
  const { port } = server.hop();
  const login = logIn({ hop: server.hop({ agentSocket }), clock: withAgentTime(true) });
  await expect(login).rejects.toMatchObject({
    code: 'AUTH_UNANSWERED',
    message: `The connection to 127.0.0.1:${port} ended before ssh-agent had signed (key 1).`,
    details: { seen: [`127.0.0.1:${port} closed the connection during the login.`] },
  });
  await expect.poll(() => agent.asked).toBe(0);
});

it('takes a connection that ends while the agent signs by itself for a broken one, to be tried again', async () => {
  await using agent = await signingAgent(agentSocket, [key], never);
  await using server = await host((hangUp) => void agentAsks().then(hangUp));
  const agentAsks = () => expect.poll(() => agent.asked).toBe(1);
  const login = logIn({ hop: server.hop({ agentSocket }), clock: withAgentTime(false) });
  await expect(login).rejects.toMatchObject({ code: 'HANDSHAKE_FAILED' });
});
