import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { createLogger } from '../../kernel/logger.ts';
import { reportError } from './report-error.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function report(error: unknown, { colour = false, logged = true } = {}) {
  let text = '';
  const terminal = {
    colour: { stdout: false, stderr: colour },
    writeError: (more: string) => {
      text += more;
    },
  };
  const file = path.join(folder, 'binnacle.log');
  await using logger = createLogger(file);
  const code = await reportError(error, { terminal, log: logged ? { logger, file } : null });
  return { code, text };
}

describe('reportError', () => {
  it('shows an AppError with its next step, made safe to show', async () => {
    const error = new AppError('USAGE', 'There is no \x1b[2Jcommand.', { hint: 'Did you mean\nstatus?' });
    expect(await report(error)).toEqual({
      code: 64,
      text: 'binnacle: There is no ␛[2Jcommand.\n  Did you mean␊status?\n',
    });
  });

  it('does without a next step, and takes colour on a terminal', async () => {
    expect(await report(new AppError('HOME_LOCKED', 'In use.'), { colour: true })).toEqual({
      code: 75,
      text: '\x1b[1mbinnacle:\x1b[0m In use.\n',
    });
  });

  it.each([
    ['what a bug threw', new TypeError('x of undefined: secret detail')],
    ['a fault by its own name', new AppError('INTERNAL', 'secret detail', { cause: new Error('deeper') })],
    ['what is no error', 'secret detail'],
  ])('keeps %s in the log, and shows where', async (_, error) => {
    const { code, text } = await report(error);
    const [, reference] = /\(reference ([0-9a-f]{8})\)/.exec(text) ?? [];
    expect([code, text]).toEqual([
      70,
      `binnacle: Something went wrong inside Binnacle (reference ${reference}).\n` +
        `  This is a fault of Binnacle's, not yours. Its details are in ${folder}/binnacle.log.\n`,
    ]);
    const log = readFileSync(path.join(folder, 'binnacle.log'), 'utf8');
    expect([log.includes(`"reference":"${reference}"`), log.includes('secret detail')]).toEqual([true, true]);
  });

  it('says so where there is no log to keep it in', async () => {
    const expected = (reference: string) => ({
      code: 70,
      text: expect.stringMatching(
        new RegExp(
          `^binnacle: Something went wrong inside Binnacle${reference}\\.\\n.*details \\(TypeError\\) could not be written`,
        ),
      ),
    });
    expect(await report(new TypeError('x'), { logged: false })).toEqual(expected(''));
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'in the way');
    expect(await report(new TypeError('x'))).toEqual(expected(' \\(reference [0-9a-f]{8}\\)'));
  });
});
