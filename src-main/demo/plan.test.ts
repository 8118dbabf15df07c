import { expect, test } from 'vitest';
import { demoPlan, scaledPlan } from './plan.ts';

const containers = demoPlan.hosts.flatMap((host) => host.containers.map((container) => ({ host, ...container })));

test('the demo is 60 containers and 14 apps on 2 hosts, with one of each trouble', () => {
  const count = (wanted: (container: (typeof containers)[number]) => boolean) => containers.filter(wanted).length;
  expect({
    hosts: demoPlan.hosts.map((host) => [host.label, host.containers.length]),
    apps: new Set(containers.map(({ app, name }) => app ?? name)).size,
    unhealthy: count(({ condition }) => condition.kind === 'unhealthy'),
    restarting: count(({ condition }) => condition.kind === 'restart-loop'),
    stopped: count(({ condition, oneOff }) => condition.kind === 'exited' && !oneOff),
    finished: count(({ condition, oneOff }) => condition.kind === 'exited' && oneOff),
    unchecked: count(({ condition, check }) => condition.kind === 'steady' && check === null),
    byHand: count(({ app }) => app === null),
    terminals: count(({ tty }) => tty),
  }).toEqual({
    hosts: [
      ['atlas', 30],
      ['borealis', 30],
    ],
    apps: 14,
    unhealthy: 1,
    restarting: 1,
    stopped: 1,
    finished: 1,
    unchecked: 12,
    byHand: 1,
    terminals: 1,
  });
});

test('no two containers of a host have one name, or publish one port', () => {
  for (const host of demoPlan.hosts) {
    const names = host.containers.map(({ name }) => name);
    const ports = host.containers.flatMap((container) =>
      container.ports.flatMap(({ published, protocol }) => (published === null ? [] : `${published.port}/${protocol}`)),
    );
    expect([names, ports].map((list) => new Set(list).size)).toEqual([names.length, ports.length]);
  }
});

test('every service that another waits for is in its app', () => {
  const lost = containers.flatMap(({ app, dependsOn }) =>
    dependsOn.filter((name) => !containers.some((other) => other.app === app && other.service === name)),
  );
  expect(lost).toEqual([]);
});

test('what a container waits for is said as Compose says it', () => {
  const said = Object.fromEntries(
    containers.map(({ name, labels }) => [name, labels['com.docker.compose.depends_on'] ?? null]),
  );
  expect(said).toMatchObject({
    'shop-postgres-1': '',
    'shop-api-1': 'postgres:service_healthy:false,redis:service_healthy:false',
    'home-zigbee2mqtt-1': 'mosquitto:service_started:false',
    vaultwarden: null,
  });
});

test('volumes, folders and networks are shared, so that what an action touches reaches beyond it', () => {
  const sharing = (things: (container: (typeof containers)[number]) => readonly string[]) => {
    const users = Object.groupBy(
      containers.flatMap((one) => things(one).map((thing) => ({ thing, name: one.name }))),
      ({ thing }) => thing,
    );
    return Object.values(users).filter((list = []) => list.length > 1);
  };
  const apps = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name);
  const volumes = sharing(({ volumes }) => Object.values(volumes)).map(apps);
  expect(volumes).toContainEqual(['nextcloud-app-1', 'nextcloud-cron-1']);
  expect(volumes).toContainEqual(['media-jellyfin-1', 'media-transcoder-1', 'media-thumbnails-1']);
  expect(sharing(({ networks, app }) => networks.filter((name) => name !== `${app}_default`)).length).toBeGreaterThan(
    0,
  );
});

test('every network of a container is one of its host, with addresses of its own', () => {
  for (const { containers: there, networks } of demoPlan.hosts) {
    const known = networks.map(({ name }) => name);
    expect(there.flatMap((container) => container.networks.filter((name) => !known.includes(name)))).toEqual([]);
    const prefixes = networks.flatMap(({ prefix }) => prefix ?? []);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  }
});

test.each([
  { hosts: 20, containers: 2_000 },
  { hosts: 3, containers: 10 },
  { hosts: 2, containers: 1 },
])('a fleet of $containers containers on $hosts hosts has as many, all of them steady', (size) => {
  const { hosts, wobble } = scaledPlan(size);
  const counts = hosts.map((host) => host.containers.length);
  expect({
    hosts: hosts.length,
    containers: counts.reduce((sum, count) => sum + count, 0),
    uneven: Math.max(...counts) - Math.min(...counts) > 1,
    labels: new Set(hosts.map(({ label }) => label)).size,
    kinds: [...new Set(hosts.flatMap((host) => host.containers.map(({ condition }) => condition.kind)))],
    wobble,
  }).toEqual({ ...size, uneven: false, labels: size.hosts, kinds: ['steady'], wobble: null });
});
