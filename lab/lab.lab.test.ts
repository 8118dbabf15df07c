import { expect, it, onTestFinished } from 'vitest';
import { createBody } from './container-spec.ts';
import { listedState } from './fleet.ts';
import { hostileLabels } from './fleet-apps.ts';
import { fleetPlan, isRunning } from './fleet-plan.ts';
import { run } from './run.ts';
import { describeLab } from './vitest.ts';

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Ports: readonly { readonly IP?: string; readonly PrivatePort: number; readonly PublicPort?: number }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

describeLab('the lab', (lab) => {
  const { containers: planned } = fleetPlan({ containers: 60, databases: true });
  const list = async () => {
    const names = new Set(planned.map(({ spec }) => `/${spec.name}`));
    const all = await lab.api.get<Listed[]>('/containers/json?all=1');
    return all.filter(({ Names }) => Names.some((name) => names.has(name)));
  };

  it('runs 60 containers, each in the state, with the labels and in the networks of its plan', async () => {
    const expected = planned.map(({ spec, state }) => [
      spec.name,
      state,
      spec.labels ?? {},
      (spec.networks ?? ['bridge']).toSorted(),
    ]);
    const seen = (await list()).map((each) => [
      each.Names[0]?.slice(1),
      // Which of the two it is depends on the instant, and so does whether one that heeded SIGTERM ended with 0.
      each.Names[0] === '/ci-cleaner-1'
        ? 'restarting'
        : each.Names[0] === '/backup-verify-1'
          ? 'stopped'
          : listedState(each),
      each.Labels,
      Object.keys(each.NetworkSettings.Networks).toSorted(),
    ]);
    const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
    expect(seen.toSorted(byName)).toEqual(expected.toSorted(byName));
    expect(planned.filter(isRunning)).toHaveLength(60);
    expect(
      (await list()).filter(({ State, Names }) => State === 'running' && Names[0] !== '/ci-cleaner-1'),
    ).toHaveLength(60);
  });

  it('keeps hostile labels as they are', async () => {
    const wiki = (await list()).find(({ Names }) => Names.includes('/wiki-web-1'));
    expect(wiki?.Labels).toMatchObject(hostileLabels);
  });

  it.each(['shop-postgres-1', 'git-db-1'])('has a PostgreSQL in %s that answers', async (name) => {
    const psql = [
      'exec',
      '--user',
      'postgres',
      name,
      'psql',
      '--no-align',
      '--tuples-only',
      '--command',
      'select 6 * 7',
    ];
    expect(await lab.docker(psql)).toBe('42\n');
  });

  it('has a Redis that answers', async () => {
    expect(await lab.docker(['exec', 'shop-redis-1', 'redis-cli', 'ping'])).toBe('PONG\n');
  });

  it('answers on every published port', async () => {
    const published = (await list()).flatMap(({ Ports }) => Ports.filter(({ PublicPort }) => PublicPort !== undefined));
    const web = published.filter(({ PrivatePort }) => PrivatePort === 8080);
    const answers = web.map(async ({ IP, PublicPort }) => (await fetch(`http://${IP}:${PublicPort}/`)).text());
    expect(await Promise.all(answers)).toEqual(web.map(() => 'ok\n'));
    expect(web.length).toBeGreaterThan(10);
  });

  it('tells why the unhealthy one is unhealthy', async () => {
    const { State } = await lab.api.get<{ State: { Health: { Log: { Output: string }[] } } }>(
      '/containers/shop-checkout-1/json',
    );
    expect(State.Health.Log.at(-1)?.Output).toBe('GET /health answered 503 "db pool exhausted"\n');
  });

  it('is reached by the docker client of the host at the other end of ssh', async () => {
    const options = [
      '-F',
      'none',
      '-o',
      'BatchMode=yes',
      '-o',
      `UserKnownHostsFile=${lab.knownHostsFile}`,
      '-i',
      lab.clientKeyFile,
      '-p',
      String(lab.port),
    ];
    const there = [`${lab.user}@${lab.host}`, 'docker', 'version', '--format', "'{{.Server.Version}}'"];
    expect(await run('ssh', [...options, ...there])).toBe(
      await lab.docker(['version', '--format', '{{.Server.Version}}']),
    );
  });

  it('runs what a test asks for, with its limits', async () => {
    const spec = {
      name: 'asked-for',
      memoryBytes: 32 * 1024 * 1024,
      restart: 'on-failure',
      labels: { a: 'b' },
    } as const;
    const id = await lab.runContainer(spec);
    onTestFinished(() => lab.removeContainer(id));
    const seen = await lab.api.get<{ Config: object; HostConfig: object; State: object }>(`/containers/${id}/json`);
    const { Labels, HostConfig } = createBody(spec, '') as { Labels: object; HostConfig: Record<string, unknown> };
    expect(seen).toMatchObject({
      Name: '/asked-for',
      State: { Status: 'running' },
      Config: { Labels },
      HostConfig: { Memory: HostConfig.Memory, RestartPolicy: { Name: 'on-failure' } },
    });
  });
});
