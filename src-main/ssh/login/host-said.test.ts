import type { AuthContext } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { limits } from '../../kernel/limits.ts';
import { nobody } from '../connection.fixture.ts';
import type { ConnectEvent, SshPrompts } from '../connection-types.ts';
import { question, refuse, round, scriptedHost } from '../scripted-host.fixture.ts';
import { logIn, person } from './hop-login.fixture.ts';

describe('what a host says without asking', () => {
  const titled = { title: 'Notice \u001b[2J', instructions: 'Your account expires in 3 days.\r\n\r\nAsk Ana.' };
  const lines = ['Notice ␛[2J', 'Your account expires in 3 days.', 'Ask Ana.'];
  /** Says that, asks for the password, for a code, and then does `last`. */
  const saying = (last: (context: AuthContext) => void) =>
    scriptedHost((context) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      const code = () => round(context, [question('Code: ')], () => last(context), { instructions: 'Your token.' });
      round(context, [], () => round(context, [question('Password: ')], code, { title: 'Second' }), titled);
    });

  it('is told with its next question, after which it is not told again, and with what the login was', async () => {
    await using host = await saying((context) =>
      round(context, [question('Again: ')], () => context.accept(), { instructions: 'Once more.' }),
    );
    const told: string[] = [];
    const seen: string[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      password: async () => 'secret',
      challenge: async ({ title, instructions }) => {
        told.push(`${title}|${instructions}`);
        return ['1'];
      },
    };
    const onEvent = (event: ConnectEvent) => void (event.kind === 'passed' && seen.push(event.seen));
    await using _connection = await logIn({ hop: host.hop(), prompts, onEvent });
    expect([told, seen.at(-1)]).toEqual([
      [`|${[...lines, 'Second', 'Your token.'].join('\n')}`, '|Once more.'],
      `password and one-time code; it said “${[...lines, 'Second'].join(' ')}”`,
    ]);
  });

  it('is among what was seen where the login fails', async () => {
    await using host = await saying((context) => refuse(context, ['keyboard-interactive']));
    const { prompts } = person({ passwords: ['secret'], challenges: [['1']] });
    await expect(logIn({ hop: host.hop(), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      details: { methods: ['keyboard-interactive'], seen: [...lines, 'Second'] },
    });
  });

  it('is bounded', async () => {
    const many = (round: string) => Array.from({ length: 10 }, (_, line) => `${round}${line} ${'x'.repeat(1_000)}`);
    await using host = await scriptedHost((context) => {
      if (context.method !== 'keyboard-interactive') return refuse(context, ['keyboard-interactive']);
      const next = () => round(context, [], () => refuse(context, []), { instructions: many('b').join('\n') });
      round(context, [], next, { instructions: many('a').join('\n') });
    });
    const shown = many('b').map((line) => `${line.slice(0, limits.text.reasonChars - 1)}…`);
    await expect(logIn({ hop: host.hop() })).rejects.toMatchObject({
      details: { seen: shown.slice(0, limits.ssh.heardLines) },
    });
  });
});
