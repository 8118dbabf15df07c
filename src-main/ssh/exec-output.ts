import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { ExecResult } from './connection-types.ts';

/**
 * What a command writes, until its channel is closed. Its standard input is closed at once. Each of the two outputs is cut
 * at `limits.ssh.execOutputBytes`, and then ends with an ellipsis.
 * @throws AppError of the signal; the channel is closed then
 */
export async function collectOutput(channel: ClientChannel, signal: AbortSignal): Promise<ExecResult> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const stop = () => {
    channel.destroy();
    reject(abortError(signal));
  };
  const stdout = collect(channel);
  const stderr = collect(channel.stderr);
  // Not 'exit': that comes before anybody can listen where the host's whole answer arrives in one piece. 'close' waits
  // until all has been read, and says the same.
  channel.once('close', (code?: number | null) => resolve(code ?? null));
  channel.once('error', reject);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  else channel.end();
  try {
    const exitCode = await promise;
    return { exitCode, stdout: stdout(), stderr: stderr() };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * What a stream says, as far as it has been read. Reads on beyond the bound, so that the command can end, but keeps nothing
 * of it.
 */
export function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let free: number = limits.ssh.execOutputBytes;
  let cut = false;
  stream.on('data', (chunk: Buffer) => {
    cut ||= chunk.length > free;
    if (free === 0) return;
    // A copy: a part of a chunk, even an empty one, keeps the memory of all of it.
    const kept = Buffer.from(chunk.subarray(0, free));
    chunks.push(kept);
    free -= kept.length;
  });
  return () => `${Buffer.concat(chunks).toString()}${cut ? '…' : ''}`;
}
