import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Whether a process of this user, or of root, is at the other end of a connection over loopback. Linux alone tells
 * (proc(5), /proc/net/tcp); where it does not, nobody is taken for the operator.
 */
export function isOwnUser(socket: Pick<Socket, 'remotePort' | 'localPort'>, uid = process.getuid?.()): boolean {
  const owner = ownerOf(socket, ['/proc/net/tcp', '/proc/net/tcp6'].map(readTable).join('\n'));
  // Root could read this process's memory; it also stands for programs that carry connections, as under WSL.
  return owner !== null && (owner === 0 || owner === uid);
}

/** The user whose socket is bound to the peer's port and connected to ours; null: no table tells. */
export function ownerOf(
  { remotePort, localPort }: Pick<Socket, 'remotePort' | 'localPort'>,
  tables: string,
): number | null {
  if (remotePort === undefined || localPort === undefined) return null;
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  // sl local_address rem_address st tx:rx tr:when retrnsmt uid …; 127.0.0.1, or the same as an IPv6 socket has it.
  const loopback = '(?:0{16}F{4}0{4}|0{16}0000FFFF|)0100007F';
  const line = new RegExp(
    `^ *\\d+: ${loopback}:${hex(remotePort)} ${loopback}:${hex(localPort)} 01 \\S+ \\S+ \\S+ +(\\d+) `,
    'm',
  );
  const owner = line.exec(tables)?.[1];
  return owner === undefined ? null : Number(owner);
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
