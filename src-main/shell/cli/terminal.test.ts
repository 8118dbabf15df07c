import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { createTerminal, takesColour } from './terminal.ts';

/** A terminal whose keyboard and screen are ours. */
function fakeTerminal() {
  const raw: boolean[] = [];
  const interrupts: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true as const,
    isRaw: false,
    setRawMode(mode: boolean) {
      stdin.isRaw = mode;
      raw.push(mode);
      return stdin;
    },
  });
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: true as const });
  const terminal = createTerminal({
    stdin: stdin as never,
    stdout,
    stderr: stderr as never,
    env: {},
    interrupt: () => interrupts.push(stdin.isRaw),
  });
  return { terminal, stdin, stdout, raw, interrupts, shown: () => String(stderr.read() ?? '') };
}
const never = new AbortController().signal;

describe('askSecret', () => {
  it.each([
    ['a line', 'hunter2\n', 'hunter2'],
    ['Enter as a raw terminal sends it', 'hunter2\r', 'hunter2'],
    ['letters of several bytes', 'пароль🔑\r', 'пароль🔑'],
    ['what was rubbed out', 'hunp🔑\x7f\x7fters\b2\r', 'hunter2'],
    ['a fresh start', 'wrong\x15hunter2\r', 'hunter2'],
    ['no arrow keys', 'hun\x1b[Dter\x1bOA\x1b[1;5C2\r', 'hunter2'],
    ['the end of input after something', 'hunter2\x04', 'hunter2'],
    ['nothing', '\r', ''],
  ])('reads %s, and shows none of it', async (_, keys, expected) => {
    const { terminal, stdin, raw, shown } = fakeTerminal();
    const answer = terminal.askSecret('Passphrase: ', never);
    // A byte at a time: a letter may arrive in parts.
    for (const byte of Buffer.from(keys)) stdin.write(Buffer.of(byte));
    expect([await answer, raw, shown()]).toEqual([expected, [true, false], 'Passphrase: \n']);
  });

  it('takes Ctrl-C for the whole command, with the terminal restored', async () => {
    const { terminal, stdin, raw, interrupts, shown } = fakeTerminal();
    const answer = terminal.askSecret('Passphrase: ', never);
    stdin.write('hunt\x03');
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([raw, interrupts, shown()]).toEqual([[true, false], [false], 'Passphrase: \n']);
  });

  it('restores the terminal when it is given up, ended or overrun', async () => {
    const reason = new AppError('TIMEOUT', 'too late');
    const controller = new AbortController();
    const given = fakeTerminal();
    const givenUp = given.terminal.askSecret('? ', controller.signal);
    controller.abort(reason);
    await expect(givenUp).rejects.toBe(reason);
    const ended = fakeTerminal();
    const atEnd = ended.terminal.askSecret('? ', never);
    ended.stdin.end();
    await expect(atEnd).rejects.toMatchObject({ code: 'CANCELLED' });
    const long = fakeTerminal();
    const tooLong = long.terminal.askSecret('? ', never);
    long.stdin.write('x'.repeat(limits.terminal.answerChars + 1));
    await expect(tooLong).rejects.toMatchObject({ code: 'USAGE' });
    expect([given.raw, ended.raw, long.raw]).toEqual(Array.from({ length: 3 }, () => [true, false]));
  });
});

describe('ask', () => {
  it('reads lines one after the other, also those typed ahead, and leaves the terminal as it is', async () => {
    const { terminal, stdin, raw, shown } = fakeTerminal();
    const first = terminal.ask('Name? ', never);
    stdin.write('Ana\r\nMar');
    expect(await first).toBe('Ana');
    const second = terminal.ask('And? ', never);
    stdin.write('ia\n\n');
    expect([await second, await terminal.ask('Sure? ', never), raw, shown()]).toEqual([
      'Maria',
      '',
      [],
      'Name? And? Sure? ',
    ]);
  });

  it('asks nobody where nobody is', async () => {
    const terminal = createTerminal({
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      env: {},
      interrupt: () => undefined,
    });
    await expect(terminal.ask('? ', never)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([terminal.isInteractive, terminal.isOutputTerminal, terminal.width(), terminal.height()]).toEqual([
      false,
      false,
      80,
      24,
    ]);
  });
});

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: 'dumb' }, false],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [false, { FORCE_COLOR: '3' }, true],
  [true, { FORCE_COLOR: '0' }, false],
])('colour on a terminal (%j) with %j: %j', (isTerminal, env, expected) => {
  expect(takesColour(isTerminal, env)).toBe(expected);
});

describe('on a real terminal', () => {
  const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

  it('shows nothing of a secret, and everything again after it', async (context) => {
    if (!hasScript) context.skip('needs script of util-linux');
    const module = pathToFileURL(path.join(import.meta.dirname, 'terminal.ts')).href;
    const source = `
      const { createTerminal, processStreams } = await import(${JSON.stringify(module)});
      const terminal = createTerminal(processStreams());
      const { signal } = new AbortController();
      const secret = await terminal.askSecret('Passphrase: ', signal);
      const plain = await terminal.ask('Name: ', signal);
      await terminal.write(JSON.stringify([terminal.isInteractive, secret.length, plain]));`;
    const child = spawn('script', ['-qec', '"$NODE" --input-type=module --eval "$SOURCE"', '/dev/null'], {
      env: { ...process.env, NODE: process.execPath, SOURCE: source },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    for await (const chunk of child.stdout) {
      screen += String(chunk);
      if (screen.endsWith('Passphrase: ')) child.stdin.write('hunter2\r');
      if (screen.endsWith('Name: ')) child.stdin.write('Ana\r');
      if (screen.endsWith(']')) child.stdin.end();
    }
    expect(screen.replaceAll('\r', '')).toBe('Passphrase: \nName: Ana\n[true,7,"Ana"]');
  });
});
