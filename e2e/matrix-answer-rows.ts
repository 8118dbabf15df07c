import type { Answer } from '#contract/questions.ts';
import type { Person, Row } from './matrix-row.ts';
import { refusedOnce } from './matrix-sshd-log.ts';

const PASSWORD = 'it’s 100 % \\right';

/** Says this to a challenge's one question. */
const saying =
  (answer: () => string): Person =>
  () => ({ kind: 'challenge', answers: [answer()] });

const withPassword =
  (password: string | null): Person =>
  () => ({ kind: 'password', password, remember: false });

const withPassphrase =
  (passphrase: string | null): Person =>
  () => ({ kind: 'passphrase', passphrase, remember: false });

/** Being let in by what a person says. */
export const answerRows: readonly Row[] = [
  {
    area: 'Login',
    name: 'an encrypted key',
    account: { key: null },
    arrange: async (stage) => {
      const key = await stage.newKey('locked', 'right');
      await stage.authorize(key);
      return { identityFiles: [key.file], person: withPassphrase('right') };
    },
    expected: { outcome: 'reached', via: 'stream-local', asks: ['passphrase'] },
  },
  {
    area: 'Login',
    name: 'a one-time code (keyboard-interactive)',
    account: { codes: true, key: null },
    arrange: (stage) => ({ identityFiles: [], person: saying(() => stage.sshd.nextCode(stage.user)) }),
    expected: { outcome: 'reached', via: 'stream-local', asks: ['code'] },
  },
  {
    area: 'Login',
    name: 'a key and then a one-time code',
    account: { codes: true, sshd: ['AuthenticationMethods publickey,keyboard-interactive'] },
    arrange: (stage) => ({ person: saying(() => stage.sshd.nextCode(stage.user)) }),
    expected: { outcome: 'reached', via: 'stream-local', asks: ['code'] },
  },
  {
    area: 'Login',
    name: 'a password',
    account: { key: null, password: PASSWORD, sshd: ['PasswordAuthentication yes'] },
    arrange: () => ({ identityFiles: [], person: withPassword(PASSWORD) }),
    expected: { outcome: 'reached', via: 'stream-local', asks: ['password'] },
  },
  {
    area: 'Login',
    name: 'an encrypted key, unanswered',
    account: { key: null },
    arrange: async (stage) => {
      const key = await stage.newKey('locked', 'right');
      await stage.authorize(key);
      return { identityFiles: [key.file], person: withPassphrase(null) };
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      asks: ['passphrase'],
      code: 'PASSPHRASE_NEEDED',
      cause: /^The key \S+locked needs its passphrase\.$/,
      fix: /load the key with "ssh-add"/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'a wrong passphrase',
    account: { key: null },
    arrange: async (stage) => {
      const key = await stage.newKey('locked', 'right');
      await stage.authorize(key);
      const answers = (): Person => {
        const given = ['wrong', null];
        return () => ({ kind: 'passphrase', passphrase: given.shift() ?? null, remember: false }) satisfies Answer;
      };
      let person = answers();
      const renewed = async () => {
        person = answers();
      };
      return { identityFiles: [key.file], person: (question) => person(question), afterTrial: renewed };
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      asks: ['passphrase', 'passphrase'],
      code: 'PASSPHRASE_WRONG',
      cause: /^That is not the passphrase of the key \S+locked\.$/,
      fix: /Try again, or load the key/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'a wrong one-time code',
    account: { codes: true, key: null },
    arrange: (stage) => ({
      identityFiles: [],
      person: saying(() => '000000'),
      ...refusedOnce(stage, 'Failed keyboard-interactive/pam'),
    }),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      asks: ['code'],
      code: 'AUTH_FAILED',
      cause: /^127\.0\.0\.1:\d+ did not take the answers given for row\d+\.$/,
      fix: /nothing is given twice by itself/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'a one-time code, unanswered',
    account: { codes: true, key: null },
    arrange: () => ({ identityFiles: [], person: () => ({ kind: 'challenge', answers: null }) }),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      asks: ['code'],
      code: 'AUTH_UNANSWERED',
      cause: /^Nobody answered what 127\.0\.0\.1:\d+ asked\.$/,
      fix: /Connect again where somebody can be asked/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'a wrong password',
    account: { key: null, password: PASSWORD, sshd: ['PasswordAuthentication yes'] },
    arrange: (stage) => ({
      identityFiles: [],
      person: withPassword('hunter2'),
      ...refusedOnce(stage, 'Failed password'),
    }),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      asks: ['password'],
      code: 'AUTH_FAILED',
      cause: /^127\.0\.0\.1:\d+ did not take the password of row\d+\.$/,
      fix: /Check the user name and the password, then connect again/,
      state: 'blocked',
    },
  },
];
