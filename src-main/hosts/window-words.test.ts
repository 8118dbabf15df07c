import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { fixtureClock } from '../fleet/engine.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import type { HostReach, ReachRequest } from './host-reach.ts';
import { HostTrials } from './trial.ts';
import { inWindowWords } from './window-words.ts';

const thrownBy = async (error: unknown) => {
  const reach: HostReach = () => Promise.reject(error);
  return await inWindowWords(reach)({} as ReachRequest).catch((thrown: unknown) => thrown);
};
const hintOf = async (code: ErrorCode, hint: string) =>
  ((await thrownBy(new AppError(code, 'It is so.', { hint }))) as AppError).hint;

it.each<[ErrorCode, string, string]>([
  [
    'AUTH_NO_CREDENTIALS',
    'Load a key with "ssh-add", or name one with --identity FILE.',
    'Load a key with "ssh-add", or choose one when you add the host.',
  ],
  [
    'AUTH_NO_CREDENTIALS',
    'Name the key with --identity FILE: its public half will do where ssh-agent holds the key.',
    'Choose the key when you add the host: its public half will do where ssh-agent holds the key.',
  ],
  [
    'HOST_KEY_UNKNOWN',
    'If it is the same, connect with --accept-host-key SHA256:a+/b.',
    'If it is the same, try again and accept it.',
  ],
  [
    'HOST_KEY_UNREADABLE',
    'Put the file right, or name another with --known-hosts. Until then no key can be checked.',
    'Put the file right, then try again. Until then no key can be checked.',
  ],
  ['AUTH_NO_CREDENTIALS', 'See --identity.', 'Load a key with "ssh-add", or choose a key file when you add the host.'],
  ['PASSPHRASE_NEEDED', 'Give it by --passphrase-fd.', 'Try again and enter it, or load the key with "ssh-add" first.'],
])('says what can be done in a window about %s: %s', async (code, hint, words) => {
  expect(await hintOf(code, hint)).toBe(words);
});

it('leaves all else of an error as it is', async () => {
  const cause = new Error('why');
  const options = { hint: 'Name a key with --identity FILE.', details: { file: '/k', seen: ['it'] }, cause };
  const {
    code,
    message,
    details,
    cause: same,
  } = (await thrownBy(new AppError('AUTH_FAILED', 'No.', options))) as AppError;
  expect({ code, message, details, same: same === cause }).toEqual({
    code: 'AUTH_FAILED',
    message: 'No.',
    details: options.details,
    same: true,
  });
});

it('leaves what is fit for a window, options of other programs and bugs as they are', async () => {
  const fits = new AppError('AUTH_FAILED', 'No.', { hint: 'Check what "ssh-keygen -lf" prints.' });
  const theirs = new AppError('SOCKET_DENIED', 'No.', { hint: 'Run docker --host unix:///run/docker.sock version.' });
  const bug = new TypeError('a bug');
  const all = [fits, theirs, new AppError('AUTH_FAILED', 'No.'), bug];
  expect(await Promise.all(all.map(thrownBy))).toEqual(all);
});

it('words what an engine is tried again for', async () => {
  const told: (string | null)[] = [];
  const reach: HostReach = async ({ again }) => {
    const why = new AppError('ENGINE_TIMEOUT', 'No answer.', {
      hint: 'Load a key with "ssh-add", or name one with --identity FILE.',
    });
    await again?.(why, new AbortController().signal);
    throw why;
  };
  const again = async ({ hint }: AppError) => {
    told.push(hint);
    return false;
  };
  await inWindowWords(reach)({ again } as unknown as ReachRequest).catch(() => undefined);
  expect(told).toEqual(['Load a key with "ssh-add", or choose one when you add the host.']);
});

it('words what stops a trial too', async () => {
  const hint = 'Name a key with --identity FILE, or load one with "ssh-add".';
  const reach: HostReach = () => Promise.reject(new AppError('AUTH_NO_CREDENTIALS', 'None.', { hint }));
  const questions = { promptsFor: () => ({}) as SshPrompts };
  const trials = new HostTrials({ reach: inWindowWords(reach), questions, clock: fixtureClock() });
  const trial = { trial: '00000000-0000-4000-8000-000000000001', target: 'ssh://a', identityFiles: [] };
  const told = await Array.fromAsync(trials.test(trial, new AbortController().signal));
  expect(told.at(-1)).toMatchObject({ hint: 'Choose a key when you add the host, or load one with "ssh-add".' });
});

it('has a wording for every hint of the rooms below that names an option of the command line', async () => {
  const option = /(^|[\s"(])--(identity|known-hosts|ssh-config|accept-host-key|passphrase-fd|timeout)\b/;
  const files = ['ssh', 'engine'].flatMap((room) => {
    const folder = path.join(import.meta.dirname, '..', room);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!test|fixture)\.ts$/.test(name))
      .map((name) => readFileSync(path.join(folder, name), 'utf8'));
  });
  const hints = files
    .flatMap((text) => text.split('\n'))
    .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line))
    .flatMap((line) => [...line.matchAll(/(['`])((?:(?!\1).)*--[a-z](?:(?!\1).)*)\1/g)].map(([, , hint = '']) => hint))
    .filter((hint) => option.test(hint) && !hint.startsWith('--'));
  const unworded = [];
  for (const hint of hints) if (option.test((await hintOf('INTERNAL', hint)) ?? '')) unworded.push(hint);
  expect({ some: hints.length > 5, unworded }).toEqual({ some: true, unworded: [] });
});
