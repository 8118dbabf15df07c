import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import type { ExecResult, SshConnection } from './connection-types.ts';
import { explainForwardFailure } from './diagnosis.ts';
import { requireAllowed } from './exec-gate.ts';

const target = { user: 'me', host: 'host', port: 22, socketPath: '/run/docker.sock' };
const signal = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
let folder = '';
let bin = '';
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-sock-'));
  chmodSync(folder, 0o755);
  bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync('/bin/ls', join(bin, 'ls'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

async function socketAt(path: string, mode: number): Promise<string> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, mode);
  return path;
}

/** A docker client in the PATH of the commands. */
function docker(script: string): void {
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** A connection whose commands a shell of this machine runs, as the user nobody where that is allowed. */
function connection(overrule?: (line: string) => ExecResult | AppError): SshConnection {
  return {
    target,
    hostKeyFingerprint: '',
    loginKeyFingerprint: null,
    closed: new Promise(() => {}),
    openUnixSocket: () => Promise.reject(new Error('not asked for')),
    async exec(command) {
      requireAllowed(command, 'observe');
      const answer = overrule?.(command.line);
      if (answer instanceof AppError) throw answer;
      if (answer !== undefined) return answer;
      const as = isRoot ? { uid: 65534, gid: 65534 } : {};
      // A docker client of this machine is not to be found: what it says is up to each test.
      const child = spawn('/bin/sh', ['-c', command.line], { ...as, env: { PATH: bin } });
      const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
      const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
      return { exitCode, stdout, stderr };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function explain(path: string, over: SshConnection = connection(), refusal?: AppError) {
  const { code, message, hint } = await explainForwardFailure(over, path, signal, refusal);
  return { code, message, hint };
}

const UNDETERMINED_HINT =
  'Either the engine is stopped (see "systemctl status docker" on the host), or sshd does not allow it: ' +
  'AllowStreamLocalForwarding, AllowTcpForwarding or PermitOpen in sshd_config, "restrict" in authorized_keys.';

describe('explainForwardFailure', () => {
  it('finds a socket that is not there, in a folder that is and in one that is not', async () => {
    const hint =
      'Check that Docker is installed and running there. A rootless engine has its socket at ' +
      '/run/user/UID/docker.sock, Podman at /run/podman/podman.sock: name it in the target.';
    for (const path of [join(folder, 'no.sock'), join(folder, 'no', 'such', 'no.sock')]) {
      const message = `There is no ${path} on host:22.`;
      expect(await explain(path)).toEqual({ code: 'SOCKET_MISSING', message, hint });
    }
  });

  it('finds a file that is no socket', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    expect(await explain(path)).toEqual({
      code: 'SOCKET_MISSING',
      message: `${path} on host:22 is not a socket.`,
      hint: "Name the engine's socket in the target: ssh://user@host/path/to/docker.sock",
    });
  });

  it('finds a socket closed to the user, and does not propose to join the group root', async (context) => {
    if (!isRoot) context.skip('needs root, to act as another user');
    const path = await socketAt(join(folder, 'a.sock'), 0o660);
    expect(await explain(path)).toEqual({
      code: 'SOCKET_DENIED',
      message: `me may not use ${path} on host:22.`,
      hint: 'The socket belongs to the group root. Let the engine give it to the group docker, and add me to that.',
    });
  });

  it('proposes the group the socket belongs to', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    const denying = connection((line) => {
      if (line.startsWith("'test' '-w'")) return { exitCode: 1, stdout: '', stderr: '' };
      if (line.startsWith("'ls'")) {
        return { exitCode: 0, stdout: `srw-rw---- 1 root docker 0 Jan  1 00:00 ${path}\n`, stderr: '' };
      }
      return undefined as unknown as ExecResult;
    });
    expect(await explain(path, denying)).toEqual({
      code: 'SOCKET_DENIED',
      message: `me may not use ${path} on host:22.`,
      hint: 'Add the user to its group on the host, then connect again: sudo usermod -aG docker me',
    });
  });

  it('tells a closed folder from a missing socket', async (context) => {
    if (!isRoot) context.skip('needs root, to act as another user');
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const path = await socketAt(join(closed, 'a.sock'), 0o666);
    expect(await explain(path)).toEqual({
      code: 'SOCKET_DENIED',
      message: `me may not enter ${closed} on host:22.`,
      hint: 'Log in as the user the engine belongs to, or name another socket in the target.',
    });
  });

  it.each([
    ['before 28', 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?'],
    ['since 28', 'failed to connect to the docker API at unix:///x: dial unix /x: connect: connection refused'],
  ])('finds a stopped engine in the words of a docker client %s', async (_, words) => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    docker(`echo '${words}' >&2; exit 1`);
    expect(await explain(path)).toEqual({
      code: 'SOCKET_REFUSED',
      message: `Nobody answers at ${path} on host:22.`,
      hint: 'The engine is stopped. Start it on the host: sudo systemctl start docker',
    });
  });

  it('finds sshd to be the one who refuses where the engine answers', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    docker('[ "$2" = "unix://$0.never" ] || echo 27.1.0');
    expect(await explain(path)).toMatchObject({
      code: 'FORWARD_REFUSED',
      message: 'sshd on host:22 does not allow me to reach sockets.',
    });
  });

  it.each([
    ['there is no docker client', () => {}],
    ['the docker client says something else', () => docker('echo "unknown flag" >&2; exit 125')],
  ])('names no cause where %s', async (_, prepare) => {
    prepare();
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    expect(await explain(path)).toEqual({
      code: 'FORWARD_REFUSED',
      message: `host:22 did not open ${path}, and does not say why.`,
      hint: UNDETERMINED_HINT,
    });
  });

  it.each([
    ['commands are refused', new AppError('EXEC_FAILED', 'Refused.')],
    ['nologin answers all with 1', { exitCode: 1, stdout: 'This account is not available.\n', stderr: '' }],
    ['a forced command answers all with 0', { exitCode: 0, stdout: 'hello', stderr: '' }],
    ['the shell has no test', { exitCode: 127, stdout: '', stderr: 'test: not found\u001b[2J' }],
    ['a signal ended it', { exitCode: null, stdout: '', stderr: '' }],
  ])('names no cause where %s', async (_, answer) => {
    expect(
      await explain(
        '/run/docker.sock',
        connection(() => answer),
      ),
    ).toEqual({
      code: 'FORWARD_REFUSED',
      message: 'host:22 did not open /run/docker.sock, and does not say why.',
      hint: UNDETERMINED_HINT,
    });
  });

  it('hands on that the connection was lost meanwhile', async () => {
    const lost = new AppError('CONNECTION_LOST', 'Lost.');
    expect(
      await explainForwardFailure(
        connection(() => lost),
        '/a',
        signal,
      ),
    ).toBe(lost);
  });

  it.each([
    [1, 'The SSH server on host:22 does not allow me to reach sockets.'],
    [3, 'The SSH server on host:22 cannot forward to sockets.'],
  ])('believes a server that gives reason %i', async (reason, message) => {
    const refusal = new AppError('FORWARD_REFUSED', 'Refused.', { details: { reason } });
    const unasked = connection(() => new AppError('INTERNAL', 'No command was needed.'));
    expect(await explain('/a', unasked, refusal)).toMatchObject({ code: 'FORWARD_REFUSED', message });
  });
});
