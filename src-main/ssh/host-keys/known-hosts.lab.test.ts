import { execFile } from 'node:child_process';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeSshd } from '../../../lab/vitest.ts';
import { fingerprint } from './host-key.ts';
import { type HostAddress, lookupName } from './host-pattern.ts';
import { blobOf, ED25519 } from './known-hosts.fixture.ts';
import { formatKnownHostsLine, judgeHostKey, parseKnownHosts } from './known-hosts.ts';

const SSH_KEYGEN = 'ssh-keygen';
const run = promisify(execFile);

/** Every line gets a key of its own: which of them is known tells which lines were matched. */
function keyNumber(number: number): Buffer {
  const blob = Buffer.from(blobOf(ED25519));
  blob.writeUInt32BE(number, blob.length - 4);
  return blob;
}

/** Numbers of the lines ssh-keygen finds for the host. */
async function foundBySshKeygen(file: string, address: HostAddress): Promise<number[]> {
  const { stdout } = await run(SSH_KEYGEN, ['-F', lookupName(address), '-f', file]).catch((error: unknown) => {
    // Exit code 1: nothing found.
    if (error instanceof Error && 'code' in error && error.code === 1) return { stdout: '' };
    throw error;
  });
  return [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map(([, line]) => Number(line));
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8');
}

function keyOfLine(text: string, line: number): Buffer {
  return Buffer.from(text.split('\n')[line - 1]?.split(' ')[2] ?? '', 'base64');
}

describeSshd('against ssh-keygen', () => {
  it('finds the lines ssh-keygen -F finds, plain and hashed by ssh-keygen -H', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-known-hosts-'));
    const file = join(folder.path, 'known_hosts');
    const label = fc.constantFrom(
      ...['a', 'b', 'server', 'Server.Example', 'x.example', '192.0.2.7', '192.0.2.*', '*', 'serv?r', '*.example'],
    );
    const address6 = fc.constantFrom('2001:db8::1', 'fe80::1%eth0', '::1');
    const glob = fc.oneof(
      { weight: 4, arbitrary: label },
      { weight: 1, arbitrary: address6 },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.oneof(label, address6), fc.constantFrom(22, 2222, 2223))
          .map(([host, port]) => `[${host}]:${port}`),
      },
    );
    const hosts = fc
      .array(fc.tuple(fc.constantFrom('', '', '', '!'), glob), { minLength: 1, maxLength: 4 })
      .map((items) => items.map(([not, text]) => not + text).join(','));
    const asked = fc.record({
      host: fc.oneof(fc.constantFrom('a', 'server', 'server.example', 'x.example', '192.0.2.7'), address6),
      port: fc.constantFrom(22, 2222),
    });
    let compared = 0;
    let matched = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(hosts, { minLength: 20, maxLength: 20 }),
        asked,
        fc.boolean(),
        async (fields, address, hash) => {
          const lines = fields.map(
            (field, index) => `${field} ssh-ed25519 ${keyNumber(index + 1).toString('base64')}\n`,
          );
          await writeFile(file, lines.join(''));
          // It splits lists into one line a name, and leaves patterns alone.
          if (hash) await run(SSH_KEYGEN, ['-H', '-f', file]);
          const text = hash ? await readText(file) : lines.join('');
          const theirs = (await foundBySshKeygen(file, address)).map((line) => keyOfLine(text, line));
          const parsed = parseKnownHosts(text, 'file');
          const ours = fields
            .map((_, index) => keyNumber(index + 1))
            .filter((key) => judgeHostKey([parsed], address, key).kind === 'known');
          compared += fields.length;
          matched += ours.length;
          expect(ours.map(fingerprint)).toEqual([...new Set(theirs.map(fingerprint))]);
        },
      ),
      { numRuns: 100 },
    );
    expect({ compared, manyMatched: matched > 100 }).toEqual({ compared: 2_000, manyMatched: true });
  });

  it('writes lines ssh-keygen finds, plain and hashed', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-known-hosts-'));
    const file = join(folder.path, 'known_hosts');
    const addresses = ['server.example', '2001:db8::1', 'fe80::1%eth0'].flatMap((host) =>
      [22, 2222].map((port) => ({ host, port })),
    );
    const hashSalt = Buffer.alloc(20, 7);
    const key = blobOf(ED25519);
    await writeFile(
      file,
      addresses
        .flatMap((address) => [formatKnownHostsLine(address, key), formatKnownHostsLine(address, key, { hashSalt })])
        .join(''),
    );
    const found = await Promise.all(addresses.map((address) => foundBySshKeygen(file, address)));
    expect(found).toEqual(addresses.map((_, index) => [2 * index + 1, 2 * index + 2]));
  });

  it('prints the fingerprint ssh-keygen -lf prints', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-known-hosts-'));
    const types = ['ed25519', 'ecdsa', 'rsa'];
    const pairs = types.map(async (type) => {
      const file = join(folder.path, type);
      await run(SSH_KEYGEN, ['-q', '-t', type, '-N', '', '-f', file]);
      const [, theirs] = (await run(SSH_KEYGEN, ['-lf', `${file}.pub`])).stdout.split(' ');
      const [, base64 = ''] = (await readText(`${file}.pub`)).split(' ');
      return [fingerprint(Buffer.from(base64, 'base64')), theirs];
    });
    for (const [ours, theirs] of await Promise.all(pairs)) expect(ours).toBe(theirs);
  });
});
