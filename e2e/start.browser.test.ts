import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../scripts/start.mjs');
const LINK = /^Binnacle is ready: (http:\/\/127\.0\.0\.1:\d+)\/#token=/m;

/** What `npm start` does on a checkout that is installed and built, as the one these tests run in is. */
describe('npm start', () => {
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'binnacle-start-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  function start(...args: string[]) {
    const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
    return spawn(process.execPath, [SCRIPT, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function end(...args: string[]) {
    const child = start(...args);
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((resolve) => child.on('close', resolve)),
    ]);
    return { code, stdout, stderr };
  }

  it('says why it is not the desktop, serves the demo fleet, and ends with what it started', async () => {
    const child = start('--no-open', '--home', join(home, 'unused'));
    let said = '';
    const link = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        said += chunk;
        const origin = LINK.exec(said)?.[1];
        if (origin !== undefined) resolve(origin);
      });
      child.on('close', () => reject(new Error(`it ended: ${said}`)));
    });
    const page = await fetch(link);
    const served = { status: page.status, title: /<title>(.*)<\/title>/.exec(await page.text())?.[1] };
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.on('close', resolve));
    await expect(fetch(link)).rejects.toThrow();
    expect({ served, code, built: said.includes('Building'), said: said.split('\n').slice(0, 2) }).toEqual({
      served: { status: 200, title: 'Binnacle' },
      code: 0,
      built: false,
      said: [
        'The desktop cannot run here: there is no display. Binnacle opens in the browser instead.',
        'This is the demo fleet: it is made up, and nothing of it is kept. Add a host of yours in its page.',
      ],
    });
    // The demo touches no home of the operator's.
    expect(await readdir(home)).toEqual([]);
  });

  it('opens nothing else where the desktop was asked for and cannot be', async () => {
    expect(await end('--shell', 'desktop')).toEqual({
      code: 69,
      stdout: '',
      stderr: 'The desktop cannot run here: there is no display.\n',
    });
  });

  it.each([
    [['--shell', 'window'], /--shell is desktop or browser, not window/],
    [['--nonsense'], /--nonsense/],
  ])('refuses %j, and says how it is used', async (args, why) => {
    const { code, stdout, stderr } = await end(...args);
    expect({ code, stdout, why: why.test(stderr), usage: stderr.includes('npm start -- [--shell') }).toEqual({
      code: 64,
      stdout: '',
      why: true,
      usage: true,
    });
  });
});
