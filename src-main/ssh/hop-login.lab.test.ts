import { expect, it } from 'vitest';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { AppError } from '../kernel/errors.ts';
import { hopOf } from './hop.fixture.ts';
import type { Hop } from './hop.ts';
import { logIn, person } from './hop-login.fixture.ts';

describeSshd('logging in with what a person knows', () => {
  const users = [{ name: 'alice', password: 'let me in' }];
  const at = (sshd: Sshd, changes: Partial<Hop> = {}) => hopOf({ user: 'alice', port: sshd.port, ...changes });
  const connections = (sshd: Sshd) => sshd.log().match(/Connection from/g)?.length;
  const failure = (login: ReturnType<typeof logIn>) =>
    login.then(
      () => 'logged in',
      (error: unknown) => {
        if (error instanceof AppError) return { code: error.code, message: error.message };
        throw error;
      },
    );

  it('answers PAM: the password as such, and a one-time code', async () => {
    await using sshd = await startSshd({ users, pam: ['password', 'code'] });
    const code = sshd.nextCode('alice');
    const first = person({ passwords: ['let me in'], challenges: [[code]] });
    await using connection = await logIn({ hop: at(sshd), prompts: first.prompts });
    expect([first.asked, connections(sshd), connection.report()[0]?.login]).toEqual([
      ['password', expect.stringMatching(/One-time password/)],
      1,
      { method: 'keyboard-interactive', label: 'password and one-time code', fingerprint: null },
    ]);

    const again = person({ passwords: ['let me in', 'never'], challenges: [[code], ['never']] });
    expect(await failure(logIn({ hop: at(sshd), prompts: again.prompts }))).toEqual({
      code: 'AUTH_FAILED',
      message: `127.0.0.1:${sshd.port} did not take the answers given for alice.`,
    });
    expect([again.asked.at(-1), connections(sshd)]).toEqual(['wrong password', 2]);
    await sshd.waitForLog(/Failed keyboard-interactive\/pam/);
    expect(sshd.log().match(/Failed keyboard-interactive\/pam/g)).toHaveLength(1);
  });

  it('answers PAM after a key that was taken', async () => {
    const extraConfig = ['AuthenticationMethods publickey,keyboard-interactive'];
    await using sshd = await startSshd({ users, pam: ['code'], extraConfig });
    const { asked, prompts } = person({ challenges: [[sshd.nextCode('alice')]] });
    const identityFiles = [sshd.clientKeyFile];
    await using connection = await logIn({ hop: at(sshd, { identityFiles }), prompts });
    expect([asked.length, connections(sshd), connection.report()[0]?.login.label]).toEqual([
      1,
      1,
      `${sshd.clientKeyFile}, one-time code`,
    ]);
    const nobody = person({});
    expect(await failure(logIn({ hop: at(sshd, { identityFiles }), prompts: nobody.prompts }))).toMatchObject({
      code: 'AUTH_UNANSWERED',
      message: expect.stringContaining('and wants a further proof (keyboard-interactive), which nobody gave.'),
    });
  });

  it('gives a password in a connection of its own, and once', async () => {
    await using sshd = await startSshd({ users, extraConfig: ['PasswordAuthentication yes'] });
    const right = person({ passwords: ['let me in'] });
    await using connection = await logIn({ hop: at(sshd), prompts: right.prompts });
    expect([right.asked, connections(sshd), connection.report()[0]?.login.method]).toEqual([
      ['password'],
      2,
      'password',
    ]);
    const wrong = person({ passwords: ['let me out', 'never'] });
    expect(await failure(logIn({ hop: at(sshd), prompts: wrong.prompts }))).toMatchObject({ code: 'AUTH_FAILED' });
    expect([wrong.asked, connections(sshd)]).toEqual([['password', 'wrong password'], 4]);
    await sshd.waitForLog(/Failed password for alice/);
    expect(sshd.log().match(/Failed password for alice/g)).toHaveLength(1);
  });

  it('waits for a person where the host waits no longer', async () => {
    await using sshd = await startSshd({ users, pam: ['code'], extraConfig: ['LoginGraceTime 2'] });
    const { prompts } = person({});
    const silent = { ...prompts, challenge: () => new Promise<null>(() => {}) };
    expect(await failure(logIn({ hop: at(sshd), prompts: silent }))).toEqual({
      code: 'AUTH_UNANSWERED',
      message: `Nobody answered while 127.0.0.1:${sshd.port} waited.`,
    });
  });
}, ['accounts']);
