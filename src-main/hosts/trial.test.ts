import { expect, it } from 'vitest';
import type { TrialEvent } from '#contract/hosts.ts';
import { type FakeLink, fakeEngine, fakeLink } from '../fleet/engine.fixture.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { HostReach, ReachRequest } from './host-reach.ts';
import { Questions } from './questions.ts';
import { HostTrials } from './trial.ts';

const TRIAL = '00000000-0000-4000-8000-000000000001';
const request = { trial: TRIAL, target: 'ssh://Atlas', identityFiles: ['/home/ops/.ssh/k'] };
const never = new AbortController().signal;

/** Trials over a way to hosts on which a test has the say. */
function trials(reach: (request: ReachRequest, link: FakeLink) => Promise<void>) {
  const asked: ReachRequest[] = [];
  const links: FakeLink[] = [];
  const over: HostReach = async (wish) => {
    asked.push(wish);
    const link = fakeLink(fakeEngine(['a', 'b'], () => 0));
    await reach(wish, link);
    links.push(link);
    return { ...link, hostKeyFingerprint: 'SHA256:abc' };
  };
  const questions = new Questions({ newId: () => 'q1' });
  return { asked, links, questions, trials: new HostTrials({ reach: over, questions, defaultUser: 'ops' }) };
}

async function collect(events: AsyncIterable<TrialEvent>) {
  const told: unknown[] = [];
  try {
    for await (const event of events) told.push(event.kind === 'step' ? event.step : event);
  } catch (error) {
    told.push((error as AppError).code);
  }
  return told;
}

/** Waits until it is given up, as a connection that gets no answer does. */
const hang = ({ signal }: ReachRequest) =>
  new Promise<void>((_, reject) => {
    const stop = () => reject(abortError(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });

it('tells each step as it begins, and what was found once the connection is closed', async () => {
  const {
    trials: tries,
    asked,
    links,
  } = trials(async ({ onStep }, link) => {
    link.client.answers.ping = async () =>
      [9, 2, 4][link.client.asked.filter((what) => what === 'ping').length - 1] ?? 0;
    for (const step of ['connecting', 'checking-host-key'] as const) onStep?.(step);
    await settled();
    // A question in between: the second connection begins anew.
    for (const step of ['connecting', 'checking-host-key', 'authenticating', 'asking-engine'] as const) onStep?.(step);
  });
  const closed: boolean[] = [];
  const told: unknown[] = [];
  for await (const event of tries.test(request, never)) {
    told.push(event.kind === 'step' ? event.step : event);
    closed.push(links[0]?.disposed ?? false);
  }
  expect({
    told,
    closed: closed.at(-1),
    asked: asked.map(({ mode, target, identityFiles }) => [mode(), target.host, identityFiles]),
  }).toEqual({
    told: [
      'connecting',
      'checking-host-key',
      'authenticating',
      'asking-engine',
      {
        kind: 'reached',
        target: 'ssh://ops@atlas',
        engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
        containers: 2,
        latencyMs: 4,
        fingerprint: 'SHA256:abc',
      },
    ],
    closed: true,
    asked: [['observe', 'atlas', ['/home/ops/.ssh/k']]],
  });
});

it('takes the agent and the usual files where none is named', async () => {
  const { trials: tries, asked } = trials(async () => undefined);
  await collect(tries.test({ ...request, identityFiles: [] }, never));
  expect(asked.map(({ identityFiles }) => identityFiles)).toEqual([null]);
});

it('tells the step it failed at, then why', async () => {
  const { trials: tries } = trials(async ({ onStep }) => {
    onStep?.('connecting');
    throw new AppError('CONNECT_REFUSED', 'Nobody listens.');
  });
  expect(await collect(tries.test(request, never))).toEqual(['connecting', 'CONNECT_REFUSED']);
});

it.each([
  ['a target that is none', { target: 'atlas' }, 'TARGET_INVALID'],
  ['a key file whose path is not whole', { identityFiles: ['.ssh/k'] }, 'USAGE'],
])('refuses %s, and connects nowhere', async (_, wrong, code) => {
  const { trials: tries, asked } = trials(async () => undefined);
  expect([await collect(tries.test({ ...request, ...wrong }, never)), asked]).toEqual([[code], []]);
});

it('asks in its own name, and withdraws the question when the trial is left', async () => {
  const { trials: tries, questions } = trials(async ({ onStep, prompts, target, signal }) => {
    onStep?.('checking-host-key');
    await prompts.acceptHostKey({ target, keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' }, signal);
  });
  const left = new AbortController();
  const told = collect(tries.test(request, left.signal));
  await settled();
  const asked = questions.open();
  left.abort(new AppError('CANCELLED', 'Left.'));
  expect([asked, await told, questions.open()]).toEqual([
    [expect.objectContaining({ id: 'q1', kind: 'hostKey', hostId: null, trial: TRIAL })],
    ['checking-host-key', 'CANCELLED'],
    [],
  ]);
});

it('closes the connection when it is left while the engine is asked', async () => {
  const { trials: tries, links } = trials(async (_, link) => {
    link.client.answers.list = () => new Promise(() => undefined);
  });
  const left = new AbortController();
  const told = collect(tries.test(request, left.signal));
  await settled();
  const before = links.map(({ disposed }) => disposed);
  left.abort();
  expect([before, await told, links.map(({ disposed }) => disposed)]).toEqual([[false], ['CANCELLED'], [true]]);
});

it('ends when its events are not read any more', async () => {
  const ended: string[] = [];
  const { trials: tries } = trials(async (wish) => {
    wish.onStep?.('connecting');
    await hang(wish).catch((error: AppError) => ended.push(error.code));
    throw new AppError('CANCELLED', 'Ended.');
  });
  for await (const event of tries.test(request, never)) {
    expect(event).toEqual({ kind: 'step', step: 'connecting' });
    break;
  }
  expect(ended).toEqual(['CANCELLED']);
});

it('is ended with the core, which waits for it', async () => {
  const { trials: tries } = trials(hang);
  const told = collect(tries.test(request, never));
  await settled();
  await tries[Symbol.asyncDispose]();
  expect(await told).toEqual(['CANCELLED']);
});

it('tries no more hosts at once than the bound, and counts those that have ended no more', async () => {
  const { trials: tries } = trials(hang);
  const left = new AbortController();
  const running = Array.from({ length: limits.hosts.trials }, () => collect(tries.test(request, left.signal)));
  await settled();
  const beyond = await collect(tries.test(request, never));
  left.abort();
  await Promise.all(running);
  const after = collect(tries.test(request, AbortSignal.abort()));
  expect([beyond, await after]).toEqual([['TOO_MANY'], ['CANCELLED']]);
});
