import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { startPodman } from './podman.ts';
import { processes } from './processes.ts';
import { dockerProgram } from './requirements.ts';
import { run } from './run.ts';
import { describeSshd } from './vitest.ts';

interface Listed {
  readonly Names: readonly string[];
  readonly State: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** What Podman may leave on a machine, where it does so. */
const left = (folder: string) => ({
  folder: existsSync(folder),
  processes: processes().filter(({ command }) => command.includes(folder)),
  mounts: readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(basename(folder))),
  groups: globSync(['/sys/fs/cgroup/*', '/sys/fs/cgroup/*/*']).filter((path) => path.includes(basename(folder))),
  elsewhere: globSync([
    '/etc/cni/net.d/*',
    '/var/lib/cni/**',
    '/var/lib/containers/**',
    '/var/tmp/api_load*',
    '/run/libpod',
  ]),
});

describeSshd('a Podman of its own', () => {
  it('runs what it is asked to, and leaves nothing behind', { timeout: 120_000 }, async () => {
    const before = left('/nowhere/binnacle-lab-that-never-was');
    let folder = '';
    {
      await using podman = await startPodman();
      folder = podman.folder;
      await podman.api.post('/networks/create', { Name: 'shop_front', Driver: 'bridge' });
      const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
      const health = { test: ['/bin/true'] };
      await podman.runContainer({ name: 'shop-web-1', labels, health, networks: ['shop_front'] });
      await podman.runContainer({ name: 'failing', health: { test: ['/bin/false'], retries: 1 } });
      await podman.runContainer({ name: 'finished', command: ['/bin/false'] });
      await podman.runContainer({ name: 'restarted', restart: 'always' });
      const pid = async () =>
        (await podman.api.get<{ State: { Pid: number } }>('/containers/restarted/json')).State.Pid;
      const first = await pid();
      await podman.api.post('/containers/restarted/restart?t=1');
      expect(await pid()).not.toBe(first);
      expect([await podman.checkHealth('shop-web-1'), await podman.checkHealth('failing')]).toEqual([
        'healthy',
        'unhealthy',
      ]);

      const url = `unix://${podman.socketPath}`;
      const listed = await podman.api.get<Listed[]>('/containers/json?all=1');
      const states = listed.map(({ Names, State, Status }) => [Names[0], State, Status.replace(/ (\d+|Less).*$/, '')]);
      expect(states.toSorted()).toEqual([
        ['/failing', 'running', 'Up'],
        ['/finished', 'exited', 'Exited (1)'],
        ['/restarted', 'running', 'Up'],
        ['/shop-web-1', 'running', 'Up'],
      ]);
      expect(listed.find(({ Names }) => Names[0] === '/shop-web-1')?.Labels).toMatchObject(labels);
      // The docker client takes it for an engine.
      const format = ['-H', url, 'ps', '--format', '{{.Names}}'];
      expect((await run(dockerProgram() ?? 'docker', format)).trim().split('\n').toSorted()).toEqual([
        'failing',
        'restarted',
        'shop-web-1',
      ]);
      expect(left(folder)).toMatchObject({ folder: true });
      expect(left(folder).processes.length).toBeGreaterThan(3);
    }
    expect(left(folder)).toEqual(before);
  });
}, ['podman']);
