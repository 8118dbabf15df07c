import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { dockerClient } from './dockerd.ts';
import { startDeadEngine, startEngineOfVersion, startSilentEngine } from './failing-engines.ts';
import { forward, ssh } from './openssh.ts';
import { startPolicyProxy } from './policy-proxy.ts';
import { run } from './run.ts';
import { writeSecurityKey } from './security-key.ts';
import { startAgent } from './ssh-agent.ts';
import { writeCertificate, writeClientKey } from './ssh-keys.ts';
import { startSshd } from './sshd.ts';
import { describeLab, describeSshd } from './vitest.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describeSshd('set-ups of sshd', () => {
  it('a forced command takes the place of every command', async () => {
    await using sshd = await startSshd({ extraConfig: ['ForceCommand echo forced'] });
    expect(await ssh(sshd, 'echo asked')).toBe('forced\n');
  });

  it.each([
    ['AllowStreamLocalForwarding no', true, false],
    // As measured, and not as its name says.
    ['AllowTcpForwarding no', false, false],
    ['DisableForwarding yes', false, false],
  ] as const)('%s: TCP %s, sockets %s', async (line, tcp, sockets) => {
    await using engine = await startEngineOfVersion({ min: '1.24', max: '1.41' });
    await using proxy = await startPolicyProxy(engine.socketPath, { version: true });
    await using sshd = await startSshd({ extraConfig: [line] });
    const reached = async (to: string) => {
      await using way = await forward(sshd, to);
      return await way.api.get('/version').then(
        () => true,
        () => false,
      );
    };
    expect([await reached(`${proxy.host}:${proxy.port}`), await reached(engine.socketPath)]).toEqual([tcp, sockets]);
  });

  it('a restricted key may run commands, and forward nothing', async () => {
    await using engine = await startEngineOfVersion({ min: '1.24', max: '1.41' });
    await using sshd = await startSshd();
    const key = await writeClientKey(await temporaryFolder());
    await sshd.authorize(key.publicKey, 'restrict');
    expect(await ssh(sshd, 'echo in', { key: key.file })).toBe('in\n');
    await using way = await forward(sshd, engine.socketPath, { key: key.file });
    await expect(way.api.get('/version')).rejects.toThrow();
    await using whole = await forward(sshd, engine.socketPath);
    expect(await whole.api.get('/version')).toMatchObject({ ApiVersion: '1.41' });
  });

  it('sessions are counted, and forwarded sockets are not', async () => {
    await using engine = await startEngineOfVersion({ min: '1.24', max: '1.41' });
    await using sshd = await startSshd({ extraConfig: ['MaxSessions 0'] });
    await expect(ssh(sshd, 'true')).rejects.toThrow('ended with 255');
    await using way = await forward(sshd, engine.socketPath);
    expect(await way.api.get('/version')).toMatchObject({ ApiVersion: '1.41' });
  });

  it('weak algorithms: who does not ask for them is not let in', async () => {
    const lines = ['KexAlgorithms diffie-hellman-group14-sha1', 'Ciphers aes128-cbc', 'MACs hmac-sha1'];
    const extraConfig = [...lines, 'HostKeyAlgorithms ssh-rsa'];
    await using sshd = await startSshd({ hostKeyTypes: ['rsa'], extraConfig });
    await expect(ssh(sshd, 'true')).rejects.toThrow('Unable to negotiate');
    const options = [...lines.map((line) => line.replace(' ', '=+')), 'HostKeyAlgorithms=+ssh-rsa'];
    expect(await ssh(sshd, 'echo in', { options })).toBe('in\n');
  });

  it('two hops: the second one is reached through the first', async () => {
    await using inner = await startSshd();
    await using outer = await startSshd({ extraConfig: [`PermitOpen 127.0.0.1:${inner.port}`] });
    const known = `-o UserKnownHostsFile=${outer.knownHostsFile} -o StrictHostKeyChecking=yes`;
    const jump = `ssh -F none -o BatchMode=yes ${known} -i ${outer.clientKeyFile} -p ${outer.port} -W %h:%p ${outer.host}`;
    expect(await ssh(inner, 'echo in', { options: [`ProxyCommand=${jump}`] })).toBe('in\n');
    await outer.waitForLog(/Connection closed|Received disconnect|Disconnected/);
    expect(outer.log()).toContain(`direct-tcpip`);
  });

  it('an agent with a key of a device that is not there lists it, and nobody is let in by it', async () => {
    const key = await writeSecurityKey(await temporaryFolder());
    await using agent = await startAgent({ keys: [key.file] });
    const env = { SSH_AUTH_SOCK: agent.socketPath };
    expect(await run('ssh-add', ['-l'], { env })).toBe(`256 ${key.fingerprint} binnacle-lab (ED25519-SK)\n`);
    await using sshd = await startSshd();
    await sshd.authorize(key.publicKey);
    const login = ssh(sshd, 'true', { key: null, options: ['IdentityFile=none'], env });
    await expect(login).rejects.toThrow('Permission denied');
    await sshd.waitForLog(/Postponed publickey|userauth_pubkey: publickey test pkalg sk-ssh-ed25519/);
  });

  it('an agent: empty, with a key, with a certificate alone', async () => {
    const folder = await temporaryFolder();
    const ca = await writeClientKey(folder, { name: 'ca' });
    const key = await writeClientKey(folder, { name: 'key' });
    await using sshd = await startSshd();
    await sshd.authorize(key.publicKey);
    await using agent = await startAgent();
    const login = () =>
      ssh(sshd, 'echo in', { key: null, options: ['IdentityFile=none'], env: { SSH_AUTH_SOCK: agent.socketPath } });
    await expect(login()).rejects.toThrow('Permission denied');
    await agent.add(key.file);
    expect(await login()).toBe('in\n');
    await writeCertificate(ca.file, key.file, sshd.user);
    await agent.add(key.file);
    await agent.keepCertificateOnly(key.file);
    await expect(login()).rejects.toThrow('Permission denied');
    await sshd.authorize(ca.publicKey, 'cert-authority');
    expect(await login()).toBe('in\n');
    await sshd.waitForLog(/Accepted publickey for .* ED25519-CERT/);
  });
});

describeSshd('engines that fail', () => {
  it('a stopped one refuses, and its socket is there', async () => {
    await using engine = await startDeadEngine();
    await using sshd = await startSshd();
    expect(await ssh(sshd, `test -S ${engine.socketPath} && echo there`)).toBe('there\n');
    await using way = await forward(sshd, engine.socketPath);
    await expect(way.api.get('/_ping')).rejects.toThrow(/hang up|ECONNRESET/);
  });

  it('a hung one takes connections, and answers nothing', async () => {
    await using engine = await startSilentEngine();
    await using sshd = await startSshd();
    await using way = await forward(sshd, engine.socketPath);
    const answer = way.api.get('/_ping').then(
      () => 'an answer',
      () => 'an end',
    );
    await expect.poll(() => engine.connections).toBe(1);
    const long = new Promise((resolve) => setTimeout(() => resolve('nothing'), 500));
    expect(await Promise.race([answer, long])).toBe('nothing');
  });

  it('an old one says how old it is, and refuses what is newer', async () => {
    await using engine = await startEngineOfVersion({ min: '1.12', max: '1.24' });
    await using sshd = await startSshd();
    await using way = await forward(sshd, engine.socketPath);
    expect(await way.api.get('/version')).toMatchObject({ ApiVersion: '1.24', MinAPIVersion: '1.12' });
    await expect(way.api.get('/v1.41/version')).rejects.toThrow('400: {"message":"client version 1.41 is too new');
    await expect(way.api.get('/v1.11/version')).rejects.toThrow('client version 1.11 is too old');
  });
});

describeLab(
  'a policy proxy before the lab’s engine',
  (lab) => {
    it('lets through what its policy names, by socket and by port, and answers 403 to the rest', async () => {
      const policy = { ping: true, version: true, containers: true, events: true } as const;
      await using proxy = await startPolicyProxy(lab.socketPath, policy);
      const statuses = async (method: string, paths: readonly string[]) =>
        Promise.all(
          paths.map(async (path) => (await fetch(`http://${proxy.host}:${proxy.port}${path}`, { method })).status),
        );
      const known = '/containers/shop-postgres-1';
      const denied = ['/info', '/networks', `${known}/json`, `${known}/stats`, `${known}/logs?stdout=1`, '/plugins'];
      expect(await statuses('GET', ['/_ping', '/v1.41/version', '/containers/json'])).toEqual([200, 200, 200]);
      expect(await statuses('GET', [...denied, '/containers/json/../../info'])).toEqual([...denied, 1].map(() => 403));
      expect(await statuses('POST', [`${known}/restart`, '/containers/create'])).toEqual([403, 403]);
      const ids = (socketPath: string) => dockerClient(lab.folder, socketPath, ['ps', '--quiet']);
      expect(await ids(proxy.socketPath)).toBe(await ids(lab.socketPath));
      expect(proxy.log()).toContain('"GET /plugins HTTP/1.1"');
    });

    it('lets changes through where its policy does', async () => {
      const id = await lab.runContainer({ name: 'behind-a-policy' });
      onTestFinished(() => lab.removeContainer(id));
      await using proxy = await startPolicyProxy(lab.socketPath, { changes: true, inspect: true, post: true });
      const at = `http://${proxy.host}:${proxy.port}/containers/behind-a-policy`;
      const restarted = await fetch(`${at}/restart`, { method: 'POST' });
      const seen = (await (await fetch(`${at}/json`)).json()) as { State: { Running: boolean } };
      expect([restarted.status, seen.State.Running]).toEqual([204, true]);
      expect((await fetch(at, { method: 'DELETE' })).status).toBe(403);
    });
  },
  ['haproxy'],
);
