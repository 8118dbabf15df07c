import type { HostState } from '#contract/fleet.ts';
import type { FleetHost, Summary } from '#contract/updates.ts';
import { summaryOf } from '../../src-main/fleet/summary.ts';
import { aContainer, aHost, uuid } from '../../src-main/router/services.fixture.ts';
import type { HostSnapshot } from '../../src-main/router/services.ts';

type Container = HostSnapshot['containers'][number]['container'];

const MIB = 1024 ** 2;
const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A container in a few words: what is not said is as in any healthy container. */
interface Sketch extends Partial<Container> {
  readonly service: string;
  readonly image: string;
  readonly cores: number;
  readonly mib: number;
  /** On every address of the host; the container's own is the same. */
  readonly published?: readonly number[];
}

interface AppSketch {
  readonly app: string;
  readonly upMs: number;
  readonly containers: readonly Sketch[];
}

/** `ms` before now (after, where negative), as the contract tells times. */
export function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

/** A host as it looks while it is live, with what runs on it. @param number counts from 1, and tells hosts apart */
export function stagedHost(number: number, label: string, apps: readonly AppSketch[]): HostSnapshot {
  const containers = apps.flatMap((sketch, appIndex) =>
    sketch.containers.map((one, index) => ({
      app: sketch.app,
      container: sketched(number * 1_000 + appIndex * 20 + index, sketch, `172.2${number}.${appIndex}`, one),
    })),
  );
  return {
    host: aHost(uuid(number), {
      label,
      target: `ssh://ops@${label}.example.org`,
      status: { state: 'live', since: ago(3 * HOUR) },
      latencyMs: 6 + 5 * number,
      freshAt: ago(2 * SECOND),
      engine: { name: 'docker', version: '28.3.2', apiVersion: '1.51' },
    }),
    containers,
  };
}

function sketched(number: number, { app, upMs }: AppSketch, prefix: string, sketch: Sketch): Container {
  const { service, image, cores, mib, published = [], ...change } = sketch;
  const health = change.health ?? 'healthy';
  return aContainer(number, {
    name: `${app}-${service}-1`,
    service,
    image,
    health,
    reason: health === 'healthy' ? 'healthy' : 'unchecked',
    cpuPercent: cores * 100,
    memoryBytes: mib * MIB,
    startedAt: ago(upMs),
    ports: published.map((port) => ({
      hostIp: '0.0.0.0',
      hostPort: port,
      containerPort: port,
      protocol: 'tcp',
    })),
    networks: [{ name: `${app}_default`, ip: `${prefix}.${2 + (number % 20)}`, subnet: `${prefix}.0/24` }],
    ...change,
  });
}

const unchecked = { health: 'none' } as const;
const stopped = {
  state: 'exited',
  reason: 'stopped',
  health: null,
  exitCode: 0,
  cpuPercent: null,
  memoryBytes: null,
} as const;
const postgres = (mib: number): Sketch => ({
  service: 'postgres',
  image: 'postgres:17.5',
  cores: 0.06,
  mib,
  protected: true,
  protection: 'database',
});
const redis: Sketch = {
  service: 'redis',
  image: 'redis:8.0',
  cores: 0.02,
  mib: 88,
  protected: true,
  protection: 'database',
};

/** What customers see. */
export function atlas(): HostSnapshot {
  return stagedHost(1, 'atlas', [
    {
      app: 'shop',
      upMs: 6 * DAY,
      containers: [
        { service: 'web', image: 'ghcr.io/example/shop-web:4.2.1', cores: 0.14, mib: 210, published: [443, 80] },
        {
          service: 'api',
          image: 'ghcr.io/example/shop-api:4.2.1',
          cores: 0.42,
          mib: 640,
          memoryLimitBytes: 1_024 * MIB,
        },
        postgres(910),
        redis,
      ],
    },
    {
      app: 'nextcloud',
      upMs: 19 * DAY,
      containers: [
        { service: 'app', image: 'nextcloud:31.0.6-apache', cores: 0.14, mib: 430, published: [8443] },
        { service: 'mariadb', image: 'mariadb:11.4', cores: 0.07, mib: 510, protected: true, protection: 'database' },
        { ...redis, mib: 41 },
        { service: 'cron', image: 'nextcloud:31.0.6-apache', cores: 0.01, mib: 58, ...unchecked },
        { service: 'collabora', image: 'collabora/code:25.04.2', cores: 0, mib: 0, ...stopped },
      ],
    },
    {
      app: 'gitea',
      upMs: 11 * DAY,
      containers: [
        { service: 'gitea', image: 'gitea/gitea:1.24', cores: 0.12, mib: 360, published: [3000, 2222] },
        postgres(280),
      ],
    },
    {
      app: 'traefik',
      upMs: 41 * DAY,
      containers: [
        { service: 'traefik', image: 'traefik:v3.4.1', cores: 0.04, mib: 92, published: [8080], ...unchecked },
      ],
    },
    {
      app: 'vaultwarden',
      upMs: 41 * DAY,
      containers: [
        { service: 'vaultwarden', image: 'vaultwarden/server:1.34.1', cores: 0.01, mib: 58, published: [8222] },
      ],
    },
  ]);
}

/** What the house lives on. */
export function borealis(): HostSnapshot {
  return stagedHost(2, 'borealis', [
    {
      app: 'monitoring',
      upMs: 27 * DAY,
      containers: [
        { service: 'grafana', image: 'grafana/grafana:12.0.2', cores: 0.08, mib: 180, published: [3001] },
        { service: 'prometheus', image: 'prom/prometheus:v3.4.1', cores: 0.21, mib: 1_220 },
        { service: 'alertmanager', image: 'prom/alertmanager:v0.28.1', cores: 0.01, mib: 46 },
        { service: 'node-exporter', image: 'prom/node-exporter:v1.9.1', cores: 0.02, mib: 24, ...unchecked },
      ],
    },
    {
      app: 'mail',
      upMs: 33 * DAY,
      containers: [
        { service: 'postfix', image: 'example/postfix:3.10', cores: 0.05, mib: 140, published: [25, 465, 587, 993] },
        { service: 'rspamd', image: 'rspamd/rspamd:3.12', cores: 0.09, mib: 410 },
      ],
    },
    {
      app: 'paperless',
      upMs: 4 * DAY,
      containers: [
        {
          service: 'webserver',
          image: 'ghcr.io/paperless-ngx/paperless-ngx:2.17',
          cores: 0.3,
          mib: 720,
          published: [8010],
        },
        postgres(220),
      ],
    },
  ]);
}

/** The one in the cellar, which is not always there. */
export function cinder(): HostSnapshot {
  return stagedHost(3, 'cinder', [
    {
      app: 'photos',
      upMs: 2 * DAY,
      containers: [
        {
          service: 'server',
          image: 'ghcr.io/immich-app/immich-server:v1.135',
          cores: 0.31,
          mib: 1_400,
          published: [2283],
        },
        { service: 'machine-learning', image: 'ghcr.io/immich-app/immich-machine-learning:v1.135', cores: 0, mib: 700 },
        postgres(310),
      ],
    },
    {
      app: 'home',
      upMs: 9 * DAY,
      containers: [
        {
          service: 'home-assistant',
          image: 'homeassistant/home-assistant:2025.7',
          cores: 0.2,
          mib: 480,
          published: [8123],
        },
        { service: 'mosquitto', image: 'eclipse-mosquitto:2.0', cores: 0.01, mib: 12, published: [1883], ...unchecked },
      ],
    },
  ]);
}

/** The host as it is shown when it has not been seen for `forMs`. */
export function unseen({ host, containers }: HostSnapshot, status: HostState, forMs: number): HostSnapshot {
  const minutes = Math.round(forMs / MINUTE);
  return {
    host: { ...host, status, verdict: 'unknown', freshAt: ago(forMs), latencyMs: null },
    containers: containers.map(({ app, container }) => ({
      app,
      container: { ...container, verdict: 'unknown', reason: `last seen ${minutes} min ago` },
    })),
  };
}

/** A host that was never read: nothing is known but that it is there. */
export function neverSeen(number: number, label: string, change: Partial<FleetHost>): HostSnapshot {
  const { host } = stagedHost(number, label, []);
  return {
    host: { ...host, verdict: 'unknown', freshAt: null, latencyMs: null, engine: null, ...change },
    containers: [],
  };
}

/** The sentence that the core would say of them. */
export function summaryFor(snapshots: readonly HostSnapshot[]): Summary {
  return summaryOf(
    snapshots.map(({ host, containers }) => {
      const apps = Map.groupBy(containers, ({ app }) => app);
      return {
        ...host,
        apps: [...apps].map(([name, members]) => ({
          name,
          verdict: 'green',
          containers: members.map(({ container }) => container),
        })),
      };
    }),
  );
}
