import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Question } from '#contract/questions.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import { parseTarget } from '../ssh/target.ts';
import { Questions } from './questions.ts';
import { passphraseOf, passwordOf, type SecretName } from './secret-name.ts';

const at = (host: string) => parseTarget(`ssh://ops@${host}`);
const asking = (host: string, isJump = false) => ({ hop: hopOf({ user: 'ops', host }), isJump });
const never = new AbortController().signal;

/** Remembers without end, and writes down what it was told to keep for good. */
function remembered() {
  const known = new Map<SecretName, string>();
  const forGood: string[] = [];
  return {
    known,
    forGood,
    canKeep: async () => true,
    recall: async (name: SecretName) => known.get(name) ?? null,
    async remember(name: SecretName, secret: string, { forGood: keep }: { forGood: boolean }) {
      known.set(name, secret);
      if (keep) forGood.push(secret);
    },
    discard: async (name: SecretName) => void known.delete(name),
  };
}

function desk() {
  let made = 0;
  const secrets = remembered();
  const questions = new Questions({ newId: () => `q${++made}`, secrets, clock: { now: () => 1_000 } });
  let changes = 0;
  const subscription = questions.subscribe(() => {
    changes += 1;
  });
  return { questions, secrets, subscription, changes: () => changes };
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

const hostKey = (host: string, isJump = false) => ({
  ...asking(host, isJump),
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:abc',
});

describe('questions about a host key', () => {
  it('say what they are about, wait, and are answered once', async () => {
    const { questions, changes } = desk();
    const atlas = questions.promptsFor({ hostId: 'h1', target: at('atlas') });
    const borealis = questions.promptsFor({ trial: 't1', target: at('borealis') });
    const first = atlas.acceptHostKey(hostKey('atlas'), never);
    const second = borealis.acceptHostKey({ ...hostKey('bastion', true), keyType: 'ssh-\u202ersa' }, never);
    const common = { kind: 'hostKey', fingerprint: 'SHA256:abc' };
    expect([questions.open(), await state(first)]).toEqual([
      [
        {
          ...{ ...common, id: 'q1', hostId: 'h1', trial: null, target: 'ssh://ops@atlas', keyType: 'ssh-ed25519' },
          ...{ machine: 'ops@atlas:22', isJump: false },
        },
        {
          ...{ ...common, id: 'q2', hostId: null, trial: 't1', target: 'ssh://ops@borealis' },
          ...{ machine: 'ops@bastion:22', isJump: true, keyType: 'ssh-\\u{202e}rsa' },
        },
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
    const wrong = () => questions.answer('q1', { kind: 'passphrase', passphrase: 'x', remember: false });
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
      await prompts.passphrase({ ...asking('a'), file: '/k', attempt: 1 }, never),
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
  /** Asks, and lets it come as far as a question. */
  const ask = (questions: Questions, host: string) => {
    const prompts = questions.promptsFor({ hostId: host, target: at(host) });
    return async (attempt: number, file = '/k') => {
      const answer = prompts.passphrase({ ...asking(host), file, attempt }, never);
      await settled();
      return { answer };
    };
  };
  const answer = (questions: Questions, passphrase: string | null, remember = false) => {
    const id = questions.open()[0]?.id ?? 'none';
    questions.answer(id, { kind: 'passphrase', passphrase, remember });
  };

  it('name the key, and count the tries', async () => {
    const { questions } = desk();
    const atlas = ask(questions, 'atlas');
    const first = await atlas(1, '/home/ops/\u202ekey');
    expect(questions.open()).toEqual([
      {
        ...{ id: 'q1', kind: 'passphrase', hostId: 'atlas', trial: null, target: 'ssh://ops@atlas' },
        ...{ machine: 'ops@atlas:22', isJump: false, file: '/home/ops/\\u{202e}key', attempt: 1, canRemember: true },
      },
    ]);
    answer(questions, 'wrong');
    await first.answer;
    const second = await atlas(2, '/home/ops/\u202ekey');
    expect(questions.open()).toMatchObject([{ attempt: 2 }]);
    answer(questions, 'right');
    expect([await first.answer, await second.answer]).toEqual(['wrong', 'right']);
  });

  it('are asked once for a key, whoever needs it and whenever, and kept for good where that is wished', async () => {
    const { questions, secrets } = desk();
    const [atlas, borealis] = [ask(questions, 'atlas'), ask(questions, 'borealis')];
    const waiting = [await atlas(1), await borealis(1), await ask(questions, 'other')(1, '/other')];
    answer(questions, 'right', true);
    expect([await waiting[0]?.answer, await waiting[1]?.answer, await state(waiting[2]?.answer as never)]).toEqual([
      'right',
      'right',
      'waiting',
    ]);
    // A reconnect, and a host that is added later.
    const again = [await (await atlas(1)).answer, await (await ask(questions, 'late')(1)).answer];
    expect([again, questions.open().length]).toEqual([['right', 'right'], 1]);
    expect([[...secrets.known], secrets.forGood]).toEqual([[[passphraseOf('/k'), 'right']], ['right']]);
  });

  it('come back to each who found the answer wrong, and not to those for whom there is a better one', async () => {
    const { questions } = desk();
    const [atlas, borealis] = [ask(questions, 'atlas'), ask(questions, 'borealis')];
    const first = [await atlas(1), await borealis(1)];
    answer(questions, 'wrong');
    await Promise.all(first.map((each) => each.answer));
    const again = await atlas(2);
    expect(await state(again.answer)).toBe('waiting');
    answer(questions, 'right');
    expect([await again.answer, await (await borealis(2)).answer, questions.open()]).toEqual(['right', 'right', []]);
  });

  it('leave the key out for one host where nobody wants to answer, and ask anew another time', async () => {
    const { questions } = desk();
    const [atlas, borealis] = [ask(questions, 'atlas'), ask(questions, 'borealis')];
    const [first, second] = [await atlas(1), await borealis(1)];
    answer(questions, null);
    const later = await atlas(1);
    expect([await first.answer, await state(second.answer), await state(later.answer)]).toEqual([
      null,
      'waiting',
      'waiting',
    ]);
  });

  it('forget what was wrong: the next connection is not offered it', async () => {
    const { questions, secrets } = desk();
    const atlas = ask(questions, 'atlas');
    const first = await atlas(1);
    answer(questions, 'wrong');
    await first.answer;
    const second = await atlas(2);
    expect([...secrets.known]).toEqual([]);
    answer(questions, null);
    const third = await atlas(1);
    expect([await second.answer, await state(third.answer), questions.open().length]).toEqual([null, 'waiting', 1]);
  });
});

describe('questions for a password', () => {
  const hop = hopOf({ user: 'o\u202eps', host: 'atlas' });
  const question = { hop, isJump: false, hostKey: 'SHA256:abc' };
  const answer = (questions: Questions, password: string | null) => {
    questions.answer(questions.open()[0]?.id ?? 'none', { kind: 'password', password, remember: true });
  };

  it('name the machine and the user; the answer is for that machine, and forgotten where it was wrong', async () => {
    const { questions, secrets } = desk();
    const prompts = questions.promptsFor({ hostId: 'h1', target: at('atlas') });
    const first = prompts.password(question, never);
    await settled();
    expect(questions.open()).toEqual([
      {
        ...{ id: 'q1', kind: 'password', hostId: 'h1', trial: null, target: 'ssh://ops@atlas' },
        ...{ machine: 'o\\u{202e}ps@atlas:22', isJump: false, user: 'o\\u{202e}ps', canRemember: true },
      },
    ]);
    answer(questions, 'wrong');
    const again = [await first, await prompts.password(question, never)];
    prompts.wrongPassword(question);
    const third = prompts.password(question, never);
    expect([again, await state(third), secrets.forGood]).toEqual([['wrong', 'wrong'], 'waiting', ['wrong']]);
  });

  it('are asked for each machine anew: another user, address, name, port or host key is another one', async () => {
    const { questions, secrets } = desk();
    secrets.known.set(passwordOf(hop, 'SHA256:abc'), 'secret');
    const prompts = questions.promptsFor({ hostId: 'h1', target: at('atlas') });
    const others = [
      { ...question, hostKey: 'SHA256:def' },
      { ...question, hop: { ...hop, user: 'ops' } },
      { ...question, hop: { ...hop, host: '192.0.2.1' } },
      { ...question, hop: { ...hop, port: 23 } },
      { ...question, hop: { ...hop, knownAs: { host: 'alias', port: 22 } } },
    ];
    const answers = [question, ...others].map((each) => state(prompts.password(each, never)));
    expect(await Promise.all(answers)).toEqual(['secret', ...others.map(() => 'waiting')]);
  });

  it('are each answered for themselves: a wrong password counts on the host', async () => {
    const { questions } = desk();
    const asked = ['h1', 'h2'].map((hostId) =>
      questions.promptsFor({ hostId, target: at('atlas') }).password(question, never),
    );
    await settled();
    answer(questions, 'one');
    expect([await asked[0], await state(asked[1] as Promise<unknown>)]).toEqual(['one', 'waiting']);
  });
});

describe('a challenge', () => {
  const challenge = {
    ...asking('atlas'),
    title: '\u001b[2Jlogin',
    instructions: 'One\r\nTwo\u202e\n\n',
    prompts: [
      { text: 'Code: ', echo: true },
      { text: 'x'.repeat(100_000), echo: false },
    ],
    withinMs: 2_000,
  };

  it('shows the words of the host, and until when it waits; its answers are kept nowhere', async () => {
    const { questions, secrets } = desk();
    const prompts = questions.promptsFor({ hostId: 'h1', target: at('atlas') });
    const asked = prompts.challenge(challenge, never);
    const [question] = questions.open();
    expect(question).toMatchObject({
      kind: 'challenge',
      title: '␛[2Jlogin',
      instructions: 'One\nTwo\\u{202e}',
      prompts: [
        { text: 'Code:', echo: true },
        { text: expect.stringMatching(/^x+…$/), echo: false },
      ],
      until: '1970-01-01T00:00:03.000Z',
    });
    expect(Question.safeParse({ ...question, id: randomUUID(), hostId: randomUUID() }).success).toBe(true);
    const one = () => questions.answer('q1', { kind: 'challenge', answers: ['1'] });
    expect(one).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    questions.answer('q1', { kind: 'challenge', answers: ['1', '2'] });
    expect([await asked, [...secrets.known]]).toEqual([['1', '2'], []]);
  });

  it('is withdrawn when the host waits no longer', async () => {
    const { questions } = desk();
    const over = new AbortController();
    const asked = questions.promptsFor({ hostId: 'h1', target: at('atlas') }).challenge(challenge, over.signal);
    over.abort(new AppError('AUTH_UNANSWERED', 'Too late.'));
    expect([await state(asked), questions.open()]).toEqual(['AUTH_UNANSWERED', []]);
  });
});
