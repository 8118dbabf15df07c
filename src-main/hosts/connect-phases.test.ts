import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ConnectPhase } from '../fleet/host-session.ts';
import type { ConnectEvent, SshPrompts } from '../ssh/connection-types.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import type { Hop } from '../ssh/hop.ts';
import { ConnectPhases } from './connect-phases.ts';

const hop: Hop = hopOf({ user: 'ana', host: 'atlas', identityFiles: null });
const begun = (step: ConnectEvent['step']): ConnectEvent => ({ kind: 'begun', step, hop, isJump: false });
const { signal } = new AbortController();

/** Prompts whose answers are given from outside. */
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
  const told: ConnectPhase[] = [];
  const phases = new ConnectPhases((phase) => told.push(phase));
  const words = () => told.map((phase) => (phase.state === 'asking' ? `asking ${phase.what}` : phase.state));
  return { answers, forgotten, phases, prompts: phases.over(prompts), words };
}

describe('what a connecting is at', () => {
  it('is told from the first on, once each', () => {
    const { phases, words } = open();
    for (const step of ['resolve', 'reach', 'host-key', 'authenticate'] as const) phases.onEvent(begun(step));
    phases.onEvent({ kind: 'passed', step: 'authenticate', hop, isJump: true, ms: 3, seen: 'key' });
    phases.onEvent(begun('resolve'));
    phases.onEvent(begun('authenticate'));
    phases.onEvent({ kind: 'begun', step: 'forward' });
    expect(words()).toEqual(['connecting', 'authenticating', 'connecting', 'authenticating']);
  });

  it.each([
    [
      'hostKey',
      (prompts: SshPrompts) => prompts.acceptHostKey({ hop, isJump: false, keyType: '', fingerprint: '' }, signal),
    ],
    ['passphrase', (prompts: SshPrompts) => prompts.passphrase({ hop, isJump: false, file: '/k', attempt: 1 }, signal)],
    ['password', (prompts: SshPrompts) => prompts.password({ hop, isJump: false, hostKey: 'SHA256:x' }, signal)],
    [
      'code',
      (prompts: SshPrompts) =>
        prompts.challenge({ hop, isJump: false, title: '', instructions: '', prompts: [], withinMs: 1 }, signal),
    ],
  ] as const)('asks for %s, and goes back to what it was at', async (what, ask) => {
    const { answers, phases, prompts, words } = open();
    phases.onEvent(begun('authenticate'));
    const asked = ask(prompts);
    await setImmediate();
    expect(words().at(-1)).toBe(`asking ${what}`);
    answers[0]?.resolve('answer' as never);
    expect([await asked, words()]).toEqual([
      'answer',
      ['connecting', 'authenticating', `asking ${what}`, 'authenticating'],
    ]);
  });

  it('goes back also where the question was withdrawn', async () => {
    const { answers, prompts, words } = open();
    const asked = prompts.password({ hop, isJump: false, hostKey: 'SHA256:x' }, signal);
    await setImmediate();
    answers[0]?.reject(new Error('withdrawn'));
    await expect(asked).rejects.toThrow('withdrawn');
    expect(words()).toEqual(['connecting', 'asking password', 'connecting']);
  });

  it('stays with the question while things go on, and with what was asked last of two', async () => {
    const { answers, phases, prompts, words } = open();
    const first = prompts.passphrase({ hop, isJump: false, file: '/k', attempt: 1 }, signal);
    await setImmediate();
    phases.onEvent(begun('authenticate'));
    const second = prompts.password({ hop, isJump: false, hostKey: 'SHA256:x' }, signal);
    await setImmediate();
    answers[1]?.resolve(null as never);
    await second;
    answers[0]?.resolve(null as never);
    await first;
    expect(words()).toEqual([
      'connecting',
      'asking passphrase',
      'asking password',
      'asking passphrase',
      'authenticating',
    ]);
  });

  it('asks nobody where the answer is known', async () => {
    const { answers, prompts, words } = open();
    const asked = prompts.passphrase({ hop, isJump: false, file: '/k', attempt: 1 }, signal);
    answers[0]?.resolve('known' as never);
    await asked;
    await setImmediate();
    expect(words()).toEqual(['connecting']);
  });

  it('passes on what is to be forgotten', () => {
    const { forgotten, prompts } = open();
    prompts.wrongPassword({ hop, isJump: true, hostKey: 'SHA256:x' });
    expect(forgotten).toEqual([{ hop, isJump: true, hostKey: 'SHA256:x' }]);
  });
});
