import { describe, expect, it } from 'vitest';
import { composeApps } from './fleet-apps.ts';
import { fleetPlan, isDatabase, isRunning, type PlannedState } from './fleet-plan.ts';

const whole = fleetPlan({ containers: 60, databases: true });

const states = (plan: typeof whole) => {
  const counted = Object.groupBy(plan.containers, ({ state }) => state);
  return Object.fromEntries(Object.entries(counted).map(([state, all]) => [state, all.length]));
};

describe('the fleet', () => {
  it('has 60 running containers, and one of each of the others', () => {
    expect(states(whole)).toEqual({ healthy: 43, unchecked: 16, unhealthy: 1, restarting: 1, stopped: 1, finished: 1 });
  });

  it('has 12 apps, none of which lives by replicas alone, and a few containers without one', () => {
    const apps = [...new Set(whole.containers.map(({ app }) => app).filter((app) => app !== null))];
    expect(apps.toSorted()).toEqual(composeApps.map(({ project }) => project).toSorted());
    expect(apps).toHaveLength(12);
    expect(whole.containers.filter(({ app }) => app === null).map(({ spec }) => spec.name)).toEqual([
      'adminer',
      'watchtower',
      'registry-mirror',
      'debug-shell',
    ]);
    expect(whole.containers.filter(({ spec }) => /pool/.test(spec.name))).toEqual([]);
  });

  it('has a network for each app and one that several share', () => {
    expect(whole.networks.toSorted()).toEqual(
      [...composeApps.map(({ project }) => `${project}_default`), 'edge_public'].toSorted(),
    );
  });

  it.each([1, 5, 59, 60, 61, 100, 300])('runs exactly %i when asked to, under names of their own', (containers) => {
    for (const databases of [true, false]) {
      const plan = fleetPlan({ containers, databases });
      const names = new Set(plan.containers.map(({ spec }) => spec.name));
      const others: PlannedState[] = plan.containers.filter((each) => !isRunning(each)).map(({ state }) => state);
      expect([plan.containers.filter(isRunning).length, names.size, others.toSorted()]).toEqual([
        containers,
        containers + 3,
        ['finished', 'restarting', 'stopped'],
      ]);
      if (!databases) expect(plan.containers.filter(isDatabase)).toEqual([]);
    }
  });

  it('is the same each time', () => {
    expect(fleetPlan({ containers: 100, databases: true })).toEqual(fleetPlan({ containers: 100, databases: true }));
  });

  it('labels a container as either Compose does', () => {
    const labels = (name: string) => {
      const { 'com.docker.compose.config-hash': hash, ...rest } =
        whole.containers.find(({ spec }) => spec.name === name)?.spec.labels ?? {};
      return { hash: hash?.length, ...rest };
    };
    expect([labels('shop-api-2'), labels('auth_ldap_1')]).toEqual([
      {
        hash: 64,
        'com.docker.compose.project': 'shop',
        'com.docker.compose.service': 'api',
        'com.docker.compose.container-number': '2',
        'com.docker.compose.oneoff': 'False',
        'com.docker.compose.project.working_dir': '/srv/shop',
        'com.docker.compose.project.config_files': '/srv/shop/compose.yaml',
        'com.docker.compose.version': '2.24.5',
        'com.docker.compose.depends_on': 'postgres:service_healthy:false,redis:service_healthy:false',
      },
      {
        hash: 64,
        'com.docker.compose.project': 'auth',
        'com.docker.compose.service': 'ldap',
        'com.docker.compose.container-number': '1',
        'com.docker.compose.oneoff': 'False',
        'com.docker.compose.project.working_dir': '/srv/auth',
        'com.docker.compose.project.config_files': 'docker-compose.yml',
        'com.docker.compose.version': '1.29.2',
      },
    ]);
  });

  it('marks the one that was run once as such', () => {
    const once = whole.containers.filter(({ spec }) => spec.labels?.['com.docker.compose.oneoff'] === 'True');
    expect(once.map(({ state, spec, app }) => [state, spec.restart, app])).toEqual([['finished', 'no', 'backup']]);
    expect(once[0]?.spec.name).toMatch(/^backup-dump-run-[0-9a-f]{12}$/);
  });
});
