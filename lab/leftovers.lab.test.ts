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

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local?: string }[];
}

/** The bridges of one lab: its own, and those with an address in its range (`10.77.`), which is of its own too. */
async function bridges(id: string, range?: string): Promise<{ names: string[]; range: string | undefined }> {
  const links = await run(findProgram('ip') ?? 'ip', ['-json', 'address', 'show', 'type', 'bridge']);
  const all = JSON.parse(links || '[]') as Link[];
  const own = all.find(({ ifname }) => ifname === `bl-${id}`)?.addr_info[0]?.local;
  const prefix = range ?? /^10\.\d+\./.exec(own ?? '')?.[0];
  const within = ({ addr_info }: Link) =>
    addr_info.some(({ local }) => prefix !== undefined && local?.startsWith(prefix));
  const names = all.filter((link) => link.ifname === `bl-${id}` || within(link)).map(({ ifname }) => ifname);
  return { names: names.toSorted(), range: prefix };
}

/** All that there is of a lab on this machine. Other labs may come and go meanwhile: only this one's is looked at. */
async function remains(folder: string, range?: string): Promise<Record<string, unknown>> {
  const id = basename(folder).slice('binnacle-lab-'.length);
  return {
    folder: existsSync(folder),
    processes: processes().filter(({ command }) => command.includes(folder)),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(id)),
    bridges: (await bridges(id, range)).names,
    groups: globSync([`/sys/fs/cgroup/*${id}`, `/sys/fs/cgroup/*/*${id}`]),
    shims: globSync('/run/containerd/s/*').toSorted(),
    identity: existsSync('/etc/docker/key.json') ? readFileSync('/etc/docker/key.json', 'utf8') : null,
  };
}

/** The folder of the lab that `child` is starting, from the arguments of its reaper. */
function folderOf(child: ChildProcess): string {
  const commands = processes().filter(({ parent }) => parent === child.pid);
  const found = commands
    .map(({ command }) => /"folder":"([^"]+)"/.exec(command)?.[1])
    .find((each) => each !== undefined);
  if (found === undefined) throw new Error('no reaper is watching over the lab');
  return found;
}

describeLab('a lab that has ended', (lab) => {
  /** As it was before: what is not the lab's own is as it was, what is its own is not there. */
  const nothing = () => remains(`${lab.folder}-that-never-was`);

  it.each([
    ['SIGINT', 'once it is up', /Ctrl-C takes everything down/],
    ['SIGKILL', 'once its containers run', /(\d+) of \1 containers/],
  ] as const)('leaves nothing behind, ended with %s %s', { timeout: 180_000 }, async (signal, _when, moment) => {
    const before = await nothing();
    const { child, said } = startAnother();
    await said(moment);
    const folder = folderOf(child);
    const { names, range } = await bridges(basename(folder).slice('binnacle-lab-'.length));
    const own = processes().filter(({ command }) => command.includes(folder));
    expect([own.length > 5, names.length > 1]).toEqual([true, true]);

    child.kill(signal);
    await once(child, 'exit');
    // Killed, it could do nothing itself: its reaper does, a moment later.
    await expect.poll(() => remains(folder, range), { timeout: 60_000, interval: 250 }).toEqual(before);
    expect(child.exitCode).toBe(signal === 'SIGINT' ? 0 : null);
  });

  it('leaves nothing behind, ended while it starts', { timeout: 180_000 }, async () => {
    const before = await nothing();
    const { child, said } = startAnother();
    await said(/dockerd and sshd are up/);
    const folder = folderOf(child);
    const { range } = await bridges(basename(folder).slice('binnacle-lab-'.length));
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect([child.exitCode, range === undefined, await remains(folder, range)]).toEqual([0, false, before]);
  });

  it('takes nothing of another lab with it', async () => {
    const running = await lab.docker([
      'ps',
      '--quiet',
      '--filter',
      'status=running',
      '--filter',
      'label=com.docker.compose.project',
    ]);
    expect(running.trim().split('\n').length).toBeGreaterThanOrEqual(56);
  });
});
