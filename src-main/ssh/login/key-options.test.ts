import { expect, it } from 'vitest';
import { parseKeyOptions } from './key-options.ts';

it.each([
  [
    '/home/ana/.ssh/authorized_keys:1: key options: agent-forwarding port-forwarding pty user-rc x11-forwarding',
    { portForwarding: true, command: false, pty: true },
  ],
  ['/a/b:2: key options:', { portForwarding: false, command: false, pty: false }],
  // As OpenSSH 9.2 prints them, without the space before `expires`.
  [
    'a:3: key options: agent-forwarding commandexpires port-forwarding pty',
    { portForwarding: true, command: true, pty: true },
  ],
  ['a:4: key options:expires permitopen port-forwarding', { portForwarding: true, command: false, pty: false }],
  ['/a dir/: key options: x:5: key options: command tun=1', { portForwarding: false, command: true, pty: false }],
  ['Forced command.', null],
  ['key options: pty', null],
  ['a:1: key options: pty\nport-forwarding', null],
  ['', null],
])('reads %j', (message, expected) => {
  expect(parseKeyOptions(message)).toEqual(expected);
});
