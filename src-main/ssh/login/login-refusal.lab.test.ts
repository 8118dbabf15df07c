import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../lab/run.ts';
import { startAgent } from '../../../lab/ssh-agent.ts';
import { writeCertificate, writeClientKey } from '../../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../../lab/sshd.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import { AppError } from '../../kernel/errors.ts';
import { hopOf } from '../hop.fixture.ts';
import type { Hop } from '../hop.ts';
import { logIn } from './hop-login.fixture.ts';

describeSshd('why a real sshd let nobody in', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'binnacle-refusal-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What an operator is told. */
  const told = async (sshd: Sshd, changes: Partial<Hop>) => {
    const { user, port } = sshd;
    const error: unknown = await logIn({ hop: hopOf({ user, port, ...changes }) }).then(
      () => 'logged in',
      (why: unknown) => why,
    );
    if (!(error instanceof AppError)) throw new Error(`It ended otherwise: ${error}`, { cause: error });
    return { code: error.code, message: error.message.replace(`${port}`, 'PORT'), hint: error.hint };
  };
  const newKey = (name: string) => writeClientKey(folder, { name });

  it.each([
    ['AllowUsers', ['AllowUsers somebody-else'], null],
    ['from=', [], 'from="10.9.9.9"'],
    ['expiry-time=', [], 'expiry-time="20200101"'],
  ])('says where to look on the host: %s', async (name, extraConfig, options) => {
    await using sshd = await startSshd({ extraConfig });
    const key = options === null ? { file: sshd.clientKeyFile } : await newKey(`barred-${name}`);
    if (options !== null && 'publicKey' in key) await sshd.authorize(key.publicKey, options);
    const { hint } = await told(sshd, { identityFiles: [key.file] });
    expect(hint).toContain(name);
    expect(hint).toContain("sshd's log says why");
  });

  it.each([1, 2])('says that the right key has not had its turn (MaxAuthTries %s)', async (most) => {
    await using sshd = await startSshd({ extraConfig: [`MaxAuthTries ${most}`] });
    const wrong = [];
    for (let number = 0; number < most; number += 1) wrong.push((await newKey(`wrong-${most}-${number}`)).file);
    expect(await told(sshd, { identityFiles: [...wrong, sshd.clientKeyFile] })).toEqual({
      code: 'AUTH_FAILED',
      message: expect.stringMatching(/offered\. 1 more was not tried\./),
      hint: 'The host gives up after a few keys: name the right one with --identity.',
    });
  });

  it('names the certificate beside a key that the host knows by its authority alone', async () => {
    await using sshd = await startSshd();
    const [authority, key] = [await newKey('authority'), await newKey('certified')];
    await sshd.authorize(authority.publicKey, 'cert-authority');
    await writeCertificate(authority.file, key.file, sshd.user);
    expect(await told(sshd, { identityFiles: [key.file] })).toEqual({
      code: 'AUTH_FAILED',
      message: expect.stringContaining(`Binnacle cannot use certificates yet (${key.file}-cert.pub).`),
      hint: expect.stringMatching(/^The host may know the certificate alone: put the key itself into/),
    });
  });

  it('says that an agent which holds nothing may be locked', async () => {
    await using sshd = await startSshd();
    await using agent = await startAgent({ keys: [sshd.clientKeyFile] });
    const window = join(folder, 'window');
    await writeFile(window, '#!/bin/sh\necho secret\n', { mode: 0o700 });
    const env = { SSH_AUTH_SOCK: agent.socketPath, SSH_ASKPASS: window, SSH_ASKPASS_REQUIRE: 'force' };
    await run('ssh-add', ['-q', '-x'], { env });
    const locked = { agentSocket: agent.socketPath };
    expect(await told(sshd, locked)).toEqual({
      code: 'AUTH_NO_CREDENTIALS',
      message: 'There is no key to log in with: ssh-agent holds none, or is locked, and there is no key file.',
      hint: expect.stringContaining('"ssh-add -X" unlocks it'),
    });
    const other = await newKey('other');
    expect((await told(sshd, { ...locked, identityFiles: [other.file] })).message).toMatch(
      /with the key offered\. ssh-agent holds none, or is locked\.$/,
    );
  });

  it('names a key file of ssh_config that is missing, or open to others', async () => {
    await using sshd = await startSshd();
    const open = await newKey('open');
    await chmod(open.file, 0o644);
    const missing = join(folder, 'missing');
    expect(await told(sshd, { identityFiles: [missing, open.file], namedFiles: 0 })).toEqual({
      code: 'AUTH_NO_CREDENTIALS',
      message:
        'There is no key to log in with: there is no ssh-agent, and no key file that can be used.' +
        ` The key file ${missing} does not exist. The key file ${open.file} can be read by others.`,
      hint: 'Check the path, and that you may read the file.',
    });
  });
});
