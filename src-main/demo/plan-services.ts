import { createHash } from 'node:crypto';
import type { PlannedContainer, PlannedPort } from './plan.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const days = (count: number) => count * DAY;
export const hours = (count: number) => count * HOUR;

export interface PlannedApp {
  readonly containers: readonly PlannedContainer[];
}

/** One service before it belongs to an app: what `app` fills in is left out. */
export interface PlannedService extends Omit<PlannedContainer, 'name' | 'app' | 'number' | 'startedAgoMs'> {
  readonly replicas: number;
  /** null: it was started with its app. */
  readonly startedAgoMs: number | null;
}

type Options = Omit<Partial<PlannedService>, 'service' | 'check' | 'ports'> & {
  /** As in a Compose file: `8080:80`, `127.0.0.1:5432:5432`, `53:53/udp`; `9000` is exposed only. */
  readonly ports?: readonly string[];
  /** The command of its health check. */
  readonly check?: string;
  /** How long its check takes to pass after a start. */
  readonly startMs?: number;
};

export function service(name: string, image: string, options: Options): PlannedService {
  const { ports = [], check, startMs = 6_000, ...rest } = options;
  return {
    service: name,
    image,
    command: `/docker-entrypoint.sh ${name}`,
    voice: 'worker',
    logEveryMs: 5_000,
    cores: 0.02,
    memoryMib: 96,
    memoryLimitMib: null,
    check: check === undefined ? null : { command: check, startMs },
    condition: { kind: 'steady' },
    stopSignal: 'SIGTERM',
    stopTimeout: null,
    stubborn: false,
    restart: 'unless-stopped',
    ports: ports.map(portOf),
    networks: [],
    volumes: {},
    labels: {},
    dependsOn: [],
    tty: false,
    oneOff: false,
    replicas: 1,
    startedAgoMs: null,
    ...rest,
  };
}

/** A PostgreSQL with its data in a volume. */
export const postgres = (app: string, options: Options = {}, name = 'postgres') =>
  service(name, 'postgres:16.9', {
    command: 'docker-entrypoint.sh postgres',
    voice: 'postgres',
    logEveryMs: 4_000,
    cores: 0.05,
    memoryMib: 340,
    memoryLimitMib: 1_024,
    check: 'pg_isready -U app',
    // As its image has it: SIGTERM would wait until the last client has gone.
    stopSignal: 'SIGINT',
    ports: ['5432'],
    volumes: { '/var/lib/postgresql/data': `${app}_pgdata` },
    ...options,
  });

/** A Redis with its data in a volume. */
export const redis = (app: string, options: Options = {}) =>
  service('redis', 'redis:7.4-alpine', {
    command: 'docker-entrypoint.sh redis-server --appendonly yes',
    voice: 'redis',
    logEveryMs: 12_000,
    cores: 0.01,
    memoryMib: 48,
    memoryLimitMib: 256,
    check: 'redis-cli ping',
    startMs: 3_000,
    ports: ['6379'],
    volumes: { '/data': `${app}_redis` },
    ...options,
  });

/** The containers of a Compose app, as Compose 2 names and labels them. */
export function app(project: string, startedAgoMs: number, services: readonly PlannedService[]): PlannedApp {
  const containers = services.flatMap((one, place) =>
    Array.from({ length: one.replicas }, (_, index) =>
      composed(project, services, one, index + 1, startedAgoMs - place * 1_700),
    ),
  );
  return { containers };
}

/** One that was started by `docker run`: an app of its own. */
export function alone(startedAgoMs: number, { replicas: _, ...one }: PlannedService): PlannedApp {
  const networks = one.networks.length === 0 ? ['bridge'] : one.networks;
  return { containers: [{ ...one, name: one.service, app: null, number: 1, startedAgoMs, networks }] };
}

/** Apps of five containers, the last of fewer, until there are `count`. */
export function numbered(count: number): PlannedApp[] {
  return Array.from({ length: Math.ceil(count / 5) }, (_, index) => {
    const project = `app-${String(index + 1).padStart(3, '0')}`;
    const services = [
      service('web', 'acme/web:4.2.1', { voice: 'access', logEveryMs: 1_000, cores: 0.06, check: 'curl -f localhost' }),
      service('api', 'acme/api:4.2.1', { voice: 'api', logEveryMs: 800, cores: 0.12, check: 'curl -f localhost' }),
      service('worker', 'acme/api:4.2.1', { cores: 0.08, memoryLimitMib: 512 }),
      postgres(project),
      redis(project),
    ];
    return app(project, days(3) + hours(index), services.slice(0, count - index * 5));
  });
}

function composed(
  project: string,
  services: readonly PlannedService[],
  from: PlannedService,
  number: number,
  appAgoMs: number,
): PlannedContainer {
  const { replicas: _, ...one } = from;
  const hash = createHash('sha256').update(`${project}/${one.service}`).digest('hex');
  const folder = `/srv/${project}`;
  const labels = {
    'com.docker.compose.project': project,
    'com.docker.compose.service': one.service,
    'com.docker.compose.container-number': String(number),
    'com.docker.compose.oneoff': one.oneOff ? 'True' : 'False',
    'com.docker.compose.config-hash': hash,
    'com.docker.compose.image': `sha256:${createHash('sha256').update(one.image).digest('hex')}`,
    'com.docker.compose.project.config_files': `${folder}/compose.yaml`,
    'com.docker.compose.project.working_dir': folder,
    'com.docker.compose.version': '2.38.2',
    'com.docker.compose.depends_on': dependencies(services, one.dependsOn),
  };
  const isHost = one.networks.includes('host');
  return {
    ...one,
    name: [project, one.service, ...(one.oneOff ? ['run', hash.slice(0, 12)] : [number])].join('-'),
    app: project,
    number,
    startedAgoMs: one.startedAgoMs ?? appAgoMs,
    networks: isHost ? one.networks : [`${project}_default`, ...one.networks],
    labels: { ...labels, ...one.labels },
  };
}

/** As Compose 2 writes it: `postgres:service_healthy:false,queue:service_started:false`. */
function dependencies(services: readonly PlannedService[], names: readonly string[]): string {
  const isChecked = (name: string) => services.some((one) => one.service === name && one.check !== null);
  return names.map((name) => `${name}:service_${isChecked(name) ? 'healthy' : 'started'}:false`).join(',');
}

function portOf(text: string): PlannedPort {
  const [ports = '', protocol = 'tcp'] = text.split('/');
  const parts = ports.split(':');
  const host = parts.at(-2);
  return {
    containerPort: Number(parts.at(-1)),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    published: host === undefined ? null : { ip: parts.at(-3) ?? '0.0.0.0', port: Number(host) },
  };
}
