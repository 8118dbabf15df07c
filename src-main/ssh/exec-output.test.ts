import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ClientChannel } from 'ssh2';
import { expect, it } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { collectOutput } from './exec-output.ts';

const MIB = 1024 ** 2;

/** A command's channel that nobody serves yet. */
function channel() {
  const stderr = new PassThrough();
  const stdout: PassThrough & { stderr?: PassThrough } = new PassThrough();
  stdout.stderr = stderr;
  stdout.end = () => stdout;
  return { stdout, stderr, asChannel: stdout as unknown as ClientChannel };
}

/** Waits for what is in a stream to have been read. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('cuts each output at its bound, and marks it', async () => {
  const { stdout, stderr, asChannel } = channel();
  const collected = collectOutput(asChannel, new AbortController().signal);
  const bound = limits.ssh.execOutputBytes;
  for (const text of ['a'.repeat(bound - 1), 'bc', 'd']) stdout.write(text);
  for (const text of ['e'.repeat(bound - 1), 'f']) stderr.write(text);
  await turn();
  stdout.emit('close', 3);
  expect(await collected).toEqual({
    exitCode: 3,
    stdout: `${'a'.repeat(bound - 1)}b…`,
    stderr: `${'e'.repeat(bound - 1)}f`,
  });
});

it('keeps nothing in memory of what is beyond the bound', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { stdout, asChannel } = channel();
  const collected = collectOutput(asChannel, new AbortController().signal);
  const held: WeakRef<ArrayBufferLike>[] = [];
  for (let count = 0; count < 32; count += 1) {
    const chunk = Buffer.alloc(MIB, 'x');
    held.push(new WeakRef(chunk.buffer));
    stdout.write(chunk);
    await turn();
  }
  for (let count = 0; count < 3; count += 1) {
    await turn();
    collectGarbage();
  }
  const alive = held.filter((buffer) => buffer.deref() !== undefined).length;
  stdout.emit('close', 0);
  await collected;
  // The last may still be on its way through the stream.
  expect(alive).toBeLessThanOrEqual(1);
});
