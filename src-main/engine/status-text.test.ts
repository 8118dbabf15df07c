import { expect, test } from 'vitest';
import { containerState, readStatusText } from './status-text.ts';

test.each([
  ['Up 3 minutes', null, null],
  ['Up 3 minutes (healthy)', 'healthy', null],
  ['Up About an hour (unhealthy)', 'unhealthy', null],
  ['Up 2 seconds (health: starting)', 'starting', null],
  ['Up 2 hours (Paused)', null, null],
  ['Exited (137) 2 minutes ago', null, 137],
  ['Exited (0) Less than a second ago', null, 0],
  ['Exited (-1) 3 days ago', null, -1],
  ['Restarting (1) 5 seconds ago', null, 1],
  ['Created', null, null],
  ['Dead', null, null],
  ['Removal In Progress', null, null],
  ['', null, null],
  // Not an engine's: a text that only contains the words says nothing.
  ['Exited (a) (healthy)', null, null],
  ['(healthy)', null, null],
])('%j', (status, health, exitCode) => {
  expect(readStatusText(status)).toEqual({ health, exitCode });
});

test('states of Docker and Podman, and none that an object has by itself', () => {
  const words = [
    'running',
    'Exited',
    'stopped',
    'configured',
    'initialized',
    'stopping',
    'constructor',
    '__proto__',
    '',
    null,
  ];
  expect(words.map((word) => containerState(word))).toEqual([
    ...['running', 'exited', 'exited', 'created', 'created', 'running', 'unknown', 'unknown', 'unknown', 'unknown'],
  ]);
});
