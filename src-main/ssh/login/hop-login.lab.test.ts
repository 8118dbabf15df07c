import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../../../lab/sshd.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import { AppError } from '../../kernel/errors.ts';
import { explainForwardFailure } from '../diagnosis/diagnosis.ts';
import { hopOf } from '../hop.fixture.ts';
import type { Hop } from '../hop.ts';
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

  it('names the code and the clock that makes it where PAM took neither it nor the password', async () => {
    await using sshd = await startSshd({ users, pam: ['password', 'code'] });
    const { prompts } = person({ passwords: ['let me in'], challenges: [['000000']] });
    await expect(logIn({ hop: at(sshd), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      hint: expect.stringMatching(/^Check the user name, the password and the code, and the clock of the device/),
    });
  });

  it('changes no expired password: it is forgotten, and PAM hears nothing more', async () => {
    const expired = [{ name: 'alice', password: 'let me in', hasExpired: true }];
    await using sshd = await startSshd({ users: expired, pam: ['password'] });
    const { asked, prompts } = person({ passwords: ['let me in'], challenges: [['let me in'], ['never']] });
    await expect(logIn({ hop: at(sshd), prompts })).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: `The password of alice at 127.0.0.1:${sshd.port} has expired, and must be changed first.`,
      details: {
        seen: expect.arrayContaining([expect.stringMatching(/to change your password/i), 'Current password:']),
      },
      hint: expect.stringMatching(/^Log in with ssh in a terminal and change it there/),
    });
    expect([asked, connections(sshd)]).toEqual([['password', 'wrong password'], 1]);
  });

  it.each(['password', 'key'])('says of a login by %s that is good for nothing but a new password why', async (by) => {
    const expired = [{ name: 'alice', password: 'let me in', hasExpired: true }];
    await using sshd = await startSshd({
      users: expired,
      pam: ['password'],
      extraConfig: ['PasswordAuthentication yes'],
    });
    const identityFiles = by === 'key' ? [sshd.clientKeyFile] : [];
    const { prompts } = person({ passwords: ['let me in'] });
    const methods = { publicKey: true, keyboardInteractive: false, password: true };
    await using connection = await logIn({ hop: at(sshd, { identityFiles, methods }), prompts });
    const { signal } = new AbortController();
    const refusal = await connection.openUnixSocket('/run/docker.sock', signal).then(
      () => undefined,
      (error: unknown) => error as AppError,
    );
    expect(await explainForwardFailure(connection, '/run/docker.sock', signal, refusal)).toMatchObject({
      code: 'AUTH_FAILED',
      message: `The password of alice at 127.0.0.1:${sshd.port} has expired, and must be changed first.`,
      details: { seen: [expect.stringContaining('Password change required but no TTY available')] },
    });
  });

  describe('by a key that is right, where PAM closes the account', () => {
    const methods = { publicKey: true, keyboardInteractive: false, password: true };
    /** What a login ends by, and how many connections sshd has seen of it. */
    const outcome = async (account: string, nologin: string) => {
      const folder = await mkdtemp(join(tmpdir(), 'binnacle-account-'));
      try {
        const files = { '/etc/pam.d/sshd': join(folder, 'sshd'), '/run/nologin': join(folder, 'nologin') };
        const service = ['auth required pam_unix.so', `account required ${account}`, 'session required pam_permit.so'];
        await writeFile(files['/etc/pam.d/sshd'], `${service.join('\n')}\n`, { mode: 0o644 });
        await writeFile(files['/run/nologin'], `${nologin}\n`, { mode: 0o644 });
        const banner = join(folder, 'banner');
        await writeFile(banner, 'Authorised use only\n');
        const extraConfig = ['UsePAM yes', `Banner ${banner}`];
        await using sshd = await startSshd({ users, files, extraConfig });
        const { asked, prompts } = person({ passwords: ['let me in'] });
        const login = logIn({ hop: at(sshd, { identityFiles: [sshd.clientKeyFile], methods }), prompts });
        const error: unknown = await login.then(() => 'logged in').catch((why: unknown) => why);
        if (!(error instanceof AppError)) throw new Error(`It ended otherwise: ${error}`, { cause: error });
        await sshd.waitForLog(/Access denied for user alice by PAM account configuration/);
        const where = (text: string) => text.replace(sshd.clientKeyFile, 'KEY').replace(`${sshd.port}`, 'PORT');
        const told = { code: error.code, message: where(error.message), seen: error.details.seen };
        return { ...told, asked, connections: connections(sshd) };
      } finally {
        await rm(folder, { recursive: true });
      }
    };
    const message = '127.0.0.1:PORT knows KEY, and closed the connection instead of letting alice in with it.';

    it('is refused at once where PAM says anything, and PAM is heard', async () => {
      expect(await outcome('pam_nologin.so', 'Closed until \u001b[1mMonday')).toEqual({
        ...{ code: 'AUTH_FAILED', message, asked: [], connections: 1 },
        seen: ['closed the connection', 'Authorised use only', 'Closed until ␛[1mMonday'],
      });
    });

    it('is refused where it says nothing, once that has shown twice', async () => {
      expect(await outcome('pam_deny.so', 'never read')).toEqual({
        ...{ code: 'AUTH_FAILED', message, asked: [], connections: 2 },
        seen: ['closed the connection', 'Authorised use only'],
      });
    });

    it('waits while the machine starts', async () => {
      const words = 'System is booting up. Unprivileged users are not permitted to log in yet.';
      expect(await outcome('pam_nologin.so', words)).toEqual({
        code: 'HANDSHAKE_FAILED',
        message: '127.0.0.1:PORT lets nobody log in while it starts or shuts down.',
        ...{ asked: [], connections: 1, seen: [words] },
      });
    });
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
