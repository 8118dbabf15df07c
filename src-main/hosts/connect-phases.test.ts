import { describe, expect, it } from 'vitest';
import type { Asked } from '#contract/fleet.ts';
import type { ConnectPhase } from '../fleet/host-session.ts';
import type { ConnectEvent } from '../ssh/connection-types.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import type { Hop } from '../ssh/hop.ts';
import { ConnectPhases } from './connect-phases.ts';

const hop: Hop = hopOf({ user: 'ana', host: 'atlas', identityFiles: null });
const begun = (step: ConnectEvent['step']): ConnectEvent => ({ kind: 'begun', step, hop, isJump: false });
const question = (kind: 'asking' | 'asked', what: Asked, isJump = false): ConnectEvent => ({
  kind,
  step: what === 'hostKey' ? 'host-key' : 'authenticate',
  hop,
  isJump,
  what,
});

function open() {
  const told: ConnectPhase[] = [];
  const phases = new ConnectPhases((phase) => told.push(phase));
  const words = () =>
    told.map((phase) =>
      phase.state === 'asking' ? `asking ${phase.what}${phase.jump === null ? '' : ` for ${phase.jump}`}` : phase.state,
    );
  return { phases, words };
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
    ['hostKey', false],
    ['passphrase', false],
    ['password', true],
    ['code', true],
  ] as const)(
    'is a question of %s while that is open, and then what it was (of a machine on the way: %s)',
    (what, isJump) => {
      const { phases, words } = open();
      phases.onEvent(begun('authenticate'));
      phases.onEvent(question('asking', what, isJump));
      phases.onEvent(question('asked', what, isJump));
      expect(words()).toEqual([
        'connecting',
        'authenticating',
        `asking ${what}${isJump ? ' for ana@atlas:22' : ''}`,
        'authenticating',
      ]);
    },
  );

  it('stays with the question while things go on, and with what was asked last of two', () => {
    const { phases, words } = open();
    phases.onEvent(question('asking', 'passphrase'));
    phases.onEvent(begun('authenticate'));
    phases.onEvent(question('asking', 'password'));
    phases.onEvent(question('asked', 'password'));
    phases.onEvent(question('asked', 'passphrase'));
    expect(words()).toEqual([
      'connecting',
      'asking passphrase',
      'asking password',
      'asking passphrase',
      'authenticating',
    ]);
  });

  it('is none the worse for a question that was closed before it was heard of', () => {
    const { phases, words } = open();
    phases.onEvent(question('asked', 'code'));
    phases.onEvent(question('asking', 'code'));
    expect(words()).toEqual(['connecting', 'asking code']);
  });
});
