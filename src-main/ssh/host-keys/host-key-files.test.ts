import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtempDisposable, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { appendAccepted, readKnownHosts } from './host-key-files.ts';
import { blobOf, ED25519, keyFields } from './known-hosts.fixture.ts';
import { judgeHostKey } from './known-hosts.ts';

const run = promisify(execFile);
const KEY = blobOf(ED25519);
const GOOD = keyFields(ED25519);
const server = { host: 'server', port: 2222 };
const makeFolder = () => mkdtempDisposable(join(tmpdir(), 'binnacle-host-keys-'));

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => 'nothing thrown',
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error;
}

describe('readKnownHosts', () => {
  it('reads a file, and judges by it', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    await writeFile(file, `# mine\n[server]:2222 ${GOOD}\n`);
    expect(judgeHostKey([await readKnownHosts(file)], server, KEY)).toEqual({ kind: 'known', file, line: 2 });
  });

  it('takes a file that is not there, nor its folder, as empty', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'none', 'known_hosts');
    expect(await readKnownHosts(file)).toEqual({ name: file, lines: [] });
  });

  it('reads a file of the largest size, and refuses one byte more', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    await writeFile(file, `server ${GOOD}\n${'#'.repeat(limits.ssh.knownHostsBytes)}`);
    await truncate(file, limits.ssh.knownHostsBytes);
    expect((await readKnownHosts(file)).lines.length).toBe(1);
    await truncate(file, limits.ssh.knownHostsBytes + 1);
    const { code, message } = await refusal(readKnownHosts(file));
    expect([code, message]).toEqual([
      'HOST_KEY_UNREADABLE',
      `The known hosts file ${file} cannot be used: it is too large.`,
    ]);
  });

  it.each<[string, (file: string) => Promise<unknown>, string]>([
    ['a folder', (file) => mkdir(file), 'it is not a file'],
    ['a named pipe without a writer', (file) => run('mkfifo', [file]), 'it is not a file'],
    ['a loop of links', (file) => symlink(file, file), 'it cannot be opened'],
  ])('refuses %s', async (_, make, why) => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    await make(file);
    const { code, message } = await refusal(readKnownHosts(file));
    expect([code, message]).toEqual(['HOST_KEY_UNREADABLE', `The known hosts file ${file} cannot be used: ${why}.`]);
  });

  it('refuses a file this user may not read', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    await writeFile(file, `server ${GOOD}\n`);
    await chmod(file, 0);
    await chmod(folder.path, 0o755);
    // Root may read anything: as root it is tried as another user.
    const script = `import { readKnownHosts } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'host-key-files.ts')).href)};
      if (process.getuid() === 0) process.setuid(65534);
      await readKnownHosts(${JSON.stringify(file)}).catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe(
      `HOST_KEY_UNREADABLE The known hosts file ${file} cannot be used: it may not be read by this user.\n`,
    );
  });
});

describe('appendAccepted', () => {
  it('makes the file for this user only, and no folder, which is not its to judge', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    await appendAccepted(file, server, KEY);
    const { code } = await refusal(appendAccepted(join(folder.path, 'none', 'known_hosts'), server, KEY));
    expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777, code]).toEqual([
      `[server]:2222 ${GOOD}\n`,
      0o600,
      'HOME_UNUSABLE',
    ]);
  });

  it.each([
    ['a last line that was ended', '# mine\n', '# mine\n'],
    ['a last line that was not ended', `other ${GOOD}`, `other ${GOOD}\n`],
  ])('keeps what stands in it: %s', async (_, before, kept) => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    await writeFile(file, before);
    await appendAccepted(file, server, KEY);
    expect(await readFile(file, 'utf8')).toBe(`${kept}[server]:2222 ${GOOD}\n`);
  });

  it('loses no line when processes append at once', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    const append = (worker: number) =>
      run(process.execPath, ['--input-type=module', '-e', appender(file, `w${worker}x`, 50)]);
    await Promise.all([0, 1, 2].map(append));
    const lines = (await readFile(file, 'utf8')).split('\n');
    const expected = [0, 1, 2].flatMap((worker) =>
      Array.from({ length: 50 }, (_, index) => `w${worker}x${index} ${GOOD}`),
    );
    expect(lines.toSorted()).toEqual(['', ...expected].toSorted());
  });

  it('takes back a line that the disk had no room for', async () => {
    await using folder = await makeFolder();
    const file = join(folder.path, 'known_hosts');
    const before = `#${'x'.repeat(998)}\n`;
    await writeFile(file, before);
    // A file size limit of 1 KiB: the kernel writes 24 bytes and reports success, as it does near a full disk.
    const script = `ulimit -f 1; trap '' XFSZ; exec "$0" --input-type=module -e "$1"`;
    const { stdout } = await run('bash', ['-c', script, process.execPath, appender(file, 'server', 1)]);
    expect([stdout, await readFile(file, 'utf8')]).toEqual([
      `HOME_UNUSABLE The accepted host key could not be written to ${file}. (wrote 24 of 89 bytes)\n`,
      before,
    ]);
  });

  it('says so when the file cannot be written', async () => {
    await using folder = await makeFolder();
    const { code, hint } = await refusal(appendAccepted(folder.path, server, KEY));
    expect([code, hint]).toEqual([
      'HOME_UNUSABLE',
      'Check that the disk is not full and that this user may write the file, then connect again.',
    ]);
  });
});

/** A program that accepts the key for `count` hosts, one after the other, and prints what it was refused with. */
function appender(file: string, name: string, count: number): string {
  return `import { appendAccepted } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'host-key-files.ts')).href)};
    const key = Buffer.from('${ED25519.base64}', 'base64');
    for (let index = 0; index < ${count}; index++) {
      await appendAccepted(${JSON.stringify(file)}, { host: '${name}' + index, port: 22 }, key)
        .catch(({ code, message, cause }) => console.log(code, message, '(' + cause.message + ')'));
    }`;
}
