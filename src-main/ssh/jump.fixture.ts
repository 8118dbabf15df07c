import type { Duplex } from 'node:stream';
import { AppError } from '../kernel/errors.ts';
import type { Hop } from './hop.ts';
import type { JumpConnection } from './shared-jump.ts';

/** A connection without a machine behind it. */
export interface FakeJump extends JumpConnection {
  /** For how many hosts its report says it is there. */
  readonly sharedBy: number;
  readonly isClosed: boolean;
  silentForMs: number;
  /** It is lost. */
  lose(): void;
}

export function fakeJump(hop: Hop): FakeJump {
  const { promise, resolve } = Promise.withResolvers<AppError | null>();
  const unused = (): Promise<never> => Promise.reject(new Error('not expected of this connection'));
  let isClosed = false;
  let hosts = () => 1;
  const end = (why: AppError | null) => {
    isClosed = true;
    resolve(why);
  };
  return {
    hop,
    hostKeyFingerprint: 'SHA256:host',
    loginKeyFingerprint: null,
    keyOptions: null,
    closed: promise,
    silentForMs: 0,
    get sharedBy() {
      return hosts();
    },
    get isClosed() {
      return isClosed;
    },
    silentMs() {
      return this.silentForMs;
    },
    countHosts(counted) {
      hosts = counted;
    },
    lose: () => end(new AppError('CONNECTION_LOST', 'It was lost.')),
    report: () => [],
    openUnixSocket: unused,
    openTcp: (): Promise<Duplex> => unused(),
    openCommand: unused,
    exec: unused,
    [Symbol.asyncDispose]: async () => end(null),
  };
}
