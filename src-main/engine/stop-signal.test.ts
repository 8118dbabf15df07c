import { expect, test } from 'vitest';
import { stopSignalName } from './stop-signal.ts';

test.each<[string | number | null | undefined, string]>([
  ['SIGTERM', 'SIGTERM'],
  ['SIGQUIT', 'SIGQUIT'],
  ['quit', 'SIGQUIT'],
  ['WINCH', 'SIGWINCH'],
  ['SIGPOLL', 'SIGPOLL'],
  ['SIGRTMIN+3', 'SIGRTMIN+3'],
  ['rtmax-14', 'SIGRTMAX-14'],
  [15, 'SIGTERM'],
  ['15', 'SIGTERM'],
  [1, 'SIGHUP'],
  ['2', 'SIGINT'],
  [3, 'SIGQUIT'],
  [9, 'SIGKILL'],
  [10, 'SIGUSR1'],
  [12, 'SIGUSR2'],
  [28, 'SIGWINCH'],
  [31, 'SIGSYS'],
  [34, 'SIGRTMIN'],
  ['37', 'SIGRTMIN+3'],
  [49, 'SIGRTMIN+15'],
  [50, 'SIGRTMAX-14'],
  [64, 'SIGRTMAX'],
])('%j is %s', (told, name) => {
  expect(stopSignalName(told)).toBe(name);
});

test.each([
  null,
  undefined,
  '',
  ' ',
  0,
  32,
  33,
  65,
  99,
  -15,
  1.5,
  'SIG',
  'SIGWEB',
  'RTMIN+16',
  'RTMAX-15',
  'TERM\u202e',
  '1e1',
])('%j is what an engine takes for no signal', (told) => {
  expect(stopSignalName(told)).toBe('SIGTERM');
});
