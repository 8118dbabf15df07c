import type { KeyOptions } from '../connection-types.ts';

/**
 * What sshd says of the key that let us in, after a login by one from authorized_keys (`auth_log_authopts`, since
 * OpenSSH 7.7): `/home/ana/.ssh/authorized_keys:1: key options: agent-forwarding port-forwarding pty`. What is missing
 * from the list is not allowed; `command` means that only the key's own command is run.
 * @returns null where it is any other message
 */
export function parseKeyOptions(message: string): KeyOptions | null {
  // sshd forgets the space before `expires`.
  const listed = /: key options:(?:expires)?((?: [a-z0-9=-]+)*) ?$/.exec(message)?.[1];
  if (listed === undefined) return null;
  const names = new Set(listed.split(' ').map((name) => name.replace(/(?<=.)expires$/, '')));
  return { portForwarding: names.has('port-forwarding'), command: names.has('command'), pty: names.has('pty') };
}
