import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { limits } from '../../kernel/limits.ts';
import { passphraseLines } from './passphrase-lines.ts';
import { createPrompts } from './prompts.ts';
import type { Terminal } from './terminal.ts';

const never = new AbortController().signal;
const fingerprint = `SHA256:${'a'.repeat(43)}`;
const question = {
  target: { user: 'ana', host: 'web.example', port: 2222, socketPath: '/var/run/docker.sock' },
  keyType: 'ssh-ed25519',
  fingerprint,
};
const key = (file: string, attempt = 1) => ({ file, attempt });

/** A person who gives `answers` in turn, a moment after each question. */
function person(answers: readonly string[]) {
  const asked: string[] = [];
  let open = 0;
  const answer = async (text: string) => {
    open++;
    asked.push(open > 1 ? `AT THE SAME TIME: ${text}` : text);
    await new Promise((resolve) => setTimeout(resolve, 1));
    open--;
    return answers[asked.length - 1] ?? '';
  };
  const terminal = { isInteractive: true, ask: answer, askSecret: answer } as unknown as Terminal;
  return { terminal, asked };
}
const nobody = { isInteractive: false } as unknown as Terminal;
const noFlags = { acceptHostKey: null, passphrases: null };

describe('acceptHostKey', () => {
  it('shows what there is to compare', async () => {
    const { terminal, asked } = person(['yes']);
    expect(await createPrompts(terminal, noFlags).acceptHostKey(question, never)).toBe('accept');
    expect(asked).toEqual([
      [
        'This is the first contact with ssh://ana@web.example:2222.',
        'Its ssh-ed25519 key has the fingerprint',
        `  ${fingerprint}`,
        'Compare it with what the host itself shows (ssh-keygen -lf on its public key).',
        'Is it the right key (yes/no/fingerprint)? ',
      ].join('\n'),
    ]);
  });

  it.each([
    [['yes'], 'accept'],
    [[' YES '], 'accept'],
    [[fingerprint], 'accept'],
    [['no'], 'reject'],
    [[`SHA256:${'b'.repeat(43)}`], 'reject'],
    [[fingerprint.toLowerCase(), 'no'], 'reject'],
    [['', 'what?', 'yes'], 'accept'],
    [['y', 'y', 'y', 'yes'], 'reject'],
  ])('takes %j as %s', async (answers, expected) => {
    const { terminal } = person(answers);
    expect(await createPrompts(terminal, noFlags).acceptHostKey(question, never)).toBe(expected);
  });

  it('goes by the flag alone where there is one, and otherwise asks nobody who is not there', async () => {
    const { terminal, asked } = person(['yes', 'yes']);
    const answers = [
      createPrompts(terminal, { ...noFlags, acceptHostKey: fingerprint }),
      createPrompts(terminal, { ...noFlags, acceptHostKey: `SHA256:${'b'.repeat(43)}` }),
      createPrompts(nobody, noFlags),
    ].map((prompts) => prompts.acceptHostKey(question, never));
    expect([await Promise.all(answers), asked]).toEqual([['accept', 'reject', 'unanswerable'], []]);
  });

  it('asks about several hosts one after the other, also after a question that failed', async () => {
    const { terminal, asked } = person(['yes', 'no']);
    const prompts = createPrompts(terminal, noFlags);
    const both = Promise.all([prompts.acceptHostKey(question, never), prompts.acceptHostKey(question, never)]);
    expect([await both, asked.filter((text) => text.startsWith('AT'))]).toEqual([['accept', 'reject'], []]);
    const failing = createPrompts(
      { isInteractive: true, ask: () => Promise.reject(new Error('gone')), askSecret: async () => 'x' } as never,
      noFlags,
    );
    const first = failing.acceptHostKey(question, never);
    const second = failing.passphrase(key('k'), never);
    await expect(first).rejects.toThrow('gone');
    expect(await second).toBe('x');
  });
});

describe('passphrase', () => {
  it('asks once for a key that several hosts use, and again where it was wrong', async () => {
    const { terminal, asked } = person(['wrong', 'right', 'other']);
    const prompts = createPrompts(terminal, noFlags);
    const first = await Promise.all([prompts.passphrase(key('/k'), never), prompts.passphrase(key('/k'), never)]);
    const again = await prompts.passphrase(key('/k', 2), never);
    const later = await prompts.passphrase(key('/k'), never);
    const other = await prompts.passphrase(key('/o\u202e'), never);
    expect([first, again, later, other, asked]).toEqual([
      ['wrong', 'wrong'],
      'right',
      'right',
      'other',
      ['Passphrase for /k: ', 'That was not it. Passphrase for /k: ', 'Passphrase for /o\\u{202e}: '],
    ]);
  });

  it('leaves a key out for an empty answer, after enough tries, and where nobody is', async () => {
    const { terminal, asked } = person(['']);
    const prompts = createPrompts(terminal, noFlags);
    expect([
      await prompts.passphrase(key('/k'), never),
      await prompts.passphrase(key('/k', limits.terminal.tries + 1), never),
      await createPrompts(nobody, noFlags).passphrase(key('/k'), never),
      asked.length,
    ]).toEqual([null, null, null, 1]);
  });

  it('takes a line a key from another program, and asks nobody', async () => {
    const stream = new PassThrough();
    stream.end('one\ntwo\n');
    const { terminal, asked } = person(['no']);
    const prompts = createPrompts(terminal, { ...noFlags, passphrases: passphraseLines(stream) });
    expect([
      await Promise.all(['/a', '/b', '/a'].map((file) => prompts.passphrase(key(file), never))),
      await prompts.passphrase(key('/a', 2), never),
      await prompts.passphrase(key('/c'), never),
      asked,
    ]).toEqual([['one', 'two', 'one'], null, null, []]);
  });
});
