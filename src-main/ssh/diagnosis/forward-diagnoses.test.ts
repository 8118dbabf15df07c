import { beforeEach, expect, test } from 'vitest';
import { fakeConnection, forwardRefused } from '../../engine/connection.fixture.ts';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { ForwardDiagnoses } from './forward-diagnoses.ts';

const PATH = '/var/run/docker.sock';
let clock = manualClock(0);
let asked = 0;
let found: AppError['code'] = 'SOCKET_DENIED';
let diagnoses: ForwardDiagnoses;

beforeEach(() => {
  clock = manualClock(0);
  asked = 0;
  found = 'SOCKET_DENIED';
  const diagnose = async () => {
    asked += 1;
    return new AppError(found, 'It is so.');
  };
  diagnoses = new ForwardDiagnoses({ clock, diagnose });
});

interface Asking {
  readonly path?: string;
  readonly reason?: number;
  readonly isWished?: boolean;
  readonly over?: Parameters<typeof fakeConnection>[0];
  readonly signal?: AbortSignal;
}

/** What the host is said to refuse for, over a connection of its own each time. */
async function explained({ path = PATH, reason = 2, isWished = false, over = {}, signal }: Asking = {}) {
  await using connection = fakeConnection(over);
  const refusal = forwardRefused(reason);
  const why = await diagnoses.explain(connection, { path, refusal, isWished }, signal ?? new AbortController().signal);
  return why.code;
}

test('a host that nobody mends is asked once a minute, however often it refuses', async () => {
  const every = limits.fleet.reconnect.capMs;
  for (let ms = 0; ms < 2 * limits.ssh.diagnosisMs; ms += every) {
    expect(await explained()).toBe('SOCKET_DENIED');
    await clock.advance(every);
  }
  expect([asked, limits.ssh.diagnosisMs]).toEqual([2, 60_000]);
});

test('what has changed by then is seen with the next look', async () => {
  await explained();
  found = 'SOCKET_REFUSED';
  await clock.advance(limits.ssh.diagnosisMs - 1);
  const before = await explained();
  await clock.advance(1);
  expect([before, await explained()]).toEqual(['SOCKET_DENIED', 'SOCKET_REFUSED']);
});

test('a person who asks does not wait for that, and what is found then is what counts', async () => {
  await explained();
  found = 'SOCKET_REFUSED';
  expect([await explained({ isWished: true }), await explained(), asked]).toEqual([
    'SOCKET_REFUSED',
    'SOCKET_REFUSED',
    2,
  ]);
});

test.each<[string, Asking]>([
  ['another socket', { path: '/run/other.sock' }],
  ['another answer of sshd', { reason: 1 }],
  ['a key with other options', { over: { keyOptions: { portForwarding: false, command: false, pty: false } } }],
])('%s is another refusal', async (_name, other) => {
  await explained();
  await explained(other);
  await explained(other);
  expect(asked).toBe(2);
});

test('a look that was cut off is no verdict', async () => {
  found = 'CONNECTION_LOST';
  await explained();
  found = 'SOCKET_DENIED';
  const given = new AbortController();
  given.abort();
  await explained({ signal: given.signal });
  expect([await explained(), asked]).toEqual(['SOCKET_DENIED', 3]);
});
