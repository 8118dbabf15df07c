import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ConnectEvent, SshPrompts } from '../connection-types.ts';
import { hopOf, nobody } from '../hop.fixture.ts';
import { toldQuestions } from './told-questions.ts';

const hop = hopOf({ host: 'bastion' });
const about = { hop, isJump: true };
const passphrase = { ...about, file: '/k', attempt: 1 };
const password = { ...about, hostKey: 'SHA256:x' };

/** Prompts whose answers are given from outside, and what is told of them. */
function open() {
  const answers: { resolve: (answer: never) => void; reject: (error: Error) => void }[] = [];
  const forgotten: unknown[] = [];
  const wait = () => new Promise<never>((resolve, reject) => answers.push({ resolve, reject }));
  const prompts: SshPrompts = {
    acceptHostKey: wait,
    passphrase: wait,
    password: wait,
    challenge: wait,
    wrongPassword: (question) => forgotten.push(question),
  };
  const told: ConnectEvent[] = [];
  const onEvent = (event: ConnectEvent) => told.push(event);
  return { answers, forgotten, told, prompts: toldQuestions(prompts, { ...about, onEvent }), onEvent };
}

const never = new AbortController().signal;

it.each([
  [
    'hostKey',
    'host-key',
    (prompts: SshPrompts) => prompts.acceptHostKey({ ...about, keyType: '', fingerprint: '' }, never),
  ],
  ['passphrase', 'authenticate', (prompts: SshPrompts) => prompts.passphrase(passphrase, never)],
  ['password', 'authenticate', (prompts: SshPrompts) => prompts.password(password, never)],
  [
    'code',
    'authenticate',
    (prompts: SshPrompts) =>
      prompts.challenge({ ...about, title: '', instructions: '', prompts: [], withinMs: 1 }, never),
  ],
] as const)('is told when a person is asked for %s, and when it is answered', async (what, step, ask) => {
  const { answers, prompts, told } = open();
  const asked = ask(prompts);
  await setImmediate();
  const before = [...told];
  answers[0]?.resolve('answer' as never);
  expect([await asked, before, told]).toEqual([
    'answer',
    [{ kind: 'asking', step, ...about, what }],
    [
      { kind: 'asking', step, ...about, what },
      { kind: 'asked', step, ...about, what },
    ],
  ]);
});

it('is told also where the question was withdrawn, even by one who does not hear of it', async () => {
  const { answers, prompts, told } = open();
  const stop = new AbortController();
  const asking = [prompts.password(password, never), prompts.passphrase(passphrase, stop.signal)];
  await setImmediate();
  answers[0]?.reject(new Error('withdrawn'));
  stop.abort();
  await expect(asking[0]).rejects.toThrow('withdrawn');
  await expect(asking[1]).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(told.map(({ kind }) => kind)).toEqual(['asking', 'asking', 'asked', 'asked']);
});

it('tells nothing where the answer is known, or nobody can be asked', async () => {
  const { answers, onEvent, prompts, told } = open();
  const asked = prompts.passphrase(passphrase, never);
  answers[0]?.resolve('known' as never);
  const unasked = toldQuestions(nobody, { ...about, onEvent }).password(password, never);
  expect([await asked, await unasked]).toEqual(['known', null]);
  await setImmediate();
  expect(told).toEqual([]);
});

it('passes on what is to be forgotten', () => {
  const { forgotten, prompts } = open();
  prompts.wrongPassword(password);
  expect(forgotten).toEqual([password]);
});
