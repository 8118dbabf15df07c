import { createHash } from 'node:crypto';
import type { PlannedContainer } from './fleet-plan.ts';
import {
  busy,
  finished,
  postgres,
  published,
  redis,
  restarting,
  type Service,
  stopped,
  unchecked,
  unhealthy,
  web,
  worker,
} from './fleet-services.ts';

/** A Compose project as one would find it on a server. */
interface ComposeApp {
  readonly project: string;
  /** Which Compose made it: 1 puts `_` in names and a relative path in `config_files`, 2 `-` and an absolute one. */
  readonly compose: 1 | 2;
  /** Networks beside its own. */
  readonly sharedNetworks: readonly string[];
  readonly services: readonly Service[];
}

/** Texts that a label may hold and that nobody may take for anything but text. */
export const hostileLabels: Readonly<Record<string, string>> = {
  'com.docker.compose.service': '<img src=x onerror=alert(1)>',
  'org.opencontainers.image.title': '\u001b[31mred\u001b[0m\u001b]0;owned\u0007',
  'org.opencontainers.image.description': 'first line\r\nsecond line\rover it',
  'org.opencontainers.image.vendor': 'user\u202Egnp.exe',
  'org.opencontainers.image.version': 'before\u0000after',
  '"><script>alert(1)</script>': '$(id) `id` %s %n',
};

const app = (project: string, services: readonly Service[], more: Partial<ComposeApp> = {}): ComposeApp => ({
  project,
  compose: 2,
  sharedNetworks: [],
  services,
  ...more,
});

const behindEdge = { sharedNetworks: ['edge_public'] };

/** Twelve apps of 56 running containers, and of the three that are not. */
export const composeApps: readonly ComposeApp[] = [
  app(
    'shop',
    [
      postgres('postgres', 'shop_pgdata'),
      redis('redis', 'shop_redisdata'),
      unhealthy('checkout', 'shop/checkout:3.1.0'),
      published('web', 'shop/web:2.4.1', { replicas: 3, dependsOn: ['api'] }),
      web('api', 'shop/api:2.4.1', { replicas: 2, dependsOn: ['postgres', 'redis'] }),
      worker('worker', 'shop/api:2.4.1', { replicas: 4, dependsOn: ['postgres', 'redis'] }),
    ],
    behindEdge,
  ),
  app(
    'wiki',
    [published('web', 'wiki:11', { spec: { labels: hostileLabels } }), unchecked('indexer', 'wiki:11')],
    behindEdge,
  ),
  app('media', [
    busy('transcoder', 'media/transcoder:7.0', 0.1),
    published('web', 'media/web:10.9'),
    worker('library', 'media/web:10.9'),
    worker('thumbnails', 'media/thumbnails:1', { replicas: 2 }),
  ]),
  app('git', [
    postgres('db', 'git_pgdata'),
    published('forge', 'forge:1.21', { dependsOn: ['db'] }),
    unchecked('runner', 'forge-runner:0.2', { replicas: 2, dependsOn: ['forge'] }),
  ]),
  app(
    'blog',
    [
      web('web', 'nginx:1.25'),
      worker('cms', 'blog/cms:5'),
      unchecked('cache', 'memcached:1.6'),
      worker('queue', 'blog/cms:5'),
    ],
    behindEdge,
  ),
  app('metrics', [
    web('prometheus', 'prom/prometheus:v2.51.0'),
    published('grafana', 'grafana/grafana:10.4.1'),
    web('alertmanager', 'prom/alertmanager:v0.27.0'),
    web('loki', 'grafana/loki:2.9.5'),
    unchecked('node-exporter', 'prom/node-exporter:v1.7.0'),
  ]),
  app('mail', [
    worker('smtp', 'mail/smtp:3.7'),
    worker('imap', 'mail/imap:2.3'),
    unchecked('spamfilter', 'mail/spamfilter:3.8'),
    published('webmail', 'mail/webmail:1.6', { dependsOn: ['imap', 'smtp'] }),
  ]),
  app('chat', [
    redis('redis', 'chat_redisdata'),
    published('server', 'chat/server:1.98', { dependsOn: ['redis'] }),
    worker('bridge', 'chat/bridge:0.9'),
    worker('push', 'chat/push:1.2'),
    unchecked('media', 'chat/media:1.3'),
  ]),
  app('ci', [
    published('server', 'ci/server:2.4'),
    unchecked('agent', 'ci/agent:2.4', { replicas: 4, dependsOn: ['server'] }),
    restarting('cleaner', 'ci/cleaner:0.3'),
  ]),
  app(
    'auth',
    [published('web', 'auth/web:24.0'), worker('ldap', 'auth/ldap:2.6'), unchecked('tokens', 'memcached:1.6')],
    { compose: 1 },
  ),
  app('backup', [
    worker('scheduler', 'backup/scheduler:1.8'),
    worker('store', 'backup/store:1.8'),
    stopped('verify', 'backup/scheduler:1.8'),
    finished('dump', 'backup/dump:1.8'),
  ]),
  app(
    'edge',
    [
      published('proxy', 'edge/proxy:2.11', { spec: { publish: [8080, 8443] } }),
      worker('certificates', 'edge/certificates:2.10'),
      worker('dns', 'edge/dns:1.11', { replicas: 2 }),
      unchecked('geoip', 'edge/geoip:7'),
    ],
    behindEdge,
  ),
];

/** Started by hand, without Compose. */
export const looseContainers: readonly PlannedContainer[] = [
  published('adminer', 'adminer:4.8.1'),
  unchecked('watchtower', 'containrrr/watchtower:1.7.1'),
  worker('registry-mirror', 'registry:2'),
  unchecked('debug-shell', 'busybox:1.36', { spec: { tty: true } }),
].map(({ service, spec, state }) => ({ app: null, state, spec: { ...spec, name: service } }));

/** The containers of one app, with the labels its Compose gives them. */
export function labelled(compose: ComposeApp): PlannedContainer[] {
  return compose.services.flatMap((each) =>
    Array.from({ length: each.replicas }, (_, index) => composeContainer(compose, each, index + 1)),
  );
}

/** One more of an app's containers, for a fleet that is larger than the list; spread evenly over the apps. */
export function replica(index: number): PlannedContainer {
  const compose = composeApps[index % composeApps.length] ?? app('more', []);
  return composeContainer(compose, worker('pool', 'pool:1'), Math.floor(index / composeApps.length) + 1);
}

function composeContainer(compose: ComposeApp, from: Service, number: number): PlannedContainer {
  const { project } = compose;
  const folder = `/srv/${project}`;
  const hash = createHash('sha256').update(`${project}/${from.service}`).digest('hex');
  const name = [project, from.service, ...(from.oneOff ? ['run', hash.slice(0, 12)] : [number])];
  const labels = {
    'com.docker.compose.project': project,
    'com.docker.compose.service': from.service,
    'com.docker.compose.container-number': String(number),
    'com.docker.compose.oneoff': from.oneOff ? 'True' : 'False',
    'com.docker.compose.config-hash': hash,
    'com.docker.compose.project.working_dir': folder,
    'com.docker.compose.project.config_files': compose.compose === 1 ? 'docker-compose.yml' : `${folder}/compose.yaml`,
    'com.docker.compose.version': compose.compose === 1 ? '1.29.2' : '2.24.5',
    ...(compose.compose === 1 ? {} : { 'com.docker.compose.depends_on': dependsOn(compose, from) }),
  };
  const spec = {
    ...from.spec,
    name: name.join(compose.compose === 1 ? '_' : '-'),
    labels: { ...labels, ...from.spec.labels },
    networks: [`${project}_default`, ...(from.spec.publish === undefined ? [] : compose.sharedNetworks)],
  };
  return { app: project, state: from.state, spec };
}

/** As Compose 2 writes it: `api:service_healthy:false,redis:service_started:false`. */
function dependsOn(compose: ComposeApp, from: Service): string {
  const condition = (name: string) =>
    compose.services.find((each) => each.service === name)?.state === 'healthy' ? 'service_healthy' : 'service_started';
  return from.dependsOn.map((name) => `${name}:${condition(name)}:false`).join(',');
}
