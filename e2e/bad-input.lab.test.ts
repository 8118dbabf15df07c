import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeClientKey } from '../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import { describeLab, describeSshd } from '../lab/vitest.ts';
import { parseDocument, runCli } from './cli-process.ts';
import { cuttingProxy, engineWithList, rawEngine, tcpServer } from './hostile-servers.ts';

/** Seconds; what `--timeout` is given, and what a run may take beyond it to start and to end. */
const TIMEOUT = 6;
const START_AND_END = 6;

interface Told {
  readonly code: number | null;
  readonly verdict: string;
  readonly problems: readonly string[];
}

/** Runs `status --json` and asserts what holds for every refusal: in time, no stack trace, a next step. */
async function statusOf(args: readonly string[]): Promise<Told> {
  const started = performance.now();
  const end = await runCli(['status', ...args, '--json', '--timeout', String(TIMEOUT)]);
  expect((performance.now() - started) / 1_000).toBeLessThan(TIMEOUT + START_AND_END);
  expect(end.stdout + end.stderr).not.toMatch(/^\s+at .+:\d+:\d+/m);
  const { verdict, problems } = parseDocument(end.stdout);
  for (const { hint } of problems) expect(hint).toMatch(/\w/);
  return { code: end.code, verdict, problems: problems.map(({ code }) => code) };
}

const unknown = (...problems: string[]): Told => ({ code: 3, verdict: 'unknown', problems });

describe('a command line nobody can understand', () => {
  it.each([
    ['no scheme', 'atlas', /TARGET_INVALID|ssh:\/\/\[user@\]host/],
    ['another scheme', 'http://atlas', /ssh:\/\/\[user@\]host/],
    ['nothing behind the scheme', 'ssh://', /ssh:\/\/\[user@\]host/],
    ['an option in the place of a host', 'ssh://-oProxyCommand=id', /ssh:\/\/\[user@\]host/],
    ['a port that is none', 'ssh://atlas:99999', /port/i],
    ['an escape sequence', 'ssh://atl\u001b[31mas', /control character/],
  ])('%s: exit 64, the form, and nothing that could harm a terminal', async (_what, target, hint) => {
    const end = await runCli(['status', target]);
    expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 64, stdout: '' });
    expect(end.stderr).toMatch(hint);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
    expect(end.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

  it('a password in a target is refused and never repeated', async () => {
    const end = await runCli(['status', 'ssh://ops:hunter2@atlas']);
    expect({ code: end.code, leaked: (end.stdout + end.stderr).includes('hunter2') }).toEqual({
      code: 64,
      leaked: false,
    });
  });

  it('no host at all: exit 64, and how to add one', async () => {
    const end = await runCli(['status']);
    expect({ code: end.code, how: end.stderr.includes('hosts add') }).toEqual({ code: 64, how: true });
  });
});

describe('settings that cannot be used', () => {
  it.each([
    ['from the future', '{"schema":99,"hosts":[{"id":"new","shape":true}]}', 'SETTINGS_NEWER'],
    ['broken', '{"schema":1,"hosts":[', 'SETTINGS_BROKEN'],
  ])('%s: unknown with the reason, and the file stays as it is', async (_what, text, problem) => {
    const home = await mkdtemp(join(tmpdir(), 'binnacle-home-'));
    try {
      await writeFile(join(home, 'settings.json'), text);
      expect(await statusOf(['--home', home])).toEqual(unknown(problem));
      expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe(text);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});

describeSshd('hosts that fail', () => {
  let sshd: Sshd;
  let folder: string;
  let options: string[];
  const target = (port: number, path = '') => `ssh://${sshd.user}@127.0.0.1:${port}${path}`;

  beforeAll(async () => {
    sshd = await startSshd();
    folder = await mkdtemp(join(tmpdir(), 'binnacle-hostile-'));
    options = ['--identity', sshd.clientKeyFile, '--known-hosts', sshd.knownHostsFile];
  });
  afterAll(async () => {
    await sshd[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('a key file that is not there', async () => {
    expect(await statusOf([sshd.target(), '--identity', join(folder, 'none')])).toEqual(unknown('KEY_UNREADABLE'));
  });

  it('a key file others may read', async () => {
    const key = join(folder, 'open-key');
    await copyFile(sshd.clientKeyFile, key);
    await chmod(key, 0o644);
    expect(await statusOf([sshd.target(), '--identity', key])).toEqual(unknown('KEY_PERMISSIONS'));
  });

  it('a file that is no key', async () => {
    const key = join(folder, 'no-key');
    await writeFile(key, 'hello\n', { mode: 0o600 });
    expect(await statusOf([sshd.target(), '--identity', key])).toEqual(unknown('KEY_INVALID'));
  });

  it('a key the host does not take', async () => {
    const { file } = await writeClientKey(await mkdtemp(join(folder, 'stranger-')), { type: 'ed25519' });
    const args = [sshd.target(), '--identity', file, '--known-hosts', sshd.knownHostsFile];
    expect(await statusOf(args)).toEqual(unknown('AUTH_FAILED'));
  });

  it('an encrypted key, and nobody to ask', async () => {
    const { file } = await writeClientKey(await mkdtemp(join(folder, 'locked-')), {
      type: 'ed25519',
      passphrase: 'open sesame',
    });
    const args = [sshd.target(), '--identity', file, '--known-hosts', sshd.knownHostsFile];
    expect(await statusOf(args)).toEqual(unknown('PASSPHRASE_NEEDED'));
  });

  it('a host key nobody knows: refused, with the flag that would have answered', async () => {
    const args = ['status', sshd.target(), '--identity', sshd.clientKeyFile, '--json'];
    const { problems } = parseDocument((await runCli(args)).stdout);
    expect(problems.map(({ code }) => code)).toEqual(['HOST_KEY_UNKNOWN']);
    expect(problems[0]?.hint).toContain(`--accept-host-key ${sshd.hostKeys[0]?.fingerprint}`);
  });

  it('nothing listens there', async () => {
    const server = await tcpServer(() => {});
    const { port } = server;
    await server[Symbol.asyncDispose]();
    expect(await statusOf([target(port), ...options])).toEqual(unknown('CONNECT_REFUSED'));
  });

  it('a black hole: no hang past --timeout', async () => {
    await using server = await tcpServer(() => {});
    expect(await statusOf([target(server.port), ...options])).toEqual(unknown('TIMEOUT'));
  });

  it('something else than SSH', async () => {
    await using server = await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await statusOf([target(server.port), ...options])).toEqual(unknown('NOT_SSH'));
  });

  it.each([10, 200, 1_100])('a cut in mid-handshake, after %i bytes', async (bytes) => {
    await using proxy = await cuttingProxy(sshd.port, bytes);
    expect(await statusOf([target(proxy.port), ...options])).toEqual(unknown('HANDSHAKE_FAILED'));
  });

  it('no socket there', async () => {
    expect(await statusOf([sshd.target('/nowhere/docker.sock'), ...options])).toEqual(unknown('SOCKET_MISSING'));
  });

  it('garbage in the place of an engine', async () => {
    await using engine = await rawEngine(folder, 'garbage', 'I am \u001b[31mnot\u0000 an engine\r\n\r\n');
    expect(await statusOf([sshd.target(engine.path), ...options])).toEqual(unknown('ENGINE_ANSWER_INVALID'));
  });

  it('JSON that ends in its middle', async () => {
    await using engine = await engineWithList(folder, 'cut', (response) => response.end('[{"Id":"abc","Names":["/x'));
    expect(await statusOf([sshd.target(engine.path), ...options])).toEqual(unknown('ENGINE_ANSWER_INVALID'));
  });

  it('an answer that is no list', async () => {
    await using engine = await engineWithList(folder, 'shape', (response) => response.end('{"Id":[]}'));
    expect(await statusOf([sshd.target(engine.path), ...options])).toEqual(unknown('ENGINE_ANSWER_INVALID'));
  });

  it('a gigabyte of JSON is broken off, and most of it never sent', async () => {
    const piece = Buffer.from(`${'{"Id":"0123456789abcdef"},'.repeat(40_000)}`);
    let sent = 0;
    await using engine = await engineWithList(folder, 'giant', (response) => {
      response.write('[');
      const more = () => {
        while (sent < 1_024 ** 3 && !response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const { code, problems } = await statusOf([sshd.target(engine.path), ...options]);
    // On a slow machine the time may be up first; that is no hang, and no gigabyte either.
    expect({ code, known: ['ENGINE_ANSWER_TOO_LARGE', 'TIMEOUT'].includes(problems[0] ?? '') }).toEqual({
      code: 3,
      known: true,
    });
    expect(sent).toBeLessThan(200 * 1_024 ** 2);
  });

  it('an engine that never answers', async () => {
    await using engine = await engineWithList(folder, 'hung', () => {});
    expect(await statusOf([sshd.target(engine.path), ...options])).toEqual(unknown('TIMEOUT'));
  });

  it('a policy that forbids the list', async () => {
    await using engine = await engineWithList(folder, 'policy', (response) => {
      response.statusCode = 403;
      response.end('<html>Forbidden</html>');
    });
    expect(await statusOf([sshd.target(engine.path), ...options])).toEqual(unknown('ENGINE_DENIED'));
  });
});

describeLab('a fleet with a dead host in it', (lab) => {
  const options = ['--identity', lab.clientKeyFile, '--known-hosts', lab.knownHostsFile];

  it('the live host is read in full beside one that never answers', async () => {
    await using hole = await tcpServer(() => {});
    const dead = `ssh://${lab.user}@127.0.0.1:${hole.port}`;
    const end = await runCli(['status', lab.target, dead, ...options, '--json', '--timeout', '20']);
    const { hosts, problems } = parseDocument(end.stdout);
    const [live, other] = hosts;
    expect({
      code: end.code,
      live: live?.state,
      running: live?.apps.flatMap(({ containers }) => containers).filter(({ state }) => state === 'running').length,
      loads: live?.apps.flatMap(({ containers }) => containers).filter(({ cpuPercent }) => cpuPercent !== null).length,
      other: other?.verdict,
      problems: problems.map(({ where, code }) => ({ where, code })),
    }).toEqual({
      code: 2,
      live: 'live',
      running: expect.toSatisfy((count: number) => count >= lab.containers - 1),
      loads: expect.toSatisfy((count: number) => count >= lab.containers - 2),
      other: 'unknown',
      problems: [{ where: dead, code: expect.stringMatching(/TIMEOUT|HANDSHAKE_FAILED/) }],
    });
  });

  it('hostile labels and names reach no terminal as anything but text', async () => {
    const { stdout } = await runCli(['status', lab.target, ...options]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(stdout).toContain('NEEDS ATTENTION');
  });

  it('a home that is a file is said to be one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'binnacle-nohome-'));
    try {
      await mkdir(join(folder, 'x'));
      await writeFile(join(folder, 'file'), '');
      const end = await runCli(['hosts', 'add', 'ssh://ops@atlas', '--home', join(folder, 'file')]);
      expect({ code: end.code, trace: /^\s+at /m.test(end.stderr) }).toEqual({ code: 73, trace: false });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
