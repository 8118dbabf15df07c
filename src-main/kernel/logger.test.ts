import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { limits } from './limits.ts';
import { createLogger } from './logger.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-log-'));
  file = path.join(folder, 'logs', 'binnacle.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function entries(): Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLogger', () => {
  it('touches nothing until there is something to say', async () => {
    const log = createLogger(file);
    expect(await log.flush()).toBe(true);
    await log[Symbol.asyncDispose]();
    expect(statSync(path.dirname(file), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('writes one line an entry, in order, for the owner alone', async () => {
    {
      await using log = createLogger(file);
      log.info('first', { host: 'a' });
      log.warn('second');
      expect(await log.flush()).toBe(true);
    }
    expect(entries().map(({ time: _, ...entry }) => entry)).toEqual([
      { level: 30, pid: process.pid, host: 'a', msg: 'first' },
      { level: 40, pid: process.pid, msg: 'second' },
    ]);
    expect([statSync(file).mode & 0o777, statSync(path.dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('gives a reference that finds the fault, its stack and its causes', async () => {
    await using log = createLogger(file);
    const cause = new AppError('ENGINE_ERROR', 'engine said no', { details: { status: 500, password: 'hunter2' } });
    const reference = log.logInternal(new TypeError('x is not a function', { cause }));
    await log.flush();
    const [entry] = entries();
    expect(entry).toMatchObject({
      msg: 'internal error',
      reference,
      error: {
        type: 'TypeError',
        message: 'x is not a function',
        stack: expect.stringContaining('logger.test.ts'),
        cause: { code: 'ENGINE_ERROR', details: { status: 500, password: '[redacted]' } },
      },
    });
    expect(reference).toMatch(/^[0-9a-f]{8}$/);
  });

  it('says that it could not write, and fails nobody', async () => {
    writeFileSync(path.join(folder, 'logs'), 'in the way');
    await using log = createLogger(file);
    log.info('lost');
    expect(await log.flush()).toBe(false);
  });

  it('begins a new file at the next start when the old one is large, and keeps one', async () => {
    {
      await using log = createLogger(file);
      log.info('old');
      await log.flush();
    }
    writeFileSync(file, 'x'.repeat(limits.log.fileBytes + 1));
    {
      await using log = createLogger(file);
      log.info('new');
      await log.flush();
    }
    expect([entries().map((entry) => entry.msg), statSync(`${file}.old`).size]).toEqual([
      ['new'],
      limits.log.fileBytes + 1,
    ]);
  });
});
