import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli, startCli } from './cli-process.ts';
import { makeHome, serve } from './window.ts';

const HOST = { name: 'atlas', target: 'ssh://ops@127.0.0.1:1', identityFile: '/none' };

it('serves a demo where no host is saved, prints links, and leaves no trace of it', async () => {
  await using home = await makeHome([]);
  const missing = { ...home, folder: join(home.folder, 'not-there') };
  await using served = await serve(missing);
  const [first, second] = [await served.link(), await served.link()];
  const page = await fetch(`http://127.0.0.1:${served.port}/`);
  const output = served
    .output()
    .replaceAll(/http:\S+/g, 'LINK')
    .split('\n');
  const code = await served.stop();
  const left = await stat(missing.folder).catch(({ code }) => code);
  expect({ page: page.status, differ: first !== second, output, code, left }).toEqual({
    page: 200,
    differ: true,
    output: [
      'This is the demo fleet: it is made up, and nothing of it is kept. Add a host of yours in its page.',
      'Binnacle is ready: LINK',
      'The link opens one window, within 2 minutes. Enter prints another, Ctrl-C ends Binnacle.',
      'Binnacle is ready: LINK',
    ],
    code: 0,
    left: 'ENOENT',
  });
});

it('serves the hosts that are saved, one Binnacle for each home, and tells a port that is taken', async () => {
  await using home = await makeHome([HOST]);
  await using served = await serve(home);
  const again = await runCli(['serve', '--no-open', '--home', home.folder]);
  const samePort = await runCli(['serve', '--no-open', '--demo', '--port', String(served.port)]);
  const told = { output: served.output().split(':')[0], again: again.code, samePort: samePort.code };
  expect({ ...told, why: again.stderr.includes('Binnacle in the browser'), where: samePort.stderr }).toEqual({
    output: 'Binnacle is ready',
    again: 75,
    why: true,
    samePort: 69,
    where: `binnacle: Port ${served.port} is taken.\n  Give another --port, or leave it out to have any that is free.\n`,
  });
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends in order at %s', async (signal) => {
  await using cli = await startCli(['serve', '--no-open', '--demo', '--port', '0']);
  await cli.find((line) => (line.startsWith('Binnacle is ready: ') ? line : null));
  cli.kill(signal);
  const { code, stderr } = await cli.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
