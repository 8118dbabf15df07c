import { describe, expect, test } from 'vitest';
import type { TrialEvent } from '#contract/hosts.ts';
import { firstSentence, offersOf, trialAfter } from './trial.ts';

const offer = { target: 'ssh://ana@atlas?via=dial-stdio', label: 'Use the docker command', why: 'It answers.' };
const begun: TrialEvent = { kind: 'begun', step: 'reach', jump: null };
const reached: TrialEvent = {
  kind: 'reached',
  target: 'ssh://ana@atlas',
  engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
  via: 'stream-local',
  containers: 31,
  latencyMs: 8,
  fingerprint: 'SHA256:x',
  notes: [],
  offers: [],
};
const stopped: TrialEvent = {
  kind: 'stopped',
  step: 'forward',
  jump: null,
  ms: 20,
  code: 'FORWARD_REFUSED',
  message: 'No.',
  hint: null,
  seen: [],
  offers: [offer],
};

describe('where a test stands', () => {
  test.each([
    ['nothing is told yet', [], 'running'],
    ['a step is under way', [begun], 'running'],
    ['it got through', [begun, reached], 'reached'],
    ['it did not', [begun, stopped], 'stopped'],
  ] as const)('%s', (_, events, state) => {
    expect(trialAfter('1', events)).toMatchObject({ state, events });
  });

  test('what is offered is offered once it is over', () => {
    expect([
      offersOf(trialAfter('1', [begun])),
      offersOf(trialAfter('1', [reached])),
      offersOf(trialAfter('1', [stopped])),
    ]).toEqual([[], [], [offer]]);
  });
});

test.each([
  ['ops may not use it.', ['ops may not use it.', '']],
  ['No key of atlas.example.org was. Offered: one.', ['No key of atlas.example.org was.', 'Offered: one.']],
  ['v1.2 is too old', ['v1.2 is too old', '']],
  ['', ['', '']],
] as const)('%j is read as %j', (message, parts) => {
  expect(firstSentence(message)).toEqual(parts);
});
