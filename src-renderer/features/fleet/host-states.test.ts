import { describe, expect, test } from 'vitest';
import { ErrorCode } from '#contract/errors.ts';
import { ATLAS, host } from '../../store/fleet.fixture.ts';
import { hostTrouble, shortState } from './host-states.ts';
import { HOST_WORDS, hostWords } from './host-words.ts';

/** Codes no host is ever in; a code that is added to the contract is in neither list, and fails here. */
const OF_THE_WINDOW = new Set<string>([
  'USAGE',
  'REQUEST_INVALID',
  'CONTRACT_MISMATCH',
  'SUBSCRIPTION_UNKNOWN',
  'QUESTION_GONE',
  'PORT_IN_USE',
  'HOME_UNUSABLE',
  'HOME_LOCKED',
  'SETTINGS_BROKEN',
  'SETTINGS_NEWER',
  'SETTINGS_INVALID',
  'HOST_EXISTS',
  'HOST_NOT_FOUND',
  'NO_HOSTS',
  'HOST_NOT_LIVE',
  'OBSERVE_ONLY',
  'PROTECTED',
  'NOT_PROTECTED',
  'NOTHING_TO_DO',
  'PLAN_UNKNOWN',
  'PLAN_EXPIRED',
  'PLAN_USED',
  'PLAN_STALE',
  'PLAN_TOO_LARGE',
  'CHANGE_UNDER_WAY',
  'RATE_LIMITED',
  'RUN_UNKNOWN',
  'JOURNAL_BROKEN',
  'JOURNAL_UNUSABLE',
]);

describe('the words for a host', () => {
  test('every code a host can be in has its own', () => {
    expect(Object.keys(HOST_WORDS).sort()).toEqual(ErrorCode.options.filter((code) => !OF_THE_WINDOW.has(code)).sort());
  });

  test.each(Object.entries(HOST_WORDS))('%s: a few words, and a next step without the command line', (_code, words) => {
    expect(words.title).toMatch(/^[A-Za-z][^.]{3,28}$/);
    expect(words.next).toMatch(/^[A-Z].{15,240}\.$/);
    expect(words.next).not.toMatch(/--|binnacle /);
  });

  test('a code that was not foreseen still has some', () => {
    expect(hostWords('USAGE')).toEqual({ title: 'Not reached', next: 'Try it again.', remedy: 'retry' });
  });
});

describe('the trouble of a host', () => {
  const since = '2026-05-04T09:00:00.000Z';

  test('a live one has none', () => {
    expect(hostTrouble(host(ATLAS), null)).toBeNull();
  });

  test.each([
    [{ state: 'connecting', attempt: 1, since }, 'Connecting', null, 'wait'],
    [{ state: 'connecting', attempt: 4, since }, 'Connecting, try 4', null, 'wait'],
    [{ state: 'authenticating', attempt: 1, since }, 'Logging in', null, 'wait'],
    [{ state: 'asking', attempt: 1, since, what: 'password', jump: null }, 'Password needed', null, 'wait'],
    [{ state: 'stale', since }, 'Being checked', null, 'wait'],
    [
      { state: 'degraded', since, code: 'ENGINE_TIMEOUT', message: 'No answer.' },
      'Engine does not answer',
      'No answer.',
      'retry',
    ],
    [{ state: 'blocked', since, code: 'HOST_KEY_UNKNOWN', message: 'Unknown.' }, 'First contact', 'Unknown.', 'review'],
    [
      { state: 'offline', since, code: 'CONNECT_REFUSED', message: 'Refused.', attempt: 2, nextTryAt: null },
      'Connection refused',
      'Refused.',
      'retry',
    ],
  ] as const)('%o', (status, title, message, remedy) => {
    expect(hostTrouble(host(ATLAS, { status }), null)).toMatchObject({ title, message, remedy });
  });

  test.each([
    ['hostKey', 'Compare the fingerprint with the one on bastion.example, on the way there, before you trust it.'],
    ['passphrase', 'Enter the passphrase of the key for bastion.example, on the way there, to go on.'],
    ['password', 'bastion.example, on the way there, asks for your password: answer it to go on.'],
    [
      'code',
      'bastion.example, on the way there, asks for a code, or something else only you know. It waits only so long.',
    ],
  ] as const)('one that waits for a machine on the way (%s) says which, whoever was asked', (what, next) => {
    const status = { state: 'asking', attempt: 1, since, what, jump: 'ana@bastion.example:22' } as const;
    const kind = what === 'code' ? 'challenge' : what;
    const words = { next: `${next} One answer does for all hosts behind it.`, message: null };
    expect(hostTrouble(host(ATLAS, { status }), kind)).toMatchObject({ ...words, remedy: 'review' });
    expect(hostTrouble(host(ATLAS, { status }), null)).toMatchObject({ ...words, remedy: 'wait' });
  });

  test.each([
    ['hostKey', 'First contact'],
    ['passphrase', 'Key is locked'],
    ['password', 'Password needed'],
    ['challenge', 'Code needed'],
  ] as const)('one that connects and asks for a person (%s) is told by what it asks', (kind, title) => {
    // The question may come before the state that tells of it.
    for (const state of ['connecting', 'authenticating'] as const) {
      const asking = host(ATLAS, { status: { state, attempt: 1, since } });
      expect(hostTrouble(asking, kind)).toMatchObject({ title, message: null, remedy: 'review' });
    }
  });
});

describe('the state of a host in a word or two', () => {
  const since = '2026-05-04T09:00:00.000Z';
  const failed = { since, code: 'ENGINE_TIMEOUT', message: '' } as const;

  test.each([
    [{ state: 'live', since }, 'live'],
    [{ state: 'connecting', attempt: 1, since }, 'connecting'],
    [{ state: 'connecting', attempt: 3, since }, 'connecting, try 3'],
    [{ state: 'authenticating', attempt: 3, since }, 'logging in'],
    [{ state: 'asking', attempt: 1, since, what: 'code', jump: null }, 'waits for you'],
    [{ state: 'stale', since }, 'checking'],
    [{ ...failed, state: 'degraded' }, 'engine silent'],
    [{ ...failed, state: 'degraded', code: 'ENGINE_DENIED' }, 'denied'],
    [{ ...failed, state: 'degraded', code: 'CHANNELS_EXHAUSTED' }, 'engine out of reach'],
    [{ ...failed, state: 'offline', attempt: 1, nextTryAt: null }, 'offline'],
    [{ ...failed, state: 'blocked' }, 'blocked'],
  ] as const)('%o', (status, words) => {
    expect(shortState({ status }, null)).toBe(words);
  });

  test('what it asks comes first', () => {
    expect(shortState({ status: { ...failed, state: 'blocked' } }, 'hostKey')).toBe('waits for you');
  });
});
