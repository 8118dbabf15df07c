import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

/** A fault that nobody catches, as soon as the command line is at work. */
const FAULT = `data:text/javascript,${encodeURIComponent(
  `const timer = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(timer);
    setTimeout(() => Promise.reject(new TypeError('a bug with a hunter2 in it')), 200);
  }, 10);`,
)}`;

it('ends with 70, a reference and no stack trace where something fails that nobody catches', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-crash-'));
  // Accepts, and says nothing: the command is still at it when the fault comes.
  const silent = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const cli = pathToFileURL(path.join(import.meta.dirname, 'cli.ts')).href;
  const script = `const { main } = await import('${cli}'); process.exit(await main(process.argv.slice(1)));`;
  const args = [
    'status',
    `ssh://me@127.0.0.1:${port}`,
    '--identity',
    path.join(folder, 'none'),
    '--home',
    folder,
    '--watch',
  ];
  try {
    const child = spawn(process.execPath, ['--import', FAULT, '--input-type=module', '--eval', script, '--', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    const reference = /\(reference ([0-9a-f]{8})\)/.exec(said)?.[1];
    expect([code, said.replace(reference ?? '', 'REF').replace(folder, 'HOME')]).toEqual([
      70,
      expect.stringMatching(
        /^binnacle: Something went wrong inside Binnacle \(reference REF\)\.\n {2}This is a fault of Binnacle's, not yours\. Its details are in HOME\/\S+\.\n$/,
      ),
    ]);
    const log = readFileSync(/ are in (\S+)\.\n$/.exec(said)?.[1] ?? '', 'utf8');
    expect(log).toContain(`"reference":"${reference}"`);
  } finally {
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
