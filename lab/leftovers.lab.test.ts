import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { processes } from './processes.ts';
import { findProgram } from './requirements.ts';
import { run } from './run.ts';
import { describeLab } from './vitest.ts';

/** Starts `npm run lab` with a few containers, beside the lab of the tests. */
function startAnother(): { child: ChildProcess; said(pattern: RegExp): Promise<RegExpExecArray> } {
  const script = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = spawn(process.execPath, [script, '--containers', '5', '--no-databases'], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const said = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(output);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`the lab ended with ${child.exitCode}:\n${output}`);
      await sleep(50);
    }
  };
  return { child, said };
}

/** All that there is of a lab on this machine. */
async function remains(folder: string): Promise<Record<string, unknown>> {
  const id = basename(folder).slice('binnacle-lab-'.length);
  const bridges = JSON.parse(
    (await run(findProgram('ip') ?? 'ip', ['-json', 'link', 'show', 'type', 'bridge'])) || '[]',
  );
  return {
    folder: existsSync(folder),
    processes: processes().filter(({ command }) => command.includes(folder)),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(id)),
    bridges: (bridges as { ifname: string }[]).map(({ ifname }) => ifname).toSorted(),
    groups: globSync([`/sys/fs/cgroup/*${id}`, `/sys/fs/cgroup/*/*${id}`]),
    shims: globSync('/run/containerd/s/*').toSorted(),
    identity: existsSync('/etc/docker/key.json') ? readFileSync('/etc/docker/key.json', 'utf8') : null,
  };
}

describeLab('a lab that has ended', (lab) => {
  const nothing = { folder: false, processes: [], mounts: [], groups: [] };

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves nothing behind, ended with %s', async (signal) => {
    const before = await remains(`${lab.folder}-that-never-was`);
    const { child, said } = startAnother();
    const [, folder = ''] = await said(/^local socket\s+(\S+)\/docker\.sock$/m);
    const own = processes().filter(({ command }) => command.includes(folder));
    expect(own.length).toBeGreaterThan(5);

    child.kill(signal);
    await once(child, 'exit');
    // Killed, it could do nothing itself: its reaper does, a moment later.
    await expect.poll(() => remains(folder), { timeout: 30_000, interval: 250 }).toEqual({ ...before, ...nothing });
    expect(child.exitCode).toBe(signal === 'SIGINT' ? 0 : null);
  });

  it('leaves nothing behind, ended while it starts', async () => {
    const before = await remains(`${lab.folder}-that-never-was`);
    const { child, said } = startAnother();
    await said(/dockerd and sshd are up/);
    const folder = processes()
      .filter(({ parent }) => parent === child.pid)
      .map(({ command }) => /(\/\S*\/binnacle-lab-[^/"]+)/.exec(command)?.[1])
      .find((found) => found !== undefined);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect([child.exitCode, await remains(folder ?? '')]).toEqual([0, { ...before, ...nothing }]);
  });

  it('takes nothing of another lab with it', async () => {
    expect(await lab.api.get('/info')).toMatchObject({ ContainersRunning: expect.any(Number) });
  });
});
