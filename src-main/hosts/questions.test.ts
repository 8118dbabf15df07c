import { describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { SshTarget } from '../ssh/target.ts';
import { Questions } from './questions.ts';

const at = (host: string): SshTarget => ({ user: 'ops', host, port: 22, socketPath: '/var/run/docker.sock' });
const never = new AbortController().signal;

function desk() {
  let made = 0;
  const questions = new Questions({ newId: () => `q${++made}` });
  let changes = 0;
  const subscription = questions.subscribe(() => {
    changes += 1;
  });
  return { questions, subscription, changes: () => changes };
}

/** What a promise has come to by now. */
async function state<T>(promise: Promise<T>) {
  let now: unknown = 'waiting';
  promise.then(
    (value) => {
      now = value;
    },
    (error: AppError) => {
      now = error.code;
    },
  );
  await settled();
  return now;
}

const hostKey = (host: string) => ({ target: at(host), keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' });

describe('questions about a host key', () => {
  it('say what they are about, wait, and are answered once', async () => {
    const { questions, changes } = desk();
    const atlas = questions.promptsFor({ hostId: 'h1', target: at('atlas') });
    const borealis = questions.promptsFor({ trial: 't1', target: at('borealis') });
    const first = atlas.acceptHostKey(hostKey('atlas'), never);
    const second = borealis.acceptHostKey({ ...hostKey('borealis'), keyType: 'ssh-\u202ersa' }, never);
    const common = { kind: 'hostKey', fingerprint: 'SHA256:abc' };
    expect([questions.open(), await state(first)]).toEqual([
      [
        { ...common, id: 'q1', hostId: 'h1', trial: null, target: 'ssh://ops@atlas', keyType: 'ssh-ed25519' },
        { ...common, id: 'q2', hostId: null, trial: 't1', target: 'ssh://ops@borealis', keyType: 'ssh-\\u{202e}rsa' },
      ],
      'waiting',
    ]);
    questions.answer('q2', { kind: 'hostKey', accept: false });
    questions.answer('q1', { kind: 'hostKey', accept: true });
    expect([await first, await second, questions.open(), changes()]).toEqual(['accept', 'reject', [], 4]);
    const again = () => questions.answer('q1', { kind: 'hostKey', accept: true });
    expect(again).toThrow(expect.objectContaining({ code: 'QUESTION_GONE' }));
  });

  it('take no answer of the other kind', async () => {
    const { questions } = desk();
    const asked = questions.promptsFor({ hostId: 'h1', target: at('a') }).acceptHostKey(hostKey('a'), never);
    const wrong = () => questions.answer('q1', { kind: 'passphrase', passphrase: 'x' });
    expect(wrong).toThrow(expect.objectContaining({ code: 'QUESTION_GONE' }));
    expect([await state(asked), questions.open().length]).toEqual(['waiting', 1]);
  });

  it('are withdrawn when who asked gives up', async () => {
    const { questions, changes } = desk();
    const removed = new AbortController();
    const prompts = questions.promptsFor({ hostId: 'h1', target: at('a') });
    const asked = prompts.acceptHostKey(hostKey('a'), removed.signal);
    removed.abort(new AppError('CANCELLED', 'The host was removed.'));
    expect([await state(asked), questions.open(), changes()]).toEqual(['CANCELLED', [], 2]);
    expect(await state(prompts.acceptHostKey(hostKey('a'), removed.signal))).toBe('CANCELLED');
  });

  it('are withdrawn when the core closes, after which nobody is asked', async () => {
    const { questions } = desk();
    const prompts = questions.promptsFor({ hostId: 'h1', target: at('a') });
    const asked = prompts.acceptHostKey(hostKey('a'), never);
    questions[Symbol.dispose]();
    expect([await state(asked), await prompts.acceptHostKey(hostKey('a'), never)]).toEqual([
      'CANCELLED',
      'unanswerable',
    ]);
  });

  it('are not asked beyond the bound', async () => {
    const { questions } = desk();
    const prompts = questions.promptsFor({ hostId: 'h1', target: at('a') });
    const asked = Array.from({ length: limits.hosts.questions }, () => prompts.acceptHostKey(hostKey('a'), never));
    expect([
      await prompts.acceptHostKey(hostKey('a'), never),
      await prompts.passphrase({ file: '/k', attempt: 1 }, never),
    ]).toEqual(['unanswerable', null]);
    questions.answer('q1', { kind: 'hostKey', accept: true });
    expect([await asked[0], await state(prompts.acceptHostKey(hostKey('a'), never))]).toEqual(['accept', 'waiting']);
  });

  it('tell nobody who does not listen any more', async () => {
    const { questions, subscription, changes } = desk();
    subscription[Symbol.dispose]();
    void questions.promptsFor({ hostId: 'h1', target: at('a') }).acceptHostKey(hostKey('a'), never);
    expect(changes()).toBe(0);
  });
});

describe('questions for a passphrase', () => {
  const ask = (questions: Questions, host: string) => {
    const prompts = questions.promptsFor({ hostId: host, target: at(host) });
    return (attempt: number, file = '/k') => prompts.passphrase({ file, attempt }, never);
  };
  const answer = (questions: Questions, passphrase: string | null) => {
    const id = questions.open()[0]?.id ?? 'none';
    questions.answer(id, { kind: 'passphrase', passphrase });
  };

  it('name the key, and count the tries', async () => {
    const { questions } = desk();
    const atlas = ask(questions, 'atlas');
    const first = atlas(1, '/home/ops/\u202ekey');
    expect(questions.open()).toEqual([
      {
        ...{ id: 'q1', kind: 'passphrase', hostId: 'atlas', trial: null, target: 'ssh://ops@atlas' },
        ...{ file: '/home/ops/\\u{202e}key', attempt: 1 },
      },
    ]);
    answer(questions, 'wrong');
    await first;
    const second = atlas(2, '/home/ops/\u202ekey');
    expect(questions.open()).toMatchObject([{ attempt: 2 }]);
    answer(questions, 'right');
    expect([await first, await second]).toEqual(['wrong', 'right']);
  });

  it('are asked once for a key, whoever needs it and whenever', async () => {
    const { questions } = desk();
    const [atlas, borealis] = [ask(questions, 'atlas'), ask(questions, 'borealis')];
    const waiting = [atlas(1), borealis(1), ask(questions, 'other')(1, '/other')];
    answer(questions, 'right');
    expect([await waiting[0], await waiting[1], await state(waiting[2] as Promise<unknown>)]).toEqual([
      'right',
      'right',
      'waiting',
    ]);
    // A reconnect, and a host that is added later.
    expect([await atlas(1), await ask(questions, 'late')(1), questions.open().length]).toEqual(['right', 'right', 1]);
  });

  it('come back to each who found the answer wrong, and not to those for whom there is a better one', async () => {
    const { questions } = desk();
    const [atlas, borealis] = [ask(questions, 'atlas'), ask(questions, 'borealis')];
    const first = [atlas(1), borealis(1)];
    answer(questions, 'wrong');
    await Promise.all(first);
    const again = atlas(2);
    expect(await state(again)).toBe('waiting');
    answer(questions, 'right');
    expect([await again, await borealis(2), questions.open()]).toEqual(['right', 'right', []]);
  });

  it('leave the key out for one host where nobody wants to answer, and ask anew another time', async () => {
    const { questions } = desk();
    const [atlas, borealis] = [ask(questions, 'atlas'), ask(questions, 'borealis')];
    const [first, second] = [atlas(1), borealis(1)];
    answer(questions, null);
    expect([await first, await state(second), await state(atlas(1))]).toEqual([null, 'waiting', 'waiting']);
  });

  it('forget what was wrong: the next connection is not offered it', async () => {
    const { questions } = desk();
    const atlas = ask(questions, 'atlas');
    const first = atlas(1);
    answer(questions, 'wrong');
    await first;
    const second = atlas(2);
    answer(questions, null);
    expect([await second, await state(atlas(1)), questions.open().length]).toEqual([null, 'waiting', 1]);
  });
});
