import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { dockerGroupId } from './dockerd.ts';
import { startSocketRelay } from './failing-engines.ts';
import { forward, ssh, sshAnswering } from './openssh.ts';
import { startSshd } from './sshd.ts';
import { describeLab, describeSshd } from './vitest.ts';

const byPerson = ['PreferredAuthentications=keyboard-interactive,password'];

describeSshd('an sshd with accounts of its own', () => {
  it('asks for a password and a one-time code, each good once', async () => {
    const users = [{ name: 'alice', password: 'let me in' }];
    await using sshd = await startSshd({ users, pam: ['password', 'code'] });
    const login = (...answers: string[]) =>
      sshAnswering(sshd, 'id --user --name', answers, { key: null, options: byPerson });
    const code = sshd.nextCode('alice');
    expect(await login('let me in', code)).toEqual({
      output: 'alice\n',
      asked: [
        expect.stringMatching(/^\(alice@127\.0\.0\.1\) Password: *$/),
        expect.stringMatching(/One-time password/),
      ],
    });
    await expect(login('let me in', code)).rejects.toThrow('Permission denied');
    await expect(login('let me out', sshd.nextCode('alice'))).rejects.toThrow('Permission denied');
    expect((await login('let me in', sshd.nextCode('alice'))).output).toBe('alice\n');
  });

  it('asks for a key, and then for a code', async () => {
    const extraConfig = ['AuthenticationMethods publickey,keyboard-interactive'];
    await using sshd = await startSshd({ users: [{ name: 'alice' }], pam: ['code'], extraConfig });
    await expect(ssh(sshd, 'true')).rejects.toThrow('Permission denied (keyboard-interactive)');
    const { output, asked } = await sshAnswering(sshd, 'echo in', [sshd.nextCode('alice')]);
    expect([output, asked.length]).toEqual(['in\n', 1]);
    await expect(sshAnswering(sshd, 'true', [sshd.nextCode('alice')], { key: null })).rejects.toThrow(
      'Permission denied (publickey)',
    );
  });

  it('takes a password without PAM, of who has one', async () => {
    const users = [{ name: 'alice', password: "it's 100% \\right" }, { name: 'bob' }];
    await using sshd = await startSshd({ users, extraConfig: ['PasswordAuthentication yes'] });
    const options = { key: null, options: byPerson };
    expect((await sshAnswering(sshd, 'echo in', ["it's 100% \\right"], options)).output).toBe('in\n');
    for (const user of ['alice', 'bob']) {
      await expect(sshAnswering(sshd, 'true', ['*'], { ...options, user })).rejects.toThrow('Permission denied');
    }
  });

  it('lets a user without a shell log in, and run nothing', async () => {
    await using sshd = await startSshd({ users: [{ name: 'tunnel', shell: '/usr/sbin/nologin' }] });
    await expect(ssh(sshd, 'true')).rejects.toThrow('This account is currently not available.');
  });

  it('is alone with them: nothing of it is seen outside', async () => {
    const before = await Promise.all(
      ['/etc/passwd', '/etc/group', '/proc/mounts'].map((file) => readFile(file, 'utf8')),
    );
    await using sshd = await startSshd({ users: [{ name: 'alice' }], sudoers: ['alice ALL=(root) NOPASSWD: ALL'] });
    expect(await ssh(sshd, 'sudo -n id --user; stat --format=%a:%u:%F /run/user/$(id --user)')).toBe(
      `0\n700:${sshd.uid('alice')}:directory\n`,
    );
    const during = await Promise.all(
      ['/etc/passwd', '/etc/group', '/proc/mounts'].map((file) => readFile(file, 'utf8')),
    );
    expect(during).toEqual(before);
  });
}, ['accounts']);

describeLab(
  'accounts before the lab’s engine',
  (lab) => {
    const place = { '/run/docker.sock': lab.socketPath };
    const users = [{ name: 'member', docker: true }, { name: 'other' }];

    it('lets in who is in its group, and nobody else', async () => {
      await using sshd = await startSshd({ users, files: place });
      await using member = await forward(sshd, '/var/run/docker.sock');
      expect(await member.api.get('/version')).toEqual(await lab.api.get('/version'));
      await using other = await forward(sshd, '/var/run/docker.sock', { user: 'other' });
      await expect(other.api.get('/version')).rejects.toThrow();
      expect(await ssh(sshd, 'id -Gn; stat --format=%a:%g /run/docker.sock')).toBe(
        `member docker\n660:${dockerGroupId}\n`,
      );
      expect(
        await ssh(sshd, 'test -S /run/docker.sock && test ! -w /run/docker.sock && echo no', { user: 'other' }),
      ).toBe('no\n');
    });

    it('lets who may by sudo, without a password, and no more than that', async () => {
      const sudoers = ['other ALL=(root) NOPASSWD: /usr/bin/docker'];
      await using sshd = await startSshd({ users, sudoers, files: place, user: 'other' });
      const version = await lab.docker(['version', '--format', '{{.Server.Version}}']);
      expect(await ssh(sshd, `sudo -n docker version --format '{{.Server.Version}}'`)).toBe(version);
      await expect(ssh(sshd, 'sudo -n true')).rejects.toThrow('a password is required');
      await expect(ssh(sshd, 'sudo -n docker version', { user: 'member' })).rejects.toThrow('a password is required');
    });

    it('shows a rootless engine to its owner', async () => {
      // Ids are given in the order of the users, so where the socket goes is known before sshd is.
      await using relay = await startSocketRelay(lab.socketPath, { uid: 60_000, gid: 60_000 });
      await using sshd = await startSshd({ users, files: { '/run/user/60000/docker.sock': relay.socketPath } });
      await using engine = await forward(sshd, `/run/user/${sshd.uid('member')}/docker.sock`);
      expect(await engine.api.get('/version')).toEqual(await lab.api.get('/version'));
      await using other = await forward(sshd, '/run/user/60000/docker.sock', { user: 'other' });
      await expect(other.api.get('/version')).rejects.toThrow();
    });
  },
  ['accounts'],
);
