import { afterAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { hurriedClock, nobody } from '../connection.fixture.ts';
import type { ConnectEvent, SshPrompts } from '../connection-types.ts';
import { question, refuse, round, scriptedHost } from '../scripted-host.fixture.ts';
import { KeyFolder, logIn, person } from './hop-login.fixture.ts';

const keys = new KeyFolder();
afterAll(() => keys[Symbol.dispose]());

describe('keyboard-interactive', () => {
  /** The person's time is short, and the machines' is not. */
  const impatient: Clock = {
    ...systemClock,
    sleep: (ms, signal) => systemClock.sleep(ms > limits.ssh.handshakeMs ? 300 : ms, signal),
  };

  /** Refuses keys, and asks `rounds` in turn; right are the answers named. */
  const asking = (
    rounds: readonly (readonly string[])[],
    right: string,
    methods = ['keyboard-interactive', 'password'],
  ) =>
    scriptedHost((context) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, methods);
      const given: string[] = [];
      const ask = (index: number) => {
        const prompts = rounds[index];
        if (prompts === undefined) {
          if (given.join(',') === right) context.accept();
          else refuse(context, methods);
          return;
        }
        round(
          context,
          prompts.map((text) => question(text)),
          (answers) => {
            given.push(...answers);
            ask(index + 1);
          },
        );
      };
      ask(0);
    });

  it('comes after the keys, in the same connection, and is the login that is told of', async () => {
    const key = keys.add('refused');
    await using host = await asking([['Code: ']], '123456');
    const { asked, prompts } = person({ challenges: [['123456']] });
    const seen: string[] = [];
    const onEvent = (event: ConnectEvent) => void (event.kind === 'passed' && seen.push(event.seen));
    await using connection = await logIn({ hop: host.hop({ identityFiles: [key.file] }), prompts, onEvent });
    expect([asked, host.heard, seen.at(-1), connection.report()[0]?.login]).toEqual([
      ['Code: '],
      ['1 publickey', '1 keyboard-interactive'],
      'one-time code',
      { method: 'keyboard-interactive', label: 'one-time code', fingerprint: null },
    ]);
  });

  it('is answered round by round; the password alone is asked for as a password, and once', async () => {
    await using host = await asking([['Password: '], ['First', 'Second'], ['Password: ']], 'secret,a,b,again');
    const { asked, prompts } = person({ passwords: ['secret'], challenges: [['a', 'b'], ['again']] });
    await using connection = await logIn({ hop: host.hop(), prompts });
    expect([asked, host.heard, connection.report()[0]?.login.label]).toEqual([
      ['password', 'First|Second', 'Password: '],
      ['1 none', '1 keyboard-interactive'],
      'password and one-time code',
    ]);
  });

  it('is asked once: after a wrong answer nothing else is tried, and a password among it is forgotten', async () => {
    await using host = await asking([['Password:'], ['Code:']], 'right,right');
    const { asked, prompts } = person({ passwords: ['wrong', 'never'], challenges: [['1']] });
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('did not take the answers given for me.'),
    });
    expect([asked, host.heard]).toEqual([
      ['password', 'Code:', 'wrong password'],
      ['1 none', '1 keyboard-interactive'],
    ]);
  });

  it('names all that may have been wrong, the clock of what makes a code too', async () => {
    await using host = await asking([['Password:'], ['Code:']], 'right,right');
    const { prompts } = person({ passwords: ['right'], challenges: [['1']] });
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      hint: 'Check the user name, the password and the code, and the clock of the device that makes the code, then connect again: nothing is given twice by itself.',
    });
    await using codes = await asking([['Code:']], 'right');
    await expect(logIn({ hop: codes.hop(), prompts: person({ challenges: [['1']] }).prompts })).rejects.toMatchObject({
      hint: expect.stringMatching(
        /^Check the user name and the code, and the clock of the device that makes the code,/,
      ),
    });
    await using password = await asking([['Password:']], 'right');
    await expect(logIn({ hop: password.hop(), prompts: person({ passwords: ['1'] }).prompts })).rejects.toMatchObject({
      hint: expect.stringMatching(/^Check the user name and the password, then connect again/),
    });
  });

  it.each([
    ['at once', [['New password: ']]],
    [
      'after the old one',
      [['Password: '], ['You are required to change your password immediately.\nCurrent password: ']],
    ],
  ])(
    'ends where the password has expired, and a new one is asked for %s: the old one is forgotten',
    async (_, rounds) => {
      await using host = await asking(rounds, 'never');
      const { asked, prompts } = person({ passwords: ['old'], challenges: [['never']] });
      await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
        code: 'AUTH_FAILED',
        message: `The password of me at 127.0.0.1:${host.hop().port} has expired, and must be changed first.`,
        details: { seen: rounds.at(-1)?.[0]?.trim().split('\n') },
      });
      expect([asked, host.connections()]).toEqual([[...rounds.slice(1).map(() => 'password'), 'wrong password'], 1]);
    },
  );

  it.each([
    ['in time', () => {}, 'did not finish within 100 s', 'The login to HOST was not confirmed in time.'],
    [
      'before the host hung up',
      (hangUp: () => void) => setTimeout(hangUp, 200),
      'closed the connection',
      'The connection to HOST ended before the login was confirmed.',
    ],
  ])('waits for a person where a login was not confirmed %s, as on a phone', async (_, then, seen, message) => {
    await using host = await scriptedHost((context, { client }) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      round(context, [], () => then(() => client.end()), { instructions: 'Pushed to your phone.' });
    });
    const { port } = host.hop();
    const clock: Clock = {
      ...impatient,
      sleep: (ms, signal) => (ms === limits.ssh.agentMs ? Promise.resolve() : impatient.sleep(ms, signal)),
    };
    await expect(logIn({ hop: host.hop(), clock })).rejects.toMatchObject({
      code: 'AUTH_UNANSWERED',
      message: message.replace('HOST', `127.0.0.1:${port}`),
      details: { seen: [`127.0.0.1:${port} ${seen} during the login.`, 'Pushed to your phone.'] },
    });
    expect(host.connections()).toBe(1);
  });

  it('goes on to the password where it asks nothing', async () => {
    await using host = await scriptedHost((context) => {
      if (context.method === 'password' && context.password === 'right') context.accept();
      else refuse(context, ['keyboard-interactive', 'password']);
    });
    const { asked, prompts } = person({ passwords: ['right'] });
    await using _connection = await logIn({ hop: host.hop(), prompts });
    expect([asked, host.heard]).toEqual([['password'], ['1 none', '1 keyboard-interactive', '2 password right']]);
  });

  it('takes as long as a person needs, though the handshake may not', async () => {
    const clock = hurriedClock(4); // 2.5 s for the handshake, 25 s for the person
    await using host = await asking([['Code']], '1');
    const waits: number[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      async challenge({ withinMs }) {
        waits.push(withinMs);
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        return ['1'];
      },
    };
    const times: number[] = [];
    const onEvent = (event: ConnectEvent) =>
      void (event.kind === 'passed' && event.step === 'authenticate' && times.push(event.ms));
    await using _connection = await logIn({ hop: host.hop(), prompts, clock, onEvent });
    expect(waits.map((ms) => ms > limits.ssh.challengeMs - 5_000 && ms <= limits.ssh.challengeMs)).toEqual([true]);
    expect(times.map((ms) => ms < 2_500)).toEqual([true]);
  });

  it.each([
    ['nobody answers in time', () => {}],
    ['the host waits no longer', (end: () => void) => setTimeout(end, 100)],
  ])('waits for a person where %s', async (_, then) => {
    await using host = await scriptedHost((context, { client }) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      round(context, [question('Code')], () => {});
      then(() => client.end());
    });
    const withdrawn: unknown[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      challenge: (_question, signal) =>
        new Promise(() => signal.addEventListener('abort', () => withdrawn.push(signal.aborted))),
    };
    await expect(logIn({ hop: host.hop(), prompts, clock: impatient })).rejects.toMatchObject({
      code: 'AUTH_UNANSWERED',
      message: `Nobody answered while 127.0.0.1:${host.hop().port} waited.`,
    });
    expect(withdrawn).toEqual([true]);
  });

  it('is withdrawn when the connecting is cancelled, and the connection closed', async () => {
    const closed = Promise.withResolvers<void>();
    await using host = await scriptedHost((context, { client }) => {
      client.once('close', () => closed.resolve());
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      round(context, [question('Code')], () => {});
    });
    const stop = new AbortController();
    const withdrawn: unknown[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      challenge: (_question, signal) => {
        signal.addEventListener('abort', () => withdrawn.push(signal.reason));
        stop.abort(new AppError('CANCELLED', 'Enough.'));
        return new Promise(() => {});
      },
    };
    await expect(logIn({ hop: host.hop(), prompts, signal: stop.signal })).rejects.toMatchObject({
      message: 'Enough.',
    });
    await closed.promise;
    expect(withdrawn).toMatchObject([{ message: 'Enough.' }]);
  });

  it.each([
    ['a hundred questions at once', 100, 1, 'asks 100 questions at once.'],
    ['questions without end', 1, 1_000, 'does not come to an end with its questions.'],
    ['rounds without a question, without end', 0, 1_000, 'does not come to an end with its questions.'],
  ])('ends at %s', async (_, width, times, text) => {
    let rounds = 0;
    await using host = await scriptedHost((context) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      const ask = () => {
        rounds += 1;
        const prompts = Array.from({ length: width }, () => question('\u001b[2JCode'));
        if (rounds <= times) round(context, prompts, ask);
      };
      ask();
    });
    const prompts: SshPrompts = { ...nobody, challenge: async (asked) => asked.prompts.map(() => 'x') };
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${host.hop().port} ${text}`,
    });
    expect(rounds).toBeLessThanOrEqual(limits.ssh.challengeRounds + 1);
  });

  it('counts an answer as wrong where the connection ends without a word on it', async () => {
    await using host = await scriptedHost((context, { client }) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      round(context, [question('Password: ')], () => client.end());
    });
    const { asked, prompts } = person({ passwords: ['right?'] });
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('the connection ended without a word'),
    });
    expect([asked, host.connections()]).toEqual([['password', 'wrong password'], 1]);
  });

  it('is left alone where ssh_config says so', async () => {
    await using host = await asking([['Code']], '1', ['keyboard-interactive']);
    const { asked, prompts } = person({ challenges: [['1']] });
    const methods = { publicKey: true, keyboardInteractive: false, password: true };
    await expect(logIn({ hop: host.hop({ methods }), prompts })).rejects.toMatchObject({
      code: 'AUTH_NO_CREDENTIALS',
      message: expect.stringContaining('lets me in only by keyboard-interactive.'),
    });
    expect([asked, host.heard]).toEqual([[], ['1 none']]);
  });
});
