import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { limits } from '../../kernel/limits.ts';
import { openPassphraseFd, passphraseLines } from './passphrase-lines.ts';

const never = new AbortController().signal;

describe('passphraseLines', () => {
  it('gives a line each, however they arrive, and null after the last', async () => {
    const bytes = Buffer.from('пароль\r\n two words \n\nlast');
    using lines = passphraseLines(Readable.from([...bytes].map((byte) => Buffer.of(byte))));
    const given = [];
    for (let count = 0; count < 6; count++) given.push(await lines.next(never));
    expect(given).toEqual(['пароль', ' two words ', '', 'last', null, null]);
  });

  it('keeps a line for who asks next when the one it came for has gone', async () => {
    const stream = new PassThrough();
    using lines = passphraseLines(stream);
    const controller = new AbortController();
    const gone = lines.next(controller.signal);
    const next = lines.next(never);
    controller.abort();
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' });
    stream.write('hunter2\n');
    expect(await next).toBe('hunter2');
  });

  it('refuses a line, or a stream, without an end', async () => {
    using line = passphraseLines(Readable.from([`${'x'.repeat(limits.terminal.answerChars + 1)}\n`]));
    using stream = passphraseLines(Readable.from([Buffer.alloc(limits.terminal.passphraseFdBytes + 1, 'x')]));
    await expect(line.next(never)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(stream.next(never)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('openPassphraseFd', () => {
  it('reads an open file and closes it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-fd-'));
    try {
      writeFileSync(path.join(folder, 'file'), 'hunter2\n');
      const fd = openSync(path.join(folder, 'file'), 'r');
      using lines = openPassphraseFd(fd);
      expect([await lines.next(never), await lines.next(never)]).toEqual(['hunter2', null]);
      expect(() => fstatSync(fd)).toThrow('EBADF');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says which descriptor is not open', () => {
    const fd = openSync('/dev/null', 'r');
    closeSync(fd);
    expect(() => openPassphraseFd(250)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: 'File descriptor 250 is not open for reading.' }),
    );
  });

  it('waits for a pipe without keeping the process from ending', async () => {
    const module = pathToFileURL(path.join(import.meta.dirname, 'passphrase-lines.ts')).href;
    const source = `
      const { openPassphraseFd } = await import(${JSON.stringify(module)});
      const lines = openPassphraseFd(3);
      console.log(await lines.next(new AbortController().signal));
      console.log(await lines.next(AbortSignal.timeout(50)).catch(({ code }) => code));
      lines[Symbol.dispose]();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const [, stdout, , pipe] = child.stdio;
    (pipe as Writable).write('hunter2\n');
    let said = '';
    for await (const chunk of stdout as Readable) said += String(chunk);
    (pipe as Writable).destroy();
    expect(said).toBe('hunter2\nTIMEOUT\n');
  });

  it('takes 0 for the standard input', async () => {
    using lines = openPassphraseFd(0, Readable.from(['hunter2\n']));
    expect(await lines.next(never)).toBe('hunter2');
  });
});
