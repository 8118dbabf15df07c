import type { Duplex } from 'node:stream';
import type { HopReport } from '#contract/hosts.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { weakOf } from './algorithms.ts';
import type { KeyOptions } from './connection-types.ts';
import { machineOf, shown } from './errors.ts';
import type { Hop } from './hop.ts';
import { blobType, fingerprint } from './host-keys/host-key.ts';

/** What logging in to a machine has shown of it. */
export interface LoginFacts {
  /** The host key that was verified, as its blob (RFC 4253, 6.6). */
  readonly hostKey: Buffer;
  /** What the server calls itself, without `SSH-2.0-`. */
  readonly software: string;
  readonly login: HopReport['login'];
  readonly algorithms: HopReport['algorithms'];
  /** Whoever is in between could have cut out the first packets unseen; see `canBeCut`. */
  readonly cutUnseen: boolean;
  /** sshd tells of them only after the login, so they are looked at when they are asked for. */
  readonly keyOptions: KeyOptions | null;
}

interface Standing {
  readonly hop: Hop;
  readonly facts: LoginFacts;
  readonly address: string | null;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly sharedBy: number;
  readonly stream: Duplex;
}

/** One machine as of now; everything in it is safe to show. */
export function hopReport({ hop, facts, address, since, sharedBy, stream }: Standing): HopReport {
  const { hostKey, software, login, algorithms, cutUnseen } = facts;
  const type = blobType(hostKey) ?? 'unknown';
  return {
    machine: machineOf(hop),
    address,
    software: shown(software),
    since: new Date(since).toISOString(),
    hostKey: { type, fingerprint: fingerprint(hostKey) },
    login: { ...login, label: visibleText(login.label, limits.text.labelChars) },
    algorithms,
    weak: [...weakOf(algorithms, type === 'ssh-rsa' ? rsaBits(hostKey) : null, cutUnseen)],
    sharedBy: Math.max(1, sharedBy),
    bytes: { received: counter(stream, 'bytesRead'), sent: counter(stream, 'bytesWritten') },
  };
}

/** Length of the modulus of an RSA key (RFC 4253, 6.6: `ssh-rsa`, e, n), in bits; null where the blob is none. */
export function rsaBits(blob: Buffer): number | null {
  if (blobType(blob) !== 'ssh-rsa') return null;
  let offset = 0;
  for (let field = 0; field < 2; field += 1) offset += 4 + blob.readUInt32BE(offset);
  const modulus = blob.subarray(offset + 4);
  const first = modulus.findIndex((byte) => byte !== 0);
  if (first < 0) return 0;
  return (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
}

/** `net.Socket` and `ChannelStream` count what they carry. */
function counter(stream: Duplex, name: 'bytesRead' | 'bytesWritten'): number {
  const count: unknown = Reflect.get(stream, name);
  return typeof count === 'number' ? count : 0;
}
