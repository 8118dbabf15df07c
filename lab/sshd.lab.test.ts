import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isAlive } from './processes.ts';
import { run } from './run.ts';
import { writeClientKey } from './ssh-keys.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { describeSshd } from './vitest.ts';

const ssh = (sshd: Sshd, command: string, key = sshd.clientKeyFile) => {
  const known = ['-F', 'none', '-o', `UserKnownHostsFile=${sshd.knownHostsFile}`, '-o', 'BatchMode=yes'];
  const login = ['-o', 'IdentitiesOnly=yes', '-i', key, '-p', String(sshd.port), `${sshd.user}@${sshd.host}`];
  return run('ssh', [...known, ...login, command]);
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describeSshd('sshd', () => {
  it('lets its own key log in, known by its host key, and says so in its log', async () => {
    await using sshd = await startSshd();
    expect(sshd.log()).not.toMatch(/userauth|Accepted/);
    expect(await ssh(sshd, 'echo "$((6 * 7))"')).toBe('42\n');
    await sshd.waitForLog(/Accepted publickey for .* ssh2: ED25519 SHA256:/);
  });

  it('refuses another key, until it is authorized, with what its options allow', async () => {
    await using sshd = await startSshd();
    const { file, publicKey } = await writeClientKey(await temporaryFolder(), { type: 'ecdsa' });
    await expect(ssh(sshd, 'true', file)).rejects.toThrow('Permission denied');
    await sshd.waitForLog(/Failed publickey|Connection (closed|reset) by authenticating user/);
    await sshd.authorize(publicKey, 'command="echo forced"');
    expect(await ssh(sshd, 'echo asked', file)).toBe('forced\n');
  });

  it('puts what a test wants to be otherwise before its own settings, and Match blocks last', async () => {
    const extraConfig = ['PubkeyAuthentication no', 'Match User nobody', 'PubkeyAuthentication yes'];
    await using sshd = await startSshd({ extraConfig });
    await expect(ssh(sshd, 'true')).rejects.toThrow('Permission denied');
  });

  it('comes back on the same port with the same host keys, or with others', async () => {
    const hostKeyDir = await temporaryFolder();
    await using first = await startSshd({ hostKeyDir, hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] });
    await first.stop();
    await using again = await startSshd({ hostKeyDir, port: first.port, hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] });
    expect(again.knownHostsLines()).toEqual(first.knownHostsLines());
    expect(again.hostKeys.map(({ type }) => type)).toEqual(['ed25519', 'ecdsa', 'rsa']);
    await again.stop();
    await using other = await startSshd({ port: first.port });
    expect(other.knownHostsLines()).not.toEqual(first.knownHostsLines().slice(0, 1));
  });

  it('stops with its connections, and leaves no folder', async () => {
    await using sshd = await startSshd();
    const session = ssh(sshd, 'sleep 60').catch((error: unknown) => String(error));
    await sshd.waitForLog(/Starting session: command/);
    const pids = [sshd.pid, ...sshd.sessionPids()];
    expect(pids.length).toBeGreaterThan(1);
    await sshd.stop();
    expect(await session).toContain('ended with 255');
    expect([pids.filter(isAlive), existsSync(sshd.folder)]).toEqual([[], false]);
  });

  it('says why it did not start', async () => {
    await expect(startSshd({ extraConfig: ['Nonsense yes'] })).rejects.toThrow('Bad configuration option: Nonsense');
  });
});
