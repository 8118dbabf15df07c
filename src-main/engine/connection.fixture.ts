import { Duplex } from 'node:stream';
import { AppError } from '../kernel/errors.ts';
import type { ExecResult, RegisteredCommand, SshConnection } from '../ssh/connection-types.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import type { Hop } from '../ssh/hop.ts';

export const HOP: Hop = hopOf({ user: 'ana', host: 'atlas', identityFiles: null });

type Answers = Partial<
  Pick<SshConnection, 'openUnixSocket' | 'openTcp' | 'openCommand' | 'keyOptions' | 'silentMs'>
> & {
  readonly exec?: (line: string) => ExecResult | Promise<ExecResult>;
};

export interface FakeConnection extends SshConnection {
  /** How often it was disposed. */
  disposed(): number;
  /** What was opened or run over it. */
  readonly asked: readonly string[];
}

/** For tests: a connection whose channels are given by the test. What it is not given rejects. */
export function fakeConnection({ exec, keyOptions = null, ...answers }: Answers): FakeConnection {
  let disposed = 0;
  const asked: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<AppError | null>();
  const unexpected = () => Promise.reject(new Error('not expected'));
  return {
    hop: HOP,
    hostKeyFingerprint: 'SHA256:host',
    loginKeyFingerprint: 'SHA256:login',
    keyOptions,
    closed,
    asked,
    silentMs: answers.silentMs ?? (() => 0),
    report: () => [],
    openUnixSocket(path, signal) {
      asked.push(`socket ${path}`);
      return (answers.openUnixSocket ?? unexpected)(path, signal);
    },
    openTcp(address, signal) {
      asked.push(`tcp ${address.host}:${address.port}`);
      return (answers.openTcp ?? unexpected)(address, signal);
    },
    openCommand(command, signal) {
      asked.push(`session ${command.line}`);
      return (answers.openCommand ?? unexpected)(command, signal);
    },
    async exec(command) {
      asked.push(command.line);
      return await (exec ?? unexpected)(command.line);
    },
    disposed: () => disposed,
    async [Symbol.asyncDispose]() {
      disposed += 1;
      resolve(null);
    },
  };
}

/** As sshd refuses a forward: one answer for every cause but those with a reason of their own. */
export function forwardRefused(reason: number | null = 2): AppError {
  return new AppError('FORWARD_REFUSED', 'atlas:22 did not open it.', { details: { reason, seen: 'open failed' } });
}

/** A session whose command says `seen` and ends, as soon as it is written to. */
export function dying(seen: string, exitCode: number): Duplex {
  return new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
      const message = `"dial-stdio" ended on atlas:22 with exit code ${exitCode}.`;
      const failure = new AppError('DIAL_STDIO_FAILED', message, {
        details: { command: 'dial-stdio', exitCode, seen },
      });
      setImmediate(() => (exitCode === 0 ? this.push(null) : this.destroy(failure)));
    },
  });
}

/** An sshd that opens no more than `most` sessions at once, and says so of those beyond. */
export function limitedSessions(most: number, open: (signal: AbortSignal) => Promise<Duplex>) {
  let sessions = 0;
  let peak = 0;
  const openCommand = async (_command: RegisteredCommand, signal: AbortSignal): Promise<Duplex> => {
    if (sessions >= most) {
      throw new AppError('SESSIONS_EXHAUSTED', 'No more.', { details: { open: sessions } });
    }
    sessions += 1;
    peak = Math.max(peak, sessions);
    const channel = await open(signal);
    channel.once('close', () => {
      // sshd frees it a moment later.
      setTimeout(() => (sessions -= 1), 20);
    });
    return channel;
  };
  return { openCommand, sessions: () => sessions, peak: () => peak };
}
