import { expect, test } from 'vitest';
import { ErrorCode } from '#contract/errors.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { never } from './client.fixture.ts';
import { fakeConnection, forwardRefused } from './connection.fixture.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';
import { type LinkOptions, openLink, openLocalLink } from './link.ts';
import { openAgain } from './open-again.ts';

const SOCKET = { kind: 'socket', path: null, via: 'any' } as const;
const observe: LinkOptions = { mode: () => 'observe', signal: never, clock: systemClock };
const forEver = new Promise<never>(() => {});
const lost = new AppError('CONNECTION_LOST', 'The link is dead.');

/** As one who waits until the connection, or the waiting, is over. */
const patient = (_why: AppError, over: AbortSignal) =>
  new Promise<boolean>((_, reject) => over.addEventListener('abort', () => reject(abortError(over))));

test('an engine that fails at first is opened over the same connection, as often as it is to be tried', async () => {
  const asked: string[] = [];
  const docker = likeDocker(() => {});
  await using engine = await startFakeEngine((question, answer) => {
    if (asked.length < 2) answer.writeHead(403).end('Forbidden');
    else docker(question, answer);
  });
  const connection = fakeConnection({ openUnixSocket: (_path, signal) => engine.channels.open(signal) });
  const again = async ({ code }: AppError) => {
    asked.push(`${code} ${connection.disposed()}`);
    return false;
  };
  await using link = await openLink(connection, SOCKET, { ...observe, again });
  expect([asked, link.client.engine.version, connection.disposed()]).toEqual([
    ['ENGINE_DENIED 0', 'ENGINE_DENIED 0'],
    '20.10.24',
    0,
  ]);
});

test('so is that of this machine', async () => {
  const asked: string[] = [];
  const again = async ({ code }: AppError) => {
    asked.push(code);
    if (asked.length === 3) throw lost;
    return false;
  };
  const opening = openLocalLink({ kind: 'socket', path: '/nowhere/engine.sock' }, { ...observe, again });
  await expect(opening).rejects.toBe(lost);
  expect(asked).toEqual(['SOCKET_MISSING', 'SOCKET_MISSING', 'SOCKET_MISSING']);
});

test('what another login may mend needs one, and nothing is asked', async () => {
  const asked: string[] = [];
  const again = async ({ code }: AppError) => {
    asked.push(code);
    throw lost;
  };
  for (const code of ErrorCode.options) {
    const why = new AppError(code, 'No.');
    const open = () => Promise.reject(why);
    await openAgain(open, { signal: never, again, isWished: false, ended: forEver }).catch(() => {});
  }
  expect(asked).toEqual([
    'SOCKET_MISSING',
    'SOCKET_REFUSED',
    'ENGINE_UNREACHABLE',
    'ENGINE_TIMEOUT',
    'ENGINE_ANSWER_INVALID',
    'ENGINE_ANSWER_TOO_LARGE',
    'ENGINE_DENIED',
    'ENGINE_NOT_FOUND',
    'ENGINE_ERROR',
    'API_TOO_OLD',
    'API_TOO_NEW',
  ]);
  const bug = new TypeError('a bug');
  const opening = openAgain(() => Promise.reject(bug), { signal: never, again, isWished: false, ended: forEver });
  await expect(opening).rejects.toBe(bug);
});

test('a wait ends with the connection, and with who has given up, and what is left is closed', async () => {
  const hung = () => Promise.reject(new AppError('ENGINE_TIMEOUT', 'It hangs.'));
  const options = { again: patient, isWished: false };
  const ended = openAgain(hung, { ...options, signal: never, ended: Promise.resolve(lost) });
  await expect(ended).rejects.toBe(lost);

  const given = new AbortController();
  const connection = fakeConnection({ openUnixSocket: () => Promise.reject(forwardRefused()) });
  const diagnoses = { explain: async () => new AppError('SOCKET_REFUSED', 'Nobody answers.') };
  const opening = openLink(connection, SOCKET, { ...observe, signal: given.signal, again: patient, diagnoses });
  setTimeout(() => given.abort(new AppError('CANCELLED', 'Enough.')), 20);
  await expect(opening).rejects.toMatchObject({ code: 'CANCELLED', message: 'Enough.' });
  expect(connection.disposed()).toBe(1);
});

test('the host is asked anew why it refuses where a person asks, at first or later', async () => {
  const connection = fakeConnection({ openUnixSocket: () => Promise.reject(forwardRefused()) });
  const wishes: boolean[] = [];
  const diagnoses = {
    explain: async (_of: unknown, { isWished }: { readonly isWished: boolean }) => {
      wishes.push(isWished);
      return new AppError('SOCKET_MISSING', 'There is none.');
    },
  };
  const again = async () => {
    if (wishes.length === 3) throw lost;
    return wishes.length === 2;
  };
  const opening = openLink(connection, SOCKET, { ...observe, again, diagnoses, isWished: false });
  await expect(opening).rejects.toBe(lost);
  expect(wishes).toEqual([false, false, true]);
});
