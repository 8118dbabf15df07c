import { PassThrough } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { limits } from '../../kernel/limits.ts';
import { hopOf } from '../../ssh/hop.fixture.ts';
import { passphraseLines } from './passphrase-lines.ts';
import { createPrompts } from './prompts.ts';
import type { Terminal } from './terminal.ts';

const never = new AbortController().signal;
const fingerprint = `SHA256:${'a'.repeat(43)}`;
const asking = { hop: hopOf({ user: 'ana', host: 'web.example', port: 2222 }), isJump: false };
const question = {
  ...asking,
  keyType: 'ssh-ed25519',
  fingerprint,
};
const key = (file: string, attempt = 1) => ({ ...asking, file, attempt });

/** As {@link question}, from another machine. */
const elsewhere = { ...asking, hop: hopOf({ user: 'ana', host: 'web.example', port: 22 }) };

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
const noFlags = { passphrases: null };

describe('acceptHostKey', () => {
  it('asks a person while a pipe for passphrases says nothing', async () => {
    const { terminal } = person(['yes']);
    const silent = new PassThrough();
    using passphrases = passphraseLines(silent);
    const prompts = createPrompts(terminal, { passphrases });
    const ended = new AbortController();
    const waiting = prompts.passphrase(key('/k'), ended.signal).catch(() => 'given up');
    expect(await prompts.acceptHostKey(question, never)).toBe('accept');
    ended.abort();
    expect(await waiting).toBe('given up');
  });

  it('shows what there is to compare', async () => {
    const { terminal, asked } = person(['yes']);
    expect(await createPrompts(terminal, noFlags).acceptHostKey(question, never)).toBe('accept');
    expect(asked).toEqual([
      [
        'This is the first contact with ana@web.example:2222.',
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

  it('asks nobody who is not there', async () => {
    expect(await createPrompts(nobody, noFlags).acceptHostKey(question, never)).toBe('unanswerable');
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

  it('asks anew once what was typed is older than it may be kept, sleep included, and at once where nothing may', async () => {
    const clock = manualClock(0);
    let slept = 0;
    const machine = { ...clock, now: () => clock.now() + slept };
    const { terminal, asked } = person(['one', 'two', 'three', 'four']);
    const prompts = createPrompts(terminal, { ...noFlags, keptMs: 60_000, clock: machine });
    const given = [await prompts.passphrase(key('/k'), never)];
    await clock.advance(59_000);
    given.push(await prompts.passphrase(key('/k'), never));
    slept = 1_000;
    given.push(await prompts.passphrase(key('/k'), never));
    const forgetful = createPrompts(terminal, { ...noFlags, keptMs: 0, clock });
    for (const _ of [1, 2]) given.push(await forgetful.passphrase(key('/k'), never));
    expect([given, asked.length]).toEqual([['one', 'one', 'two', 'three', 'four'], 4]);
  });

  it('does not try once more what was found to be wrong, and nobody put right', async () => {
    const { terminal, asked } = person(['wrong', '', 'right']);
    const prompts = createPrompts(terminal, noFlags);
    const first = [await prompts.passphrase(key('/k'), never), await prompts.passphrase(key('/k', 2), never)];
    expect([first, await prompts.passphrase(key('/k'), never), asked.length]).toEqual([['wrong', null], 'right', 3]);
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

  /** What comes of keys with these passphrases where a program gives these lines, once a host. */
  async function unlocked(lines: readonly string[], keys: Readonly<Record<string, string>>, hosts = 1) {
    const stream = new PassThrough();
    stream.write(lines.map((line) => `${line}\n`).join(''));
    const { terminal, asked } = person(['no']);
    const prompts = createPrompts(terminal, { passphrases: passphraseLines(stream) });
    const host = async () => {
      const tried: Record<string, (string | null)[]> = {};
      for (const [file, passphrase] of Object.entries(keys)) {
        const answers: (string | null)[] = [];
        tried[file] = answers;
        do answers.push(await prompts.passphrase(key(file, answers.length + 1), never));
        while (answers.at(-1) !== null && answers.at(-1) !== passphrase);
      }
      return tried;
    };
    setTimeout(() => stream.end(), 20);
    const all = await Promise.all(Array.from({ length: hosts }, host));
    expect([all.every((one) => isDeepStrictEqual(one, all[0])), asked]).toEqual([true, []]);
    return all[0];
  }

  it.each([
    ['a line a key', ['one', 'two'], { a: 'one', b: 'two' }, { a: ['one'], b: ['two'] }],
    ['the same line twice', ['p', 'p', 'q'], { a: 'p', b: 'p', c: 'q' }, { a: ['p'], b: ['p'], c: ['q'] }],
    ['one line for all keys', ['p'], { a: 'p', b: 'p' }, { a: ['p'], b: ['p'] }],
    ['one line for the second key', ['p'], { a: 'other', b: 'p' }, { a: ['p', null], b: ['p'] }],
    [
      'a wrong line before the right ones',
      ['x', 'p', 'q'],
      { a: 'other', b: 'p', c: 'q' },
      { a: ['x', null], b: ['x', 'p'], c: ['x', 'q'] },
    ],
    ['lines the other way round', ['q', 'p'], { a: 'p', b: 'q' }, { a: ['q', null], b: ['q'] }],
    ['no line', [], { a: 'p' }, { a: [null] }],
  ])('takes from another program %s, and asks nobody', async (_, lines, keys, expected) => {
    expect(await unlocked(lines, keys)).toEqual(expected);
  });

  it('gives every host the same lines', async () => {
    const keys = { a: 'other', b: 'p', c: 'q' };
    expect(await unlocked(['x', 'p', 'q'], keys, 3)).toEqual({ a: ['x', null], b: ['x', 'p'], c: ['x', 'q'] });
  });

  it('tries a line that opened nothing on the next key before it waits for another line', async () => {
    const stream = new PassThrough();
    stream.write('p\n');
    const prompts = createPrompts(nobody, { passphrases: passphraseLines(stream) });
    const answers = [];
    for (const asked of [key('/a'), key('/a', 2), key('/b')]) answers.push(await prompts.passphrase(asked, never));
    expect(answers).toEqual(['p', null, 'p']);
  });
});

describe('password', () => {
  const password = { ...asking, hostKey: fingerprint };

  it('is asked for once a machine and run, and again where it was wrong', async () => {
    const { terminal, asked } = person(['wrong', 'right', 'other', 'third']);
    const prompts = createPrompts(terminal, noFlags);
    const first = [await prompts.password(password, never), await prompts.password({ ...password }, never)];
    prompts.wrongPassword(password);
    const again = [await prompts.password(password, never), await prompts.password(password, never)];
    const other = await prompts.password({ ...elsewhere, hostKey: fingerprint } as typeof password, never);
    const replaced = await prompts.password({ ...password, hostKey: 'SHA256:other' } as typeof password, never);
    expect([first, again, other, replaced, asked]).toEqual([
      ['wrong', 'wrong'],
      ['right', 'right'],
      'other',
      'third',
      [
        'Password of ana@web.example:2222: ',
        'Password of ana@web.example:2222: ',
        'Password of ana@web.example:22: ',
        'Password of ana@web.example:2222: ',
      ],
    ]);
  });

  it('is asked for anew once it is older than it may be kept', async () => {
    const clock = manualClock(0);
    const { terminal } = person(['one', 'two']);
    const prompts = createPrompts(terminal, { ...noFlags, keptMs: 60_000, clock });
    const given = [await prompts.password(password, never)];
    await clock.advance(60_000);
    given.push(await prompts.password(password, never));
    expect(given).toEqual(['one', 'two']);
  });

  it('is not asked for where nobody is, and an empty answer is none', async () => {
    const stream = new PassThrough();
    stream.end('line\n');
    const piped = createPrompts(nobody, { passphrases: passphraseLines(stream) });
    const { terminal } = person(['', 'later']);
    const prompts = createPrompts(terminal, noFlags);
    expect([
      await piped.password(password, never),
      await prompts.password(password, never),
      await prompts.password(password, never),
    ]).toEqual([null, null, 'later']);
  });
});

describe('challenge', () => {
  const challenge = {
    ...asking,
    title: 'Two \u001b[2Jsteps',
    instructions: 'First line\r\nPassphrase for ~/.ssh/id_rsa:\n',
    prompts: [
      { text: 'Code:\u202e', echo: true },
      { text: '', echo: false },
    ],
    withinMs: 1_000,
  };

  it('shows what the host says as its words, and asks as it wants to be answered', async () => {
    const shown: string[] = [];
    const terminal = {
      isInteractive: true,
      async ask(text: string) {
        shown.push(`seen ${text}`);
        return '1';
      },
      async askSecret(text: string) {
        shown.push(`hidden ${text}`);
        return '2';
      },
    } as unknown as Terminal;
    expect(await createPrompts(terminal, noFlags).challenge(challenge, never)).toEqual(['1', '2']);
    const from = '(ana@web.example:2222)';
    expect(shown).toEqual([
      [
        `seen ${from} Two ␛[2Jsteps`,
        `${from} First line`,
        `${from} Passphrase for ~/.ssh/id_rsa:`,
        `${from} Code:\\u{202e} `,
      ].join('\n'),
      `hidden ${from}  `,
    ]);
  });

  it('is not asked where nobody is', async () => {
    expect(await createPrompts(nobody, noFlags).challenge(challenge, never)).toBeNull();
  });
});
