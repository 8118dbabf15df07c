import { expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { hopOf } from './hop.fixture.ts';
import { connectCodeOf, jumpRefusal } from './jump-errors.ts';

const host = hopOf({ user: 'ana', host: 'app', identityFiles: null });
const jump = hopOf({ user: 'bob', host: 'bastion', identityFiles: null });

it('names PAM beside what sshd may be set to, and a restricted key alone', () => {
  const prohibited = new AppError('FORWARD_REFUSED', 'No.', { details: { reason: 1, seen: 'open failed' } });
  const hints = [true, false].map((portForwarding) => {
    const keyOptions = { portForwarding, command: false, pty: true };
    return jumpRefusal(host, { hop: jump, keyOptions }, prohibited).hint;
  });
  expect(hints).toEqual([
    expect.stringMatching(/^On bastion:22, sshd_config must allow it .* PAM may bar the whole session of bob there/),
    expect.not.stringContaining('PAM'),
  ]);
});

it.each([
  ['Connection refused', 'CONNECT_REFUSED'],
  ['Connection timed out', 'CONNECT_TIMEOUT'],
  ['Name or service not known', 'ADDRESS_NOT_FOUND'],
  ['No route to host', 'UNREACHABLE'],
  ['open failed', null],
])('sshd’s “%s” is %s', (said, code) => {
  expect(connectCodeOf(said)).toBe(code);
});
