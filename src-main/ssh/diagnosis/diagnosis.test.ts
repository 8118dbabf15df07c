import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HopReport } from '#contract/hosts.ts';
import { AppError, abortError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { ExecResult, SshConnection } from '../connection-types.ts';
import { requireAllowed } from '../exec-gate.ts';
import type { Hop } from '../hop.ts';
import { explainForwardFailure } from './diagnosis.ts';

const signal = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
let folder = '';
let bin = '';
const servers: Server[] = [];

beforeEach(() => {
  lines = [];
  folder = mkdtempSync(join(tmpdir(), 'binnacle-sock-'));
  chmodSync(folder, 0o755);
  bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['ls', 'readlink']) symlinkSync(`/bin/${name}`, join(bin, name));
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

/** As docker 20.10 to 27 are: `version` says the same of whatever it does not get through to. */
const VAGUE = 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?';
function vagueDocker(dialled: string): void {
  docker(`case "$*" in *dial-stdio*) echo '${dialled}' >&2;; *) echo '${VAGUE}' >&2;; esac; exit 1`);
}
const RAW = 'failed to open the raw stream connection: dial unix /x: connect:';

type Overrule = (line: string) => ExecResult | AppError | undefined;

interface Host {
  readonly overrule?: Overrule;
  readonly key?: SshConnection['keyOptions'];
  /** How sshd answers a TCP channel to its own port, and to another. */
  readonly near?: 'opened' | number;
  readonly other?: 'opened' | number;
  readonly software?: string;
  readonly lost?: AppError;
}

/** What was run, a line each. */
let lines: string[] = [];

/** A connection whose commands a shell of this machine runs, as the user nobody where that is allowed. */
function connection({ overrule, key = FREE, near = 'opened', other = 2, software, lost }: Host = {}): SshConnection {
  return {
    hop: HOP,
    hostKeyFingerprint: '',
    loginKeyFingerprint: null,
    keyOptions: key,
    closed: lost === undefined ? new Promise(() => {}) : Promise.resolve(lost),
    silentMs: () => 0,
    report: () => [{ ...REPORT, software: software ?? 'OpenSSH_9.2p1 Debian-2' }],
    openUnixSocket: () => Promise.reject(new Error('not asked for')),
    openCommand: () => Promise.reject(new Error('not asked for')),
    async openTcp({ port }) {
      const answer = port === HOP.port ? near : other;
      if (lost !== undefined) throw lost;
      if (answer === 'opened') return new PassThrough();
      throw new AppError('FORWARD_REFUSED', 'Refused.', { details: { reason: answer } });
    },
    async exec(command) {
      requireAllowed(command, 'observe');
      lines.push(command.line);
      if (lost !== undefined) throw lost;
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

const HOP: Hop = {
  user: 'me',
  host: 'host',
  port: 22,
  knownAs: { host: 'host', port: 22 },
  knownHostsFiles: null,
  identityFiles: null,
  homeDir: '/home/me',
  namedFiles: 0,
  identitiesOnly: false,
  agentSocket: null,
  methods: { publicKey: true, keyboardInteractive: true, password: true },
  keepalive: { intervalMs: 3_000, count: 2 },
};
const FREE = { portForwarding: true, command: false, pty: true };
const REPORT: HopReport = {
  machine: 'me@host:22',
  address: null,
  software: '',
  since: '',
  hostKey: { type: 'ssh-ed25519', fingerprint: '' },
  login: { method: 'none', label: '', fingerprint: null },
  algorithms: { kex: '', hostKey: '', cipher: '', mac: null },
  weak: [],
  sharedBy: 1,
  bytes: { received: 0, sent: 0 },
};
const REFUSED = new AppError('FORWARD_REFUSED', 'Refused.', { details: { reason: 2 } });

async function explain(path: string, over: SshConnection = connection(), refusal: AppError = REFUSED) {
  const { code, message, hint } = await explainForwardFailure(over, path, signal, refusal);
  return { code, message, hint };
}

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
    const denying = connection({
      overrule: (line) => {
        if (line.startsWith("'test' '-w'")) return { exitCode: 1, stdout: '', stderr: '' };
        if (line.startsWith("'ls'")) {
          return { exitCode: 0, stdout: `srw-rw---- 1 root docker 0 Jan  1 00:00 ${path}\n`, stderr: '' };
        }
        return undefined;
      },
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
    ['before 28', () => vagueDocker(`${RAW} connection refused`)],
    [
      'since 28',
      () =>
        docker(
          "echo 'failed to connect to the docker API at unix:///x: dial unix /x: connect: connection refused' >&2; exit 1",
        ),
    ],
  ])('finds a stopped engine in the words of a docker client %s', async (_, prepare) => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    prepare();
    expect(await explain(path)).toEqual({
      code: 'SOCKET_REFUSED',
      message: `Nobody answers at ${path} on host:22.`,
      hint: 'The engine is stopped. Start it on the host: sudo systemctl start docker',
    });
  });

  it('tells a hung engine, for which too many wait, from a stopped one', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    vagueDocker(`${RAW} resource temporarily unavailable`);
    const { code, message, hint, details } = await explainForwardFailure(connection(), path, signal, REFUSED);
    expect([code, message, hint, details.isAtSocket, (details.seen as string[]).at(-1)]).toEqual([
      'ENGINE_UNREACHABLE',
      `The engine at ${path} on host:22 takes no connection: too many wait for it already.`,
      'It hangs, or is asked more than it can answer. See on the host: systemctl status docker, and its log: journalctl -u docker',
      true,
      'docker system dial-stdio to the same: “connect: resource temporarily unavailable” and exit code 1',
    ]);
  });

  it('leaves open which of the two it is where docker does not say', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    vagueDocker('unknown command "dial-stdio"');
    expect(await explain(path)).toEqual({
      code: 'UNDETERMINED',
      message: `The engine at ${path} on host:22 takes no connection: it is stopped, or it hangs.`,
      hint: expect.stringContaining('See on the host which it is: systemctl status docker. Where it is stopped: sudo'),
    });
  });

  it('names the engine whose socket it is, and another one’s place', async () => {
    mkdirSync(join(folder, 'podman'));
    const path = await socketAt(join(folder, 'podman', 'podman.sock'), 0o666);
    vagueDocker(`${RAW} connection refused`);
    const hints = [];
    for (const at of [
      path,
      '/run/podman/none.sock',
      '/run/user/4711/docker.sock',
      '/run/user/4711/podman/podman.sock',
    ]) {
      hints.push((await explain(at)).hint);
    }
    expect(hints).toEqual([
      'The engine is stopped. Start it on the host: sudo systemctl start podman.socket',
      'Check that Podman is installed there, and its socket open: sudo systemctl start podman.socket. A rootless one has ' +
        'it at /run/user/UID/podman/podman.sock, Docker at /var/run/docker.sock: name it in the target.',
      expect.stringContaining('as the user it belongs to: systemctl --user start docker.'),
      expect.stringContaining('as the user it belongs to: systemctl --user start podman.socket.'),
    ]);
  });

  describe('of a path that is not there', () => {
    it('finds a symbolic link to nothing, of the socket and of a folder', async () => {
      symlinkSync('/nowhere/docker.sock', join(folder, 'a.sock'));
      symlinkSync('gone', join(folder, 'link'));
      expect([await explain(join(folder, 'a.sock')), await explain(join(folder, 'link', 'b.sock'))]).toMatchObject([
        {
          code: 'SOCKET_MISSING',
          message: `${join(folder, 'a.sock')} on host:22 leads by a symbolic link to /nowhere/docker.sock, which is not there.`,
        },
        {
          code: 'SOCKET_MISSING',
          message: `${join(folder, 'link', 'b.sock')} on host:22 leads by a symbolic link to ${join(folder, 'gone', 'b.sock')}, which is not there.`,
        },
      ]);
    });

    it('finds a symbolic link into a closed folder, by way of another', async (context) => {
      if (!isRoot) context.skip('needs root, to act as another user');
      const closed = join(folder, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      await socketAt(join(closed, 'real.sock'), 0o666);
      symlinkSync(join(closed, 'real.sock'), join(folder, 'b.sock'));
      symlinkSync('b.sock', join(folder, 'a.sock'));
      const path = join(folder, 'a.sock');
      const { code, message, details } = await explainForwardFailure(connection(), path, signal, REFUSED);
      expect([code, message, (details.seen as string[]).slice(-3)]).toEqual([
        'SOCKET_DENIED',
        `me may not enter ${closed} on host:22, into which ${path} leads by a symbolic link.`,
        [`test -e ${path}: no`, `readlink: it leads to ${join(closed, 'real.sock')}`, `test -x ${closed}: no`],
      ]);
    });

    it('leaves open where to a link leads that cannot be read, or that leads in circles', async () => {
      symlinkSync('b.sock', join(folder, 'a.sock'));
      symlinkSync('a.sock', join(folder, 'b.sock'));
      const circle = await explain(join(folder, 'a.sock'));
      rmSync(join(bin, 'readlink'));
      const unread = await explain(join(folder, 'a.sock'));
      expect([circle.code, circle.message, unread]).toEqual([
        'UNDETERMINED',
        `${join(folder, 'a.sock')} on host:22 leads to nothing that me may see: ${join(folder, 'a.sock')} is a symbolic link.`,
        {
          code: 'UNDETERMINED',
          message: circle.message,
          hint: `What it leads to is missing, or in a folder closed to me. See on the host: ls -l ${join(folder, 'a.sock')}`,
        },
      ]);
    });

    it('finds that it lies below a socket', async () => {
      const path = join(await socketAt(join(folder, 'a.sock'), 0o666), 'v1.41');
      expect(await explain(path)).toEqual({
        code: 'SOCKET_MISSING',
        message: `There is no ${path} on host:22: ${dirname(path)} is not a folder.`,
        hint: "Name the engine's socket in the target: ssh://user@host/path/to/docker.sock",
      });
    });

    it('says so first of a server that knows no such channels either', async () => {
      const refusal = new AppError('FORWARD_REFUSED', 'Refused.', { details: { reason: 3 } });
      const over = connection({ software: 'dropbear_2022.83' });
      expect((await explain(join(folder, 'no.sock'), over, refusal)).code).toBe('SOCKET_MISSING');
    });
  });

  it.each([
    [
      'its group may not write to it',
      'srw------- 1 root docker 0 Jan  1 00:00 /x',
      /^Its mode is srw-------: nobody may use it through its group, docker\. Let the engine open it to a group \(SocketMode=0660 and SocketGroup=docker in docker\.socket\), and add me to that\.$/,
    ],
    ['its group has a name of two words', 'srw-rw---- 1 root domain users 0 Jan  1 00:00 /x', /^See on the host whom/],
    ['a start-up file prints', 'Welcome!\nsrw-rw---- 1 root ops 0 Jan  1 00:00 /x', /usermod -aG ops me$/],
  ])('of a closed socket: %s', async (_, listing, hint) => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    const overrule: Overrule = (line) => {
      if (line.startsWith("'test' '-w'")) return { exitCode: 1, stdout: '', stderr: '' };
      return line.startsWith("'ls'") ? { exitCode: 0, stdout: `${listing}\n`, stderr: '' } : undefined;
    };
    expect((await explain(path, connection({ overrule }))).hint).toMatch(hint);
  });

  it('names PAM first where nothing at all is let through, though the key may', async () => {
    const barred: Overrule = () => ({ exitCode: 254, stdout: '', stderr: '' });
    const forced: Overrule = () => ({ exitCode: 0, stdout: '', stderr: '' });
    const hints = [];
    for (const overrule of [barred, forced, undefined]) {
      const over = connection({ near: 1, other: 1, ...(overrule === undefined ? {} : { overrule }) });
      hints.push((await explain(await socketAt(join(folder, `${hints.length}.sock`), 0o666), over)).hint);
    }
    expect(hints).toEqual([
      expect.stringMatching(
        /^No command of ours is run either: PAM may bar the session,.* host tells\. Else: Set AllowTcpForwarding/,
      ),
      expect.stringMatching(/^No command of ours .* name it in the target: \?via=dial-stdio\. Else: Set AllowTcp/),
      expect.stringMatching(/^Set AllowTcpForwarding/),
    ]);
  });

  describe('where commands take their time', () => {
    /** A host on which each command takes `seconds`, and is cut off by its own limit as by who asked. */
    const slow = (seconds: number): SshConnection => ({
      ...connection(),
      exec: (command, during) =>
        new Promise((resolve, reject) => {
          lines.push(command.line);
          const isLate = seconds * 1_000 > limits.ssh.execMs;
          const late = new AppError('EXEC_FAILED', 'It took longer than 5 s.', { details: { isLate: true } });
          const isNo = command.line === "'test' '-S' '/'";
          const end = () => (isLate ? reject(late) : resolve({ exitCode: isNo ? 1 : 0, stdout: '', stderr: '' }));
          setTimeout(end, Math.min(seconds * 1_000, limits.ssh.execMs));
          during.addEventListener('abort', () => reject(abortError(during)));
        }),
    });
    const looked = async (seconds: number) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const explaining = explainForwardFailure(slow(seconds), '/run/a.sock', signal, REFUSED);
        await vi.advanceTimersByTimeAsync(limits.ssh.lookMs);
        return await explaining;
      } finally {
        vi.useRealTimers();
      }
    };

    it('looks no longer than it may, and tells what was seen until then', async () => {
      const { code, hint, details } = await looked(3);
      expect([code, lines.length, details.shell, hint]).toEqual([
        'UNDETERMINED',
        4,
        'slow',
        expect.stringMatching(
          /^Commands take long there: see what .* What it may be: the socket is not there; it is closed/,
        ),
      ]);
      expect(details.seen).toContain('commands: what was asked of the host took longer than 10 s');
    });

    it('says of a host on which none ends that a start-up file, or another command, may wait', async () => {
      const { code, hint, details } = await looked(60);
      expect([code, lines, details.shell, hint]).toEqual([
        'UNDETERMINED',
        ["'test' '-e' '/'"],
        'silent',
        expect.stringMatching(/^Commands do not end there: a start-up file of the shell.* What it may be: /),
      ]);
    });
  });

  it('hears docker behind what a start-up file prints', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    docker("echo 'Welcome to prod'; echo 20.10.24");
    expect((await explain(path)).message).toBe(
      'sshd on host:22 does not forward to sockets for me, though it does to TCP.',
    );
  });

  describe('where the engine answers to the docker client of the host', () => {
    const refusing = async (host: Host) => {
      const path = await socketAt(join(folder, 'a.sock'), 0o666);
      docker('echo 27.1.0');
      const { code, message } = await explain(path, connection(host));
      return [code, message];
    };

    it.each<[string, Host, string, string]>([
      [
        'nothing is forwarded',
        { near: 1, other: 1 },
        'FORWARD_REFUSED',
        'sshd on host:22 forwards nothing for me: neither sockets nor TCP.',
      ],
      [
        'one TCP place is forwarded, and not another',
        { near: 'opened', other: 1 },
        'FORWARD_REFUSED',
        'sshd on host:22 forwards for me only to listed places, and no socket can be on that list.',
      ],
      [
        'TCP is forwarded',
        { near: 'opened', other: 2 },
        'FORWARD_REFUSED',
        'sshd on host:22 does not forward to sockets for me, though it does to TCP.',
      ],
      [
        'TCP says nothing',
        { near: 4, other: 2 },
        'FORWARD_REFUSED',
        'sshd on host:22 does not allow me to reach sockets.',
      ],
      [
        'the key may not forward',
        { key: { ...FREE, portForwarding: false }, near: 1, other: 1 },
        'KEY_RESTRICTED',
        'The key that let us in to host:22 may not forward: it is restricted in authorized_keys.',
      ],
    ])('finds sshd to be the one who refuses: %s', async (_, host, code, message) => {
      expect(await refusing(host)).toEqual([code, message]);
    });

    it('takes a refusal of the engine for an answer', async () => {
      const path = await socketAt(join(folder, 'a.sock'), 0o666);
      docker('echo "Error response from daemon: client version 1.47 is too new." >&2; exit 1');
      expect(await explain(path)).toMatchObject({
        code: 'FORWARD_REFUSED',
        message: 'sshd on host:22 does not forward to sockets for me, though it does to TCP.',
      });
    });

    it('tells of a key only where sshd told nothing of it', async () => {
      const path = await socketAt(join(folder, 'a.sock'), 0o666);
      const hints = [];
      for (const key of [FREE, null]) hints.push((await explain(path, connection({ key, near: 1, other: 1 }))).hint);
      expect(hints.map((hint) => hint?.includes('may be restricted too'))).toEqual([false, true]);
    });
  });

  it('finds OpenSSH to forward nothing where the engine cannot be asked, and no other server', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    const codes = [];
    for (const software of ['OpenSSH_9.2p1', 'OpenSSH_for_Windows_9.5', 'dropbear_2022.83']) {
      codes.push((await explain(path, connection({ near: 1, other: 1, software }))).code);
    }
    expect(codes).toEqual(['FORWARD_REFUSED', 'UNDETERMINED', 'UNDETERMINED']);
  });

  it.each([
    ['there is no docker client', () => {}, /docker --host \S+ version: “.*docker.*not found” and exit code 127$/],
    [
      'the docker client says something else',
      () => docker('echo "unknown flag" >&2; exit 125'),
      /version: “unknown flag” and exit code 125$/,
    ],
  ])('names no cause where %s, and says what was seen', async (_, prepare, docker) => {
    prepare();
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    const { code, message, hint, details } = await explainForwardFailure(connection(), path, signal, REFUSED);
    expect({ code, message, hint, details }).toEqual({
      code: 'UNDETERMINED',
      message: `host:22 did not open ${path}, and does not say why.`,
      hint:
        'What it may be: the engine is stopped, or hangs (systemctl status docker); AllowStreamLocalForwarding in ' +
        "sshd_config. sshd's log on the host tells: “refused streamlocal port forward” or “the request was denied” is " +
        'its own decision, “connect to … failed” the socket.',
      details: {
        path,
        reason: 2,
        seen: [
          `sshd, asked for ${path}: open failed (reason 2), which it says of nearly every cause`,
          'sshd, of the key that let us in: forwarding is allowed',
          'sshd, asked for a TCP port over SSH (127.0.0.1:22): opened, so TCP forwarding is allowed',
          'sshd, asked for another (localhost:1): nobody listens there, so TCP forwarding is allowed',
          `test -e ${path}: yes`,
          `test -S ${path}: yes`,
          `test -w ${path}: yes`,
          expect.stringMatching(docker),
        ],
        found: [],
        isAtSocket: false,
        shell: 'posix',
      },
    });
  });

  it.each<[string, Overrule, string, string]>([
    [
      'commands are refused',
      () => new AppError('EXEC_FAILED', 'Refused.'),
      'UNDETERMINED',
      'host:22 did not open /run/docker.sock, and does not say why, and no command there could tell more.',
    ],
    [
      'no session is opened',
      () => new AppError('SESSIONS_EXHAUSTED', 'Refused.'),
      'UNDETERMINED',
      'host:22 did not open /run/docker.sock, and does not say why, and no command there could tell more.',
    ],
    [
      'nologin answers all with 1',
      () => ({ exitCode: 1, stdout: 'This account is not available.\n', stderr: '' }),
      'COMMAND_FORCED',
      'host:22 runs no command for me, but answers each with “This account is not available.” and exit code 1, so it cannot be seen why /run/docker.sock was not opened.',
    ],
    [
      'a forced command answers all with 0',
      () => ({ exitCode: 0, stdout: 'hello', stderr: '' }),
      'COMMAND_FORCED',
      'host:22 runs no command for me, but answers each with “hello” and exit code 0, so it cannot be seen why /run/docker.sock was not opened.',
    ],
    [
      'a shell knows none of the commands, and names them',
      (line) => ({ exitCode: 1, stdout: '', stderr: `${line.split(' ')[0]} is not recognized` }),
      'UNDETERMINED',
      'host:22 did not open /run/docker.sock, and does not say why, and no command there could tell more.',
    ],
    [
      'the shell has no test',
      () => ({ exitCode: 127, stdout: '', stderr: 'not found\u001b[2J' }),
      'UNDETERMINED',
      'host:22 did not open /run/docker.sock, and does not say why, and no command there could tell more.',
    ],
    [
      'a signal ended it',
      () => ({ exitCode: null, stdout: '', stderr: '' }),
      'UNDETERMINED',
      'host:22 did not open /run/docker.sock, and does not say why, and no command there could tell more.',
    ],
  ])('names no cause of the socket where %s', async (_, overrule, code, message) => {
    expect(await explain('/run/docker.sock', connection({ overrule }))).toMatchObject({ code, message });
  });

  it('asks nothing of a key whose command is forced', async () => {
    const { code, message, details } = await explainForwardFailure(
      connection({ key: { ...FREE, command: true } }),
      '/run/docker.sock',
      signal,
      REFUSED,
    );
    expect({ code, message, seen: details.seen, lines }).toEqual({
      code: 'COMMAND_FORCED',
      message:
        'The key that let us in to host:22 runs one command whatever is asked, so it cannot be seen why /run/docker.sock was not opened.',
      seen: expect.arrayContaining(['commands: not asked, because the key has one of its own']),
      lines: [],
    });
  });

  it('still says what the socket is like where a command after it hangs', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    const overrule: Overrule = (line) =>
      line.includes("'docker'") ? new AppError('EXEC_FAILED', 'It took longer than 5 s.') : undefined;
    const { code, details } = await explainForwardFailure(connection({ overrule }), path, signal, REFUSED);
    expect([code, (details.seen as string[]).slice(-2)]).toEqual([
      'UNDETERMINED',
      [`test -w ${path}: yes`, `docker --host unix://${path} version: It took longer than 5 s.`],
    ]);
  });

  it('hands on that the connection was lost meanwhile', async () => {
    const lost = new AppError('CONNECTION_LOST', 'Lost.');
    expect(await explainForwardFailure(connection({ lost }), '/a', signal)).toBe(lost);
  });

  it('hands it on where only a channel told of it', async () => {
    const lost = new AppError('CONNECTION_LOST', 'Lost.');
    const over = { ...connection(), closed: Promise.resolve(lost), openTcp: () => Promise.reject(lost) };
    expect(await explainForwardFailure(over, join(folder, 'no.sock'), signal)).toBe(lost);
  });

  it('takes a TCP port that swallows everything for one that says nothing', async () => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    docker('echo 27.1.0');
    const late = new AppError('CONNECTION_LOST', 'host:22 has not opened a channel within 5 s.');
    const over = { ...connection(), openTcp: () => Promise.reject(late) };
    expect((await explain(path, over)).message).toBe('sshd on host:22 does not allow me to reach sockets.');
  });

  it.each([
    [1, 'sshd on host:22 does not forward to sockets for me, though it does to TCP.'],
    [3, 'The SSH server on host:22 cannot forward to sockets.'],
  ])('believes a server that gives reason %i', async (reason, message) => {
    const path = await socketAt(join(folder, 'a.sock'), 0o666);
    const refusal = new AppError('FORWARD_REFUSED', 'Refused.', { details: { reason } });
    expect(await explain(path, connection({ software: 'Teleport' }), refusal)).toMatchObject({
      code: 'FORWARD_REFUSED',
      message,
    });
  });
});

describe('other ways to an engine', () => {
  const SOCKETS = ['/run/user/1000/docker.sock', '/run/podman/podman.sock', '/var/run/docker.sock'];
  /** A host with these sockets, of which those in `closed` are not for us. */
  const having = (sockets: readonly string[], closed: readonly string[] = [], sudo = true): Overrule => {
    const is = (yes: boolean) => ({ exitCode: yes ? 0 : 1, stdout: '', stderr: '' });
    return (line) => {
      if (line === "'id' '-u'") return { exitCode: 0, stdout: '1000\n', stderr: '' };
      if (line.startsWith("'docker'")) return { exitCode: 1, stdout: '', stderr: 'permission denied' };
      const [, test, path = ''] = /^'test' '-(\w)' '(.*)'$/.exec(line) ?? [];
      if (path === '/usr/bin/sudo') return is(sudo);
      if (path === '/') return is(test === 'e');
      if (test === 'L') return is(false);
      if (test === 'w') return is(!closed.includes(path));
      if (test === 'e' || test === 'S') return is(sockets.includes(path));
      return is(true);
    };
  };
  const found = async (path: string, overrule: Overrule) =>
    (await explainForwardFailure(connection({ overrule }), path, signal, REFUSED)).details.found;

  it('finds sockets that stand open where the one asked for is missing', async () => {
    expect(await found('/run/no.sock', having(SOCKETS))).toEqual([
      { kind: 'socket', path: null, via: 'any' },
      { kind: 'socket', path: '/run/user/1000/docker.sock', via: 'any' },
      { kind: 'socket', path: '/run/podman/podman.sock', via: 'any' },
    ]);
  });

  it('does not find the one asked for, by either of its names, nor one that is closed', async () => {
    expect(
      await found('/run/docker.sock', having(SOCKETS, ['/run/docker.sock', '/run/podman/podman.sock'], false)),
    ).toEqual([{ kind: 'socket', path: '/run/user/1000/docker.sock', via: 'any' }]);
  });

  it('finds sudo where the socket is closed, and runs nothing by it', async () => {
    const overrule = having(['/var/run/docker.sock'], ['/var/run/docker.sock']);
    expect([await found('/var/run/docker.sock', overrule), lines.filter((line) => line.startsWith("'sudo'"))]).toEqual([
      [{ kind: 'socket', path: null, via: 'sudo-dial-stdio' }],
      [],
    ]);
  });

  it('does not propose sudo where there is none, nor a docker client', async () => {
    const closed = having(['/run/docker.sock'], ['/run/docker.sock']);
    const noClient: Overrule = (line) =>
      line.startsWith("'docker'") ? { exitCode: 127, stdout: '', stderr: 'not found' } : closed(line);
    expect([
      await found('/run/docker.sock', having(['/run/docker.sock'], ['/run/docker.sock'], false)),
      await found('/run/docker.sock', noClient),
    ]).toEqual([[], []]);
  });

  it('keeps the cause where the shell does not answer any more', async () => {
    const all = having([]);
    let asked = 0;
    const overrule: Overrule = (line) => {
      asked += line.includes('/var/run/docker.sock') ? 1 : 0;
      return asked > 0 ? new AppError('EXEC_FAILED', 'Refused.') : all(line);
    };
    const { code, details } = await explainForwardFailure(connection({ overrule }), '/run/no.sock', signal, REFUSED);
    expect([code, details.found]).toEqual(['SOCKET_MISSING', []]);
  });
});
