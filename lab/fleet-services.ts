import { type ContainerSpec, waitForEver } from './container-spec.ts';
import { postgresData } from './database-root.ts';
import type { PlannedState } from './fleet-plan.ts';

/** One service of a Compose app. */
export interface Service {
  readonly service: string;
  readonly spec: Omit<ContainerSpec, 'name'>;
  readonly state: PlannedState;
  readonly replicas: number;
  /** Services that Compose starts before it. */
  readonly dependsOn: readonly string[];
  /** Started by `compose run`, and not meant to stay. */
  readonly oneOff: boolean;
}

type Options = Partial<Omit<Service, 'service' | 'spec'>> & { readonly spec?: Partial<ContainerSpec> };

const MIB = 1024 * 1024;

function service(name: string, image: string, spec: Partial<ContainerSpec>, options: Options = {}): Service {
  const { spec: more, ...rest } = options;
  const whole = { image, restart: 'unless-stopped', memoryBytes: 64 * MIB, ...spec, ...more } as const;
  return { service: name, spec: whole, state: 'healthy', replicas: 1, dependsOn: [], oneOff: false, ...rest };
}

/** Answers HTTP on 8080, and is checked by asking it. */
export function web(name: string, image: string, options: Options = {}): Service {
  const command = ['httpd', '-f', '-p', '8080', '-h', '/www'];
  const health = { test: ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8080/'] };
  return service(name, image, { command, health, expose: [8080] }, options);
}

/** Like {@link web}, on a free port of 127.0.0.1. */
export const published = (name: string, image: string, options: Options = {}) =>
  web(name, image, { ...options, spec: { publish: [8080], ...options.spec } });

/** Works, as far as its health check can see. */
export const worker = (name: string, image: string, options: Options = {}) =>
  service(name, image, { health: { test: ['test', '-d', '/proc/1'] } }, options);

/** Runs, and nobody checks how it is. */
export const unchecked = (name: string, image: string, options: Options = {}) =>
  service(name, image, {}, { state: 'unchecked', ...options });

/** A real PostgreSQL, with its data in a volume. */
export function postgres(name: string, volume: string): Service {
  const settings = ['-c', 'listen_addresses=*', '-c', 'fsync=off', '-c', 'shared_buffers=16MB'];
  return service(name, 'postgres:15', {
    command: ['postgres', '-D', postgresData, ...settings],
    user: 'postgres',
    memoryBytes: 256 * MIB,
    volumes: { [postgresData]: volume },
    expose: [5432],
    health: { test: ['pg_isready', '--quiet'] },
  });
}

/** A real Redis, with its data in a volume. */
export function redis(name: string, volume: string): Service {
  const settings = ['--dir', '/data', '--bind', '0.0.0.0', '--protected-mode', 'no', '--appendonly', 'yes'];
  return service(name, 'redis:7', {
    command: ['redis-server', ...settings],
    user: 'redis',
    memoryBytes: 128 * MIB,
    volumes: { '/data': volume },
    expose: [6379],
    health: { test: ['redis-cli', 'ping'] },
  });
}

/** Runs, and its health check fails each time. */
export function unhealthy(name: string, image: string): Service {
  const test = ['sh', '-c', `echo 'GET /health answered 503 "db pool exhausted"'; exit 1`];
  return unchecked(name, image, { state: 'unhealthy', spec: { health: { test, intervalMs: 5_000, retries: 1 } } });
}

/** Ends with 1 as soon as it has been started, and is started again, ever more slowly. */
export function restarting(name: string, image: string): Service {
  const command = ['sh', '-c', 'echo "cannot reach the cache" >&2; sleep 0.2; exit 1'];
  return unchecked(name, image, { state: 'restarting', spec: { restart: 'always', command } });
}

/** Was running until somebody stopped it. */
export const stopped = (name: string, image: string) =>
  unchecked(name, image, { state: 'stopped', spec: { command: ['sh', '-c', waitForEver] } });

/** A one-off that has done its work. */
export const finished = (name: string, image: string) =>
  unchecked(name, image, { state: 'finished', oneOff: true, spec: { restart: 'no', command: ['echo', 'dumped'] } });

/** Keeps the processor busy, as far as its limit lets it: `share` of one core, all the time. */
export const busy = (name: string, image: string, share: number) =>
  unchecked(name, image, { spec: { cpus: share, command: ['sh', '-c', 'while :; do :; done'] } });
