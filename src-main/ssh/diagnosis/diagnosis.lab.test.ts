import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeClientKey } from '../../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../../lab/sshd.ts';
import { describeSshd } from '../../../lab/vitest.ts';
import { AppError } from '../../kernel/errors.ts';
import { connectWith } from '../connection.fixture.ts';
import { type Echo, startEcho } from '../echo.fixture.ts';
import { hopOf, routeTo } from '../hop.fixture.ts';
import { explainForwardFailure } from './diagnosis.ts';

const signal = new AbortController().signal;

const RAW = 'failed to open the raw stream connection: dial unix /x: connect';

/** A set-up of sshd: lines of its config, options of the key, and which docker client is there. */
interface SetUp {
  readonly config?: readonly string[];
  /** `PORT`: sshd's own. */
  readonly key?: string;
  /** What `docker … version` prints on the host; null: it has no docker client. */
  readonly docker?: string | null;
  readonly user?: string;
}

describeSshd('what is said of a socket that a real sshd does not open', () => {
  let folder: Sshd;
  let live: Echo;
  let dead = '';
  let made = 0;
  beforeAll(async () => {
    folder = await startSshd();
    await chmod(folder.folder, 0o755);
    live = await startEcho(join(folder.folder, 'live.sock'));
    await chmod(live.path, 0o666);
    dead = join(folder.folder, 'dead.sock');
    await (await startEcho(dead)).leaveStale();
    await chmod(dead, 0o666);
  });
  afterAll(async () => {
    await live[Symbol.asyncDispose]();
    await folder.stop();
  });

  async function said({ config = [], key, docker = '27.1.0', user }: SetUp, path: string) {
    made += 1;
    const bin = join(folder.folder, `bin${made}`);
    await mkdir(bin);
    // As the client before 28: alone `dial-stdio` says in the kernel's words why it does not get through.
    const fails = `case "$*" in *dial-stdio*) echo '${RAW}: connection refused' >&2;; *) echo '${docker}' >&2;; esac; exit 1`;
    const says = docker?.startsWith('Cannot') ? fails : `echo '${docker}'`;
    if (docker !== null) await writeFile(join(bin, 'docker'), `#!/bin/sh\n${says}\n`, { mode: 0o755 });
    await using sshd = await startSshd({
      extraConfig: config,
      env: { PATH: docker === null ? '/none' : `${bin}:/usr/bin:/bin` },
      ...(user === undefined ? {} : { user }),
    });
    let { clientKeyFile } = sshd;
    if (key !== undefined) {
      const client = await writeClientKey(sshd.folder, { name: 'restricted' });
      await sshd.authorize(client.publicKey, key.replaceAll('PORT', `${sshd.port}`));
      clientKeyFile = client.file;
    }
    const hop = hopOf({ user: sshd.user, port: sshd.port, identityFiles: [clientKeyFile] });
    await using connection = await connectWith({ route: routeTo(hop) });
    const refusal = await connection.openUnixSocket(path, signal).then(
      (channel) => {
        channel.destroy();
        return 'opened';
      },
      (error: AppError) => error,
    );
    if (!(refusal instanceof AppError)) return refusal;
    const { code, message } = await explainForwardFailure(connection, path, signal, refusal);
    return `${code}: ${message.replaceAll(`127.0.0.1:${sshd.port}`, 'HOST').replaceAll(path, 'PATH').replaceAll(sshd.user, 'ME')}`;
  }

  const OFF = 'FORWARD_REFUSED: sshd on HOST forwards nothing for ME: neither sockets nor TCP.';
  const LISTED =
    'FORWARD_REFUSED: sshd on HOST forwards for ME only to listed places, and no socket can be on that list.';
  const SOCKETS = 'FORWARD_REFUSED: sshd on HOST does not forward to sockets for ME, though it does to TCP.';
  const KEY = 'KEY_RESTRICTED: The key that let us in to HOST may not forward: it is restricted in authorized_keys.';
  const FORCED =
    'COMMAND_FORCED: The key that let us in to HOST runs one command whatever is asked, so it cannot be seen why PATH was not opened.';

  it.each<[string, SetUp, string]>([
    ['nothing is in the way', {}, 'opened'],
    ['AllowStreamLocalForwarding no', { config: ['AllowStreamLocalForwarding no'] }, SOCKETS],
    ['AllowStreamLocalForwarding remote', { config: ['AllowStreamLocalForwarding remote'] }, SOCKETS],
    ['AllowTcpForwarding no', { config: ['AllowTcpForwarding no'] }, OFF],
    ['AllowTcpForwarding remote, and no docker client', { config: ['AllowTcpForwarding remote'], docker: null }, OFF],
    ['DisableForwarding yes', { config: ['DisableForwarding yes'] }, OFF],
    ['PermitOpen none', { config: ['PermitOpen none'] }, OFF],
    ['PermitOpen of one machine', { config: ['PermitOpen 127.0.0.1:*'] }, LISTED],
    ['PermitOpen of everything', { config: ['PermitOpen *:*'] }, 'opened'],
    ['permitopen= of the key', { key: 'permitopen="127.0.0.1:PORT"' }, LISTED],
    ['a restrict key', { key: 'restrict' }, KEY],
    ['a restrict key without a docker client', { key: 'restrict', docker: null }, KEY],
    ['a no-port-forwarding key', { key: 'no-port-forwarding' }, KEY],
    ['a restrict key with its own command', { key: 'restrict,command="echo no"' }, KEY],
    ['a restrict,port-forwarding key', { key: 'restrict,port-forwarding' }, 'opened'],
    ['a key with its own command alone', { key: 'command="echo no"' }, 'opened'],
    [
      'a key with its own command where sockets are not forwarded',
      { key: 'command="echo no"', config: ['AllowStreamLocalForwarding no'] },
      FORCED,
    ],
    [
      'ForceCommand where sockets are not forwarded',
      { config: ['ForceCommand echo hello', 'AllowStreamLocalForwarding no'] },
      'COMMAND_FORCED: HOST runs no command for ME, but answers each with “hello” and exit code 0, so it cannot be seen why PATH was not opened.',
    ],
    ['ForceCommand where nothing is forwarded', { config: ['ForceCommand echo hello', 'AllowTcpForwarding no'] }, OFF],
    ['MaxSessions 0 alone', { config: ['MaxSessions 0'] }, 'opened'],
    ['MaxSessions 1', { config: ['MaxSessions 1', 'AllowStreamLocalForwarding no'] }, SOCKETS],
    [
      'MaxSessions 0 where sockets are not forwarded',
      { config: ['MaxSessions 0', 'AllowStreamLocalForwarding no'] },
      'UNDETERMINED: HOST did not open PATH, and does not say why, and no command there could tell more.',
    ],
    ['MaxSessions 0 where nothing is forwarded', { config: ['MaxSessions 0', 'AllowTcpForwarding no'] }, OFF],
    [
      'AllowStreamLocalForwarding no without a docker client',
      { config: ['AllowStreamLocalForwarding no'], docker: null },
      'UNDETERMINED: HOST did not open PATH, and does not say why.',
    ],
  ])('%s', async (_, setUp, expected) => {
    expect(await said(setUp, live.path)).toBe(expected);
  });

  it('nologin where sockets are not forwarded', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to log in as another user');
    expect(await said({ user: 'nobody', config: ['AllowStreamLocalForwarding no'] }, live.path)).toBe(
      'COMMAND_FORCED: HOST runs no command for ME, but answers each with “This account is currently not available.” and exit code 1, so it cannot be seen why PATH was not opened.',
    );
  });

  it('a socket that is not there, whatever sshd would have allowed', async () => {
    const missing = join(folder.folder, 'missing.sock');
    for (const config of [[], ['AllowTcpForwarding no'], ['AllowStreamLocalForwarding no']]) {
      expect(await said({ config }, missing)).toBe('SOCKET_MISSING: There is no PATH on HOST.');
    }
  });

  it('a socket at which nobody answers', async () => {
    const docker = 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?';
    expect([await said({ docker }, dead), await said({ docker: null }, dead)]).toEqual([
      'SOCKET_REFUSED: Nobody answers at PATH on HOST.',
      'UNDETERMINED: HOST did not open PATH, and does not say why.',
    ]);
  });
});
