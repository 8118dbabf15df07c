import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { readLogLines } from './log-stream.ts';
import type { LogLine } from './model.ts';

export const STAMP = '2026-11-20T23:31:43.123456789Z';
export const KIB = 1024;
export const MIB = 1024 * KIB;

export function frame(text: string, type = 1): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** A source that is given its bytes by hand. */
export function byHand(): Readable {
  return new Readable({ read() {} });
}

/** Repeats `chunk` for as long as it is read, to `total` bytes; counts what has left it. */
export class Flood extends Readable {
  given = 0;
  readonly #chunk: Buffer;
  readonly #total: number;

  constructor(chunk: Buffer, total: number) {
    super();
    this.#chunk = chunk;
    this.#total = total;
  }

  override _read(): void {
    setImmediate(() => {
      const left = this.#total - this.given;
      this.given += Math.min(left, this.#chunk.length);
      this.push(left > 0 ? this.#chunk.subarray(0, left) : null);
    });
  }
}

export function open(source: Readable, options: { tty?: boolean; timestamps?: boolean; signal?: AbortSignal } = {}) {
  const { tty = false, timestamps = false, signal = new AbortController().signal } = options;
  return readLogLines(source, { tty, timestamps, signal })[Symbol.asyncIterator]() as AsyncIterableIterator<
    readonly LogLine[]
  >;
}

/** The batches until the end, and the code and message of what it ended with. */
export async function drain(batches: AsyncIterable<readonly LogLine[]>) {
  const seen: (readonly LogLine[])[] = [];
  try {
    for await (const batch of batches) seen.push(batch);
    return { batches: seen, ended: null };
  } catch (error) {
    return { batches: seen, ended: error instanceof AppError ? error.code : error };
  }
}

/** An engine's answer, over a real connection; `answer` writes its body. */
export async function serve(answer: (response: ServerResponse) => void): Promise<IncomingMessage> {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-log-'));
  const socketPath = join(folder, 'socket');
  const server = createServer((_request, response) => answer(response));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return new Promise((resolve, reject) => get({ socketPath }, resolve).on('error', reject));
}
