import { describe, expect, test } from 'vitest';
import { type TrialEvent, TrialStep } from '#contract/hosts.ts';
import { STEPS, stepGroups } from './trial-steps.ts';

const JUMP = 'ana@bastion:22';
const begun = (step: TrialStep, jump: string | null = null): TrialEvent => ({ kind: 'begun', step, jump });
const passed = (step: TrialStep, jump: string | null = null): readonly TrialEvent[] => [
  begun(step, jump),
  { kind: 'passed', step, jump, ms: 12, seen: 'seen' },
];
const skipped = (step: TrialStep, why: string): TrialEvent => ({ kind: 'skipped', step, jump: null, why });
const stopped = (step: TrialStep): TrialEvent => ({
  kind: 'stopped',
  step,
  jump: null,
  ms: 40,
  code: 'CONNECT_REFUSED',
  message: 'No.',
  hint: null,
  seen: [],
  offers: [],
});
const REACHED: TrialEvent = {
  kind: 'reached',
  target: 'ssh://ana@atlas',
  engine: { name: 'docker', version: '28.3.2', apiVersion: '1.51' },
  via: 'stream-local',
  containers: 1,
  latencyMs: 8,
  fingerprint: null,
  notes: [],
  offers: [],
};

/** `bastion: Connect done`, a line each. */
function linesOf(events: readonly TrialEvent[]): readonly string[] {
  return stepGroups(events).flatMap(({ jump, lines }) =>
    lines.map(({ words, mark }) => `${jump === null ? '' : 'bastion: '}${words} ${mark}`),
  );
}

test('the steps are those of the contract, in their order', () => {
  expect(STEPS).toEqual(TrialStep.options);
});

describe('what is listed', () => {
  test('before anything is told, what is to come', () => {
    expect(linesOf([])).toEqual([
      'Look it up open',
      'Connect open',
      'Host key open',
      'Log in open',
      'Tunnel open',
      'Socket open',
      'Engine open',
      'Rights open',
    ]);
  });

  test('while it runs, what is to come is listed one by one; what was passed over is not', () => {
    expect(linesOf([...passed('reach'), begun('host-key')])).toEqual([
      'Connect done',
      'Host key now',
      'Log in open',
      'Tunnel open',
      'Socket open',
      'Engine open',
      'Rights open',
    ]);
  });

  test('a step that waits for an answer says so, until it has it', () => {
    const asking: TrialEvent = { kind: 'asking', step: 'authenticate', jump: JUMP, what: 'code' };
    const asksOf = (events: readonly TrialEvent[]) =>
      stepGroups(events).flatMap(({ lines }) =>
        lines.filter(({ asks }) => asks).map(({ words, mark }) => [words, mark]),
      );
    const before = [begun('authenticate', JUMP), asking];
    expect([asksOf(before), asksOf([...before, { kind: 'asked', step: 'authenticate', jump: JUMP }])]).toEqual([
      [['Log in', 'now']],
      [],
    ]);
    expect(linesOf([...before, { kind: 'asked', step: 'authenticate', jump: JUMP }])).toContain('bastion: Log in now');
  });

  test('machines on the way come first, and end with being let in', () => {
    expect(linesOf([...passed('resolve'), ...passed('reach', JUMP), begun('host-key', JUMP)])).toEqual([
      'bastion: Connect done',
      'bastion: Host key now',
      'bastion: Log in open',
      'Look it up done',
      'Connect open',
      'Host key open',
      'Log in open',
      'Tunnel open',
      'Socket open',
      'Engine open',
      'Rights open',
    ]);
  });

  test('a host whose turn has not come is one line', () => {
    expect(linesOf([begun('reach', JUMP)]).slice(-1)).toEqual([
      'Look it up, connect, host key, log in, tunnel, socket, engine, rights open',
    ]);
  });

  test('where it stopped, the rest is one line', () => {
    const events = [...passed('resolve'), begun('reach'), stopped('reach')];
    expect(linesOf(events)).toEqual([
      'Look it up done',
      'Connect failed',
      'Host key, log in, tunnel, socket, engine, rights open',
    ]);
    expect(stepGroups(events)[0]?.lines.at(-1)?.said).toBe('not tried');
  });

  test('once it got through, only what was told', () => {
    expect(linesOf([...passed('socket'), ...passed('engine'), REACHED])).toEqual(['Socket done', 'Engine done']);
  });

  test('what was left out for one reason is one line, for two it is two', () => {
    const why = 'not needed: no SSH';
    const events = [skipped('resolve', why), skipped('reach', why), skipped('host-key', 'other'), ...passed('socket')];
    expect(stepGroups([...events, REACHED])).toEqual([
      {
        jump: null,
        lines: [
          { key: 'resolve', words: 'Look it up, connect', mark: 'skipped', asks: false, ms: null, said: why },
          { key: 'host-key', words: 'Host key', mark: 'skipped', asks: false, ms: null, said: 'other' },
          { key: 'socket', words: 'Socket', mark: 'done', asks: false, ms: 12, said: 'seen' },
        ],
      },
    ]);
  });
});
