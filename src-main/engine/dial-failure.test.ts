import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { HOP } from './connection.fixture.ts';
import { explainDialFailure } from './dial-failure.ts';

const RAW = 'failed to open the raw stream connection: dial';

/** What was said, with which exit code, and what is made of it. */
const CASES: readonly (readonly [seen: string, exitCode: number | null, code: string, cause: string])[] = [
  // docker 20.10 and 28
  [`${RAW} unix /var/run/docker.sock: connect: permission denied`, 1, 'SOCKET_DENIED', 'permission denied'],
  [`${RAW} unix /var/run/docker.sock: connect: connection refused`, 1, 'SOCKET_REFUSED', 'nobody answers'],
  [`${RAW} unix /var/run/docker.sock: connect: no such file or directory`, 1, 'SOCKET_MISSING', 'no socket'],
  [`${RAW} tcp 127.0.0.1:2375: connect: connection refused`, 1, 'SOCKET_REFUSED', 'nobody answers'],
  // docker's other words for the same
  [
    'Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get x',
    1,
    'SOCKET_DENIED',
    'permission denied',
  ],
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    1,
    'UNDETERMINED',
    'stopped or hung',
  ],
  // its queue is full
  [
    `${RAW} unix /var/run/docker.sock: connect: resource temporarily unavailable`,
    1,
    'ENGINE_UNREACHABLE',
    'too many wait',
  ],
  // podman 4.3
  [
    'Error: failed to open connection to podman: unable to connect to Podman socket: Get "http://d/v4.3.1/libpod/_ping": ' +
      'dial unix ///run/podman/podman.sock: connect: no such file or directory',
    125,
    'SOCKET_MISSING',
    'no socket',
  ],
  // sudo 1.9
  ['sudo: a password is required', 1, 'DIAL_STDIO_FAILED', 'sudo asks for a password'],
  [
    'sudo: a terminal is required to read the password; either use the -S option or configure an askpass helper',
    1,
    'DIAL_STDIO_FAILED',
    'sudo asks for a password',
  ],
  ['sudo: no tty present and no askpass program specified', 1, 'DIAL_STDIO_FAILED', 'sudo asks for a password'],
  ['sudo: sorry, you must have a tty to run sudo', 1, 'DIAL_STDIO_FAILED', 'sudo wants a terminal'],
  ['ana is not in the sudoers file.', 1, 'DIAL_STDIO_FAILED', 'sudo does not allow it'],
  [
    "Sorry, user ana is not allowed to execute '/usr/bin/docker system dial-stdio' as root on atlas.",
    1,
    'DIAL_STDIO_FAILED',
    'sudo does not allow it',
  ],
  ['sudo: docker: command not found', 1, 'DIAL_STDIO_FAILED', 'no docker client'],
  ['bash: line 1: sudo: command not found', 127, 'DIAL_STDIO_FAILED', 'no sudo'],
  ['sh: 1: sudo: not found', 127, 'DIAL_STDIO_FAILED', 'no sudo'],
  // bash, dash, busybox, tcsh, zsh, fish
  ['bash: line 1: docker: command not found', 127, 'DIAL_STDIO_FAILED', 'no docker client'],
  ['sh: 1: docker: not found', 127, 'DIAL_STDIO_FAILED', 'no docker client'],
  ['sh: docker: not found', 127, 'DIAL_STDIO_FAILED', 'no docker client'],
  ['docker: Command not found.', 1, 'DIAL_STDIO_FAILED', 'no docker client'],
  ['zsh:1: command not found: docker', 127, 'DIAL_STDIO_FAILED', 'no docker client'],
  ['fish: Unknown command: docker', 127, 'DIAL_STDIO_FAILED', 'no docker client'],
  // others
  ["docker: 'dial-stdio' is not a docker command.", 1, 'DIAL_STDIO_FAILED', 'docker client too old'],
  ['This account is currently not available.', 1, 'DIAL_STDIO_FAILED', 'unknown'],
  ['bash: /usr/bin/docker: Permission denied', 126, 'DIAL_STDIO_FAILED', 'unknown'],
  ['', null, 'DIAL_STDIO_FAILED', 'unknown'],
  ['connection refused', 1, 'DIAL_STDIO_FAILED', 'unknown'],
  ['permission denied', 1, 'DIAL_STDIO_FAILED', 'unknown'],
];

function explained(seen: string, exitCode: number | null, sudo = false): AppError {
  const failure = new AppError('DIAL_STDIO_FAILED', 'It ended.', {
    details: { command: 'dial-stdio', seen, exitCode },
  });
  return explainDialFailure({ hop: HOP, path: null, sudo, isForced: false }, failure);
}

test.each(CASES)('“%s” (%s) is %s: %s', (seen, exitCode, code, cause) => {
  const error = explained(seen, exitCode);
  expect([error.code, error.details.cause, error.hint]).toEqual([code, cause, expect.stringMatching(/\w/)]);
});

test('each next step is of its cause', () => {
  const hints = new Map(CASES.map(([seen, exitCode, , cause]) => [cause, explained(seen, exitCode, true).hint]));
  expect([hints.get('nobody answers'), hints.get('sudo asks for a password')]).toEqual([
    expect.stringContaining('systemctl start docker'),
    expect.stringContaining('ana ALL=(root) NOPASSWD: /usr/bin/docker system dial-stdio'),
  ]);
  const denied = (sudo: boolean) => explained(`${RAW} unix /a: connect: permission denied`, 1, sudo);
  expect([denied(false).hint, denied(true).hint, denied(true).message]).toEqual([
    expect.stringContaining('usermod -aG docker ana'),
    expect.not.stringContaining('usermod'),
    'root may not use /a on ana@atlas:22.',
  ]);
});

test.each([
  [null, 'ana', 'ana ALL=(root) NOPASSWD: /usr/bin/docker system dial-stdio'],
  [
    '/var/run/docker.sock',
    'ana.b-c',
    'ana.b-c ALL=(root) NOPASSWD: /usr/bin/docker --host unix\\:///var/run/docker.sock system dial-stdio',
  ],
  ['/a b*.sock', 'CORP\\ana', 'USER ALL=(root) NOPASSWD: /usr/bin/docker --host unix\\://SOCKET system dial-stdio'],
])('what is to be allowed by sudo is what visudo takes: %s', (path, user, rule) => {
  for (const seen of ['sudo: a password is required', 'ana is not in the sudoers file.']) {
    const failure = new AppError('DIAL_STDIO_FAILED', 'It ended.', { details: { seen, exitCode: 1 } });
    const { hint } = explainDialFailure({ hop: { ...HOP, user }, path, sudo: true, isForced: false }, failure);
    const told = String(hint).replace(/^.*\(visudo on the host\): /, '');
    expect(told).toBe(rule);
    const checked = spawnSync('visudo', ['-cf', '-'], { input: `${told}\n`, encoding: 'utf8' });
    if (checked.error === undefined) expect([checked.status, checked.stderr]).toEqual([0, expect.anything()]);
  }
});

test('what was said is told as it was seen, and cannot do harm', () => {
  const error = explained(`\u001b]0;x\u0007\u202e${'y'.repeat(10_000)}`, 3);
  expect(error.message.length).toBeLessThan(400);
  const told = `${error.message} ${String(error.details.seen)}`;
  expect(['\u001b', '\u202e', '\u0007'].filter((hidden) => told.includes(hidden))).toEqual([]);
  expect(String(error.details.seen)).toMatch(/^docker system dial-stdio \(exit code 3\) said: /);
});

test('what is explained already, and what is about something else, stays as it is', () => {
  const dial = { hop: HOP, path: null, sudo: false, isForced: false };
  const once = explained('docker: command not found', 127);
  const lost = new AppError('CONNECTION_LOST', 'Gone.');
  expect([explainDialFailure(dial, once), explainDialFailure(dial, lost)]).toEqual([once, lost]);
});
