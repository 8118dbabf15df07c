import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import type { EngineVia, TrialEvent } from '#contract/hosts.ts';
import { type FakeLink, fakeEngine, fakeLink, fixtureClock } from '../fleet/engine.fixture.ts';
import { summary } from '../fleet/facts.fixture.ts';
import { type ManualClock, settled } from '../kernel/clock.fixture.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import type { Hop } from '../ssh/hop.ts';
import { formatTarget } from '../ssh/target.ts';
import type { HostReach, ReachRequest } from './host-reach.ts';
import { Questions } from './questions.ts';
import { HostTrials } from './trial.ts';

const TRIAL = '00000000-0000-4000-8000-000000000001';
const request = { trial: TRIAL, target: 'ssh://Atlas', identityFiles: ['/home/ops/.ssh/k'] };
const never = new AbortController().signal;

/** Trials over a way to hosts on which a test has the say. */
function trials(
  reach: (request: ReachRequest, link: FakeLink) => Promise<void>,
  { clock = fixtureClock(), ids = ['a', 'b'], via = 'stream-local' as EngineVia } = {},
) {
  const asked: ReachRequest[] = [];
  const links: FakeLink[] = [];
  const over: HostReach = async (wish) => {
    asked.push(wish);
    const link = fakeLink(fakeEngine(ids, () => 0));
    await reach(wish, link);
    links.push(link);
    return { ...link, notes: ['a note'], report: () => ({ ...REPORT, via }) };
  };
  const questions = new Questions({ newId: () => 'q1', secrets: noSecrets });
  return { asked, links, questions, trials: new HostTrials({ reach: over, questions, clock }) };
}

const REPORT = { hops: [], endpoint: '', channels: { open: 0, opened: 0, refused: 0, most: null }, costs: [] };

const noSecrets = {
  recall: async () => null,
  remember: async () => undefined,
  discard: async () => undefined,
  canKeep: async () => false,
};

/** Steps in a line, other events as they are. */
function short(event: TrialEvent): unknown {
  const at = 'step' in event ? `${event.kind} ${event.step}${event.jump === null ? '' : ` ${event.jump}`}` : '';
  if (event.kind === 'begun' || event.kind === 'asked') return at;
  if (event.kind === 'asking') return `${at} ${event.what}`;
  if (event.kind === 'passed') return `${at} ${event.ms} ${event.seen}`;
  return event.kind === 'skipped' ? `${at} ${event.why}` : event;
}

async function collect(events: AsyncIterable<TrialEvent>) {
  const told: unknown[] = [];
  try {
    for await (const event of events) told.push(short(event));
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

/** The events of connecting to `machine`, as the ssh room tells them; `last` is begun and not ended. */
function connecting(onEvent: ReachRequest['onEvent'], hop: Hop, { isJump = false, last = 'authenticate' } = {}) {
  for (const step of ['resolve', 'reach', 'host-key', 'authenticate'] as const) {
    onEvent?.({ kind: 'begun', step, hop, isJump });
    if (step === last) return;
    onEvent?.({ kind: 'passed', step, hop, isJump, ms: 3, seen: `seen ${step}` });
  }
}

const hop = (host: string): Hop => hopOf({ user: 'ops', host, identityFiles: null });
const atlas = hop('atlas');

it('tells each step of each machine once as it begins and ends, and what was found once all is closed', async () => {
  const clock = fixtureClock();
  const {
    trials: tries,
    asked,
    links,
  } = trials(
    async ({ onEvent }, link) => {
      link.client.answers.ping = async () =>
        [9, 2, 4][link.client.asked.filter((what) => what === 'ping').length - 1] ?? 0;
      connecting(onEvent, hop('bastion'), { isJump: true, last: '' });
      onEvent?.({ kind: 'passed', step: 'authenticate', hop: hop('bastion'), isJump: true, ms: 3, seen: 'again' });
      connecting(onEvent, atlas, { last: 'host-key' });
      await settled();
      // A question in between: the second connection begins anew.
      connecting(onEvent, atlas, { last: '' });
      onEvent?.({ kind: 'begun', step: 'forward' });
      onEvent?.({ kind: 'skipped', step: 'forward', why: 'not needed' });
      onEvent?.({ kind: 'passed', step: 'socket', ms: 1, seen: '/var/run/docker.sock' });
    },
    { clock },
  );
  const closed: boolean[] = [];
  const told: unknown[] = [];
  for await (const event of tries.test(request, never)) {
    told.push(short(event));
    closed.push(links[0]?.disposed ?? false);
  }
  expect({
    told,
    closed: closed.at(-1),
    asked: asked.map(({ mode, target, identityFiles, isWished }) => [
      mode(),
      formatTarget(target),
      identityFiles,
      isWished,
    ]),
    questions: links[0]?.client.asked,
    open: links[0]?.client.open,
  }).toEqual({
    told: [
      ...['resolve', 'reach', 'host-key', 'authenticate'].flatMap((step) => [
        `begun ${step} ops@bastion:22`,
        `passed ${step} ops@bastion:22 3 seen ${step}`,
      ]),
      ...['resolve', 'reach', 'host-key', 'authenticate'].flatMap((step) => [
        `begun ${step}`,
        `passed ${step} 3 seen ${step}`,
      ]),
      'begun forward',
      'skipped forward not needed',
      'begun socket',
      'passed socket 1 /var/run/docker.sock',
      'begun permissions',
      'passed permissions 0 all reads are allowed',
      {
        kind: 'reached',
        target: 'ssh://atlas',
        engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
        via: 'stream-local',
        containers: 2,
        latencyMs: 4,
        fingerprint: 'SHA256:host',
        notes: ['a note'],
        offers: [],
      },
    ],
    closed: true,
    asked: [['observe', 'ssh://atlas', ['/home/ops/.ssh/k'], true]],
    questions: ['list', 'inspect a', 'sample a', 'networks', `events ${0}`, 'ping', 'ping', 'ping'],
    open: new Set(),
  });
});

it('tells that a step waits for a person, and when no more; of one that has ended, and of what was told, nothing', async () => {
  const { trials: tries } = trials(async ({ onEvent }) => {
    const jump = { hop: hop('bastion'), isJump: true } as const;
    const login = { step: 'authenticate', ...jump } as const;
    onEvent?.({ kind: 'begun', step: 'host-key', ...jump });
    onEvent?.({ kind: 'asking', step: 'host-key', ...jump, what: 'hostKey' });
    onEvent?.({ kind: 'asked', step: 'host-key', ...jump, what: 'hostKey' });
    onEvent?.({ kind: 'passed', step: 'host-key', ...jump, ms: 1, seen: 'known' });
    onEvent?.({ kind: 'begun', ...login });
    onEvent?.({ kind: 'asking', ...login, what: 'password' });
    onEvent?.({ kind: 'asking', ...login, what: 'code' });
    onEvent?.({ kind: 'asked', ...login, what: 'code' });
    onEvent?.({ kind: 'asked', ...login, what: 'password' });
    onEvent?.({ kind: 'asked', ...login, what: 'password' });
    onEvent?.({ kind: 'asking', ...login, what: 'code' });
    onEvent?.({ kind: 'passed', ...login, ms: 1, seen: 'by a code' });
    // What it was let in without is withdrawn.
    onEvent?.({ kind: 'asked', ...login, what: 'code' });
    throw new AppError('CONNECTION_LOST', 'Lost.');
  });
  expect((await collect(tries.test(request, never))).slice(0, -1)).toEqual([
    'begun host-key ops@bastion:22',
    'asking host-key ops@bastion:22 hostKey',
    'asked host-key ops@bastion:22',
    'passed host-key ops@bastion:22 1 known',
    'begun authenticate ops@bastion:22',
    'asking authenticate ops@bastion:22 password',
    'asking authenticate ops@bastion:22 code',
    'asking authenticate ops@bastion:22 password',
    'asked authenticate ops@bastion:22',
    'asking authenticate ops@bastion:22 code',
    'passed authenticate ops@bastion:22 1 by a code',
  ]);
});

it('takes the agent and the usual files where none is named', async () => {
  const { trials: tries, asked } = trials(async () => undefined);
  await collect(tries.test({ ...request, identityFiles: [] }, never));
  expect(asked.map(({ identityFiles }) => identityFiles)).toEqual([null]);
});

describe('a trial that is stopped', () => {
  const stoppedBy = async (fail: (request: ReachRequest, clock: ManualClock) => Promise<AppError>) => {
    const clock = fixtureClock();
    const { trials: tries } = trials(
      async (wish) => {
        throw await fail(wish, clock);
      },
      { clock },
    );
    return await collect(tries.test(request, never));
  };

  it('tells the step, how long it took without a person, the cause, the fix, and what was seen', async () => {
    const told = await stoppedBy(async ({ onEvent }, clock) => {
      connecting(onEvent, atlas, { last: 'host-key' });
      await clock.advance(7);
      const question = { step: 'host-key', hop: atlas, isJump: false, what: 'hostKey' } as const;
      onEvent?.({ kind: 'asking', ...question });
      await clock.advance(60_000);
      onEvent?.({ kind: 'asked', ...question });
      await clock.advance(5);
      return new AppError('HOST_KEY_CHANGED', 'It changed.', { hint: 'Find out why.', details: { seen: 'a\u0007' } });
    });
    expect(told.at(-1)).toEqual({
      kind: 'stopped',
      step: 'host-key',
      jump: null,
      ms: 12,
      code: 'HOST_KEY_CHANGED',
      message: 'It changed.',
      hint: 'Find out why.',
      seen: ['a␇'],
      offers: [],
    });
  });

  const error = (code: ErrorCode, details = {}) => new AppError(code, 'So it is.', { details });
  const end = (told: readonly unknown[]) =>
    told.slice(-3).map((event) => {
      if (typeof event === 'string') return event;
      const { kind, step, jump, code } = event as Record<string, unknown>;
      return [kind, step, jump, code].filter(Boolean).join(' ');
    });

  it.each<[string, (request: ReachRequest) => AppError, string[]]>([
    [
      'a closed socket at the socket, though it was the forwarding that failed',
      ({ onEvent }) => {
        onEvent?.({ kind: 'begun', step: 'forward' });
        return error('SOCKET_DENIED');
      },
      ['skipped forward not finished: it stopped at “socket”', 'begun socket', 'stopped socket SOCKET_DENIED'],
    ],
    [
      'a refused forwarding where it was begun',
      ({ onEvent }) => {
        onEvent?.({ kind: 'begun', step: 'forward' });
        return error('FORWARD_REFUSED');
      },
      ['begun forward', 'stopped forward FORWARD_REFUSED'],
    ],
    [
      'lines of ssh_config at the first step',
      () => error('SSH_CONFIG_BROKEN'),
      ['begun resolve', 'stopped resolve SSH_CONFIG_BROKEN'],
    ],
    [
      'a key that cannot be read at the login, before anything',
      () => error('KEY_PERMISSIONS'),
      ['begun authenticate', 'stopped authenticate KEY_PERMISSIONS'],
    ],
    [
      'a jump machine that lets nobody in at that machine',
      ({ onEvent }) => {
        connecting(onEvent, hop('bastion'), { isJump: true });
        return error('AUTH_FAILED');
      },
      [
        'passed host-key ops@bastion:22 3 seen host-key',
        'begun authenticate ops@bastion:22',
        'stopped authenticate ops@bastion:22 AUTH_FAILED',
      ],
    ],
    [
      'what is the host’s own at the host, whatever machine was told of before',
      ({ onEvent }) => {
        connecting(onEvent, hop('bastion'), { isJump: true, last: '' });
        return error('SOCKET_MISSING');
      },
      ['begun socket', 'stopped socket SOCKET_MISSING'],
    ],
    [
      'a second connection that gets less far than the first at what it was at',
      ({ onEvent }) => {
        connecting(onEvent, atlas, { last: 'host-key' });
        connecting(onEvent, atlas, { last: 'reach' });
        return error('CONNECT_REFUSED');
      },
      ['begun host-key', 'skipped host-key not finished: it stopped at “reach”', 'stopped reach CONNECT_REFUSED'],
    ],
    [
      'a connection that is lost at whatever was under way',
      ({ onEvent }) => {
        onEvent?.({ kind: 'begun', step: 'engine' });
        return error('CONNECTION_LOST');
      },
      ['begun engine', 'stopped engine CONNECTION_LOST'],
    ],
    [
      'a host key that changes once its check was passed at whatever was under way',
      ({ onEvent }) => {
        connecting(onEvent, atlas, { last: '' });
        onEvent?.({ kind: 'begun', step: 'engine' });
        return error('HOST_KEY_CHANGED');
      },
      ['passed authenticate 3 seen authenticate', 'begun engine', 'stopped engine HOST_KEY_CHANGED'],
    ],
  ])('shows %s', async (_, fail, expected) => {
    const told = await stoppedBy(async (wish) => fail(wish));
    expect(end(told).slice(-expected.length)).toEqual(expected);
  });

  it('counts what it takes to look for keys as part of the login, and names that where time is up meanwhile', async () => {
    const login = { step: 'authenticate', hop: atlas, isJump: false } as const;
    const looking = (request: ReachRequest, clock: ManualClock) => {
      request.onEvent?.({ kind: 'preparing', ...login });
      return clock.advance(2_000);
    };
    const late = await stoppedBy(async (wish, clock) => {
      await looking(wish, clock);
      return new AppError('TIMEOUT', 'Too long.');
    });
    expect(late).toMatchObject([
      'begun authenticate',
      {
        step: 'authenticate',
        ms: 2_000,
        seen: ['nothing was dialled yet: keys were being looked for, in files and in ssh-agent'],
      },
    ]);
    const refused = await stoppedBy(async (wish, clock) => {
      await looking(wish, clock);
      connecting(wish.onEvent, atlas);
      await clock.advance(5);
      return new AppError('AUTH_FAILED', 'No.');
    });
    expect([refused[0], refused.at(-1)]).toMatchObject([
      'begun resolve',
      { step: 'authenticate', ms: 2_005, seen: [] },
    ]);
    const passed = await stoppedBy(async (wish, clock) => {
      await looking(wish, clock);
      connecting(wish.onEvent, atlas, { last: '' });
      return new AppError('SOCKET_MISSING', 'No.');
    });
    expect(passed).toContain('passed authenticate 2003 seen authenticate');
  });

  it('is stopped by a time that is up, and not by being left', async () => {
    const { trials: tries } = trials(hang);
    const up = AbortSignal.abort(new AppError('TIMEOUT', 'Too late.', { hint: 'Allow more.' }));
    expect(await collect(tries.test(request, up))).toEqual([
      'begun resolve',
      {
        kind: 'stopped',
        step: 'resolve',
        jump: null,
        ms: 0,
        code: 'TIMEOUT',
        message: 'Too late.',
        hint: 'Allow more.',
        seen: [],
        offers: [],
      },
    ]);
  });

  it('says that the time was up, whatever it broke off with', async () => {
    const time = new AbortController();
    const { trials: tries } = trials(async () => {
      time.abort(new AppError('TIMEOUT', 'Too late.'));
      throw error('CONNECTION_LOST');
    });
    expect((await collect(tries.test(request, time.signal))).at(-1)).toMatchObject({ code: 'TIMEOUT' });
  });

  it('offers the other ways that were found, as targets', async () => {
    const found = [
      { kind: 'socket', path: null, via: 'any' },
      { kind: 'socket', path: '/run/user/1000/docker.sock', via: 'any' },
      { kind: 'socket', path: '/run/user/1000/podman/podman.sock', via: 'any' },
      { kind: 'socket', path: '/run/podman/podman.sock', via: 'any' },
      { kind: 'socket', path: null, via: 'sudo-dial-stdio' },
      'nonsense',
    ];
    const told = await stoppedBy(async () => error('SOCKET_DENIED', { found, seen: ['one', 'two'] }));
    expect(told.at(-1)).toMatchObject({
      seen: ['one', 'two'],
      offers: [
        { target: 'ssh://atlas', label: 'Use /var/run/docker.sock' },
        { target: 'ssh://atlas/run/user/1000/docker.sock', label: 'Use the rootless Docker socket of this user' },
        { target: 'ssh://atlas/run/user/1000/podman/podman.sock', label: 'Use the Podman socket of this user' },
        { target: 'ssh://atlas/run/podman/podman.sock', label: 'Use the Podman socket' },
        { target: 'ssh://atlas?via=sudo-dial-stdio', label: 'Use sudo' },
      ],
    });
  });

  it('lets a bug be a bug', async () => {
    const bug = new TypeError('a bug');
    const { trials: tries } = trials(() => Promise.reject(bug));
    await expect(Array.fromAsync(tries.test(request, never))).rejects.toBe(bug);
  });
});

describe('the last step', () => {
  const denied = async () => {
    throw new AppError('ENGINE_DENIED', 'Denied.');
  };
  const read = async (
    answers: Partial<FakeLink['client']['answers']>,
    ids = ['a', 'b'],
    via: EngineVia = 'stream-local',
  ) => {
    const { trials: tries } = trials(async (_, link) => void Object.assign(link.client.answers, answers), { ids, via });
    const told = await collect(tries.test(request, never));
    const last = told.at(-1) as Extract<TrialEvent, { kind: 'reached' | 'stopped' }>;
    return { seen: told.at(-2), ...last };
  };

  it('tells what a policy denies, and what that means', async () => {
    expect(await read({ events: denied, sample: denied })).toMatchObject({
      seen: 'passed permissions 0 all but stats and events',
      notes: [
        'a note',
        'A policy in front of the engine denies stats: no load is shown.',
        'A policy in front of the engine denies events: changes are seen at each refresh, not as they happen.',
      ],
    });
  });

  it('stops where not even the containers may be listed', async () => {
    expect(await read({ list: denied })).toMatchObject({ kind: 'stopped', step: 'permissions', code: 'ENGINE_DENIED' });
  });

  it('takes the time of the list where pings are denied', async () => {
    expect(await read({ ping: denied })).toMatchObject({ kind: 'reached', latencyMs: 0 });
  });

  it('tells that there was nothing to try some of them on', async () => {
    expect(await read({}, [])).toMatchObject({
      seen: 'passed permissions 0 all reads are allowed; no container to try inspect and stats on',
      containers: 0,
    });
  });

  it('samples one that runs', async () => {
    const { trials: tries, links } = trials(async (_, link) => {
      link.client.containers = [summary('a', { state: 'exited' }), summary('b')];
    });
    await collect(tries.test(request, never));
    expect(links[0]?.client.asked.slice(0, 3)).toEqual(['list', 'inspect a', 'sample b']);
  });

  it('takes a container that is gone meanwhile for one that may be read, and tells of what failed', async () => {
    const fail = (code: ErrorCode) => async () => {
      throw new AppError(code, 'So it is.');
    };
    expect(await read({ inspect: fail('ENGINE_NOT_FOUND'), networks: fail('ENGINE_ERROR') })).toMatchObject({
      seen: 'passed permissions 0 all but networks',
      notes: ['a note', 'The engine did not answer networks as it should: no subnets are shown. So it is.'],
    });
  });

  it('stops where the engine hangs', async () => {
    const hung = async () => {
      throw new AppError('ENGINE_TIMEOUT', 'It hangs.');
    };
    expect(await read({ networks: hung })).toMatchObject({
      kind: 'stopped',
      step: 'permissions',
      code: 'ENGINE_TIMEOUT',
    });
  });

  it('offers to save the way it was reached by, where that was not the first to be tried', async () => {
    expect((await read({}, [], 'dial-stdio')).offers.map(({ target }) => target)).toEqual([
      'ssh://atlas?via=dial-stdio',
    ]);
  });
});

it.each([
  ['a target that is none', { target: 'http://atlas' }, 'TARGET_INVALID'],
  ['a key file whose path is not whole', { identityFiles: ['.ssh/k'] }, 'USAGE'],
])('refuses %s, and connects nowhere', async (_, wrong, code) => {
  const { trials: tries, asked } = trials(async () => undefined);
  expect([await collect(tries.test({ ...request, ...wrong }, never)), asked]).toEqual([[code], []]);
});

it('asks in its own name, and withdraws the question when the trial is left', async () => {
  const { trials: tries, questions } = trials(async ({ onEvent, prompts, signal }) => {
    connecting(onEvent, atlas, { last: 'resolve' });
    const key = { keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' };
    await prompts.acceptHostKey({ hop: atlas, isJump: false, ...key }, signal);
  });
  const left = new AbortController();
  const told = collect(tries.test(request, left.signal));
  await settled();
  const asked = questions.open();
  left.abort(new AppError('CANCELLED', 'Left.'));
  expect([asked, await told, questions.open()]).toEqual([
    [expect.objectContaining({ id: 'q1', kind: 'hostKey', hostId: null, trial: TRIAL })],
    ['begun resolve', 'CANCELLED'],
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
  expect([before, await told, links.map(({ disposed }) => disposed)]).toEqual([
    [false],
    ['begun permissions', 'CANCELLED'],
    [true],
  ]);
});

it('ends when its events are not read any more', async () => {
  const ended: string[] = [];
  const { trials: tries } = trials(async (wish) => {
    connecting(wish.onEvent, atlas, { last: 'resolve' });
    await hang(wish).catch((error: AppError) => ended.push(error.code));
    throw new AppError('CANCELLED', 'Ended.');
  });
  for await (const event of tries.test(request, never)) {
    expect(event).toEqual({ kind: 'begun', step: 'resolve', jump: null });
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
