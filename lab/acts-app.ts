import { waitForEver } from './container-spec.ts';
import { createNetworks, settle } from './fleet.ts';
import { labelled } from './fleet-apps.ts';
import { postgres, unchecked, web } from './fleet-services.ts';
import { busyboxImage } from './images.ts';
import type { LabTools } from './lab-access.ts';

/** `web`: checked, needs `api`. `api`: unchecked, needs `pg`. `stubborn`: has to be killed. `pg`: a real PostgreSQL. */
export type ActsService = 'web' | 'api' | 'stubborn' | 'pg';
const SERVICES: readonly ActsService[] = ['web', 'api', 'stubborn', 'pg'];

/** What the docker client says of one container. */
export interface ActsState {
  readonly status: string;
  /** null: it has no health check. */
  readonly health: string | null;
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** A Compose app that a test may do anything to. Disposing it removes it, with its network and its volume. */
export interface Acts extends AsyncDisposable {
  /** Name of the Compose project. */
  readonly app: string;
  /** 64 hexadecimal digits each. */
  readonly ids: Readonly<Record<ActsService, string>>;
  /** As in `acts-web-1`. */
  readonly names: Readonly<Record<ActsService, string>>;
  /** As `docker inspect` shows it now. */
  state(service: ActsService): Promise<ActsState>;
  /**
   * What the engine has told of the app since it stood, oldest first: `kill web 15`, `die web 0`, `stop web`; without what
   * health checks run.
   */
  events(): Promise<string[]>;
  /** Rows that PostgreSQL keeps across restarts: adds one, and counts them. @throws Error while it is not up */
  addRow(): Promise<number>;
}

/** What `stubborn` asks for, and needs all of: long enough to cut a link meanwhile. */
const STUBBORN_SECONDS = 3;
const EVERY_SECOND = 1_000;

/** A web server beside a first process that ends when it is told to: busybox's own would not heed the signal. */
const WEB = `httpd -p 8080 -h /www; ${waitForEver}`;
const STUBBORN = 'trap "" TERM; while :; do sleep 1; done';

/**
 * Makes the app in a running lab, and resolves when its checks have passed. What a run that was killed left of one of
 * that name is removed first: names are for one test at a time. The lab must have databases.
 * @param options.project other than `acts`, where two are to stand side by side
 */
export async function createActs(lab: LabTools, { project = 'acts' } = {}): Promise<Acts> {
  const network = `${project}_default`;
  const volume = `${project}_pgdata`;
  const remove = async () => {
    const label = `label=com.docker.compose.project=${project}`;
    const found = (await lab.docker(['ps', '--all', '--quiet', '--no-trunc', '--filter', label])).trim();
    await Promise.all((found === '' ? [] : found.split('\n')).map((id) => lab.removeContainer(id)));
    const networks = (await lab.docker(['network', 'ls', '--format', '{{.Name}}'])).trim().split('\n');
    if (networks.includes(network)) await lab.api.delete(`/networks/${network}`);
    await lab.docker(['volume', 'rm', '--force', volume]);
  };
  await remove();
  await using undo = new AsyncDisposableStack();
  undo.defer(remove);

  const planned = labelled({ project, compose: 2, sharedNetworks: [], services: servicesOf(volume) });
  await createNetworks(lab.api, [network]);
  const ids = Object.fromEntries(
    await Promise.all(planned.map(async ({ spec }, place) => [SERVICES[place], await lab.runContainer(spec)] as const)),
  ) as Record<ActsService, string>;
  await settle(lab.api, planned, { onProgress: () => {}, signal: new AbortController().signal });
  await lab.docker(inPostgres(ids.pg, 'create table acts (at timestamptz default now())'));

  const owned = undo.move();
  const since = (await engineTime(lab)).toFixed(3);
  return {
    app: project,
    ids,
    names: Object.fromEntries(planned.map(({ spec }, place) => [SERVICES[place], spec.name])) as Acts['names'],
    state: (service) => stateOf(lab, ids[service]),
    events: () => eventsOf(lab, { project, since }),
    async addRow() {
      await lab.docker(inPostgres(ids.pg, 'insert into acts default values'));
      return Number(await lab.docker(inPostgres(ids.pg, 'select count(*) from acts')));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** In the order of {@link SERVICES}. */
function servicesOf(volume: string) {
  const database = postgres('pg', volume);
  const site = web('web', busyboxImage, { dependsOn: ['api'] });
  const health = { test: ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8080/'], intervalMs: EVERY_SECOND };
  return [
    { ...site, spec: { ...site.spec, command: ['sh', '-c', WEB], health } },
    unchecked('api', busyboxImage, { dependsOn: ['pg'] }),
    unchecked('stubborn', busyboxImage, {
      spec: { command: ['sh', '-c', STUBBORN], stopTimeout: STUBBORN_SECONDS },
    }),
    { ...database, spec: { ...database.spec, health: { test: ['pg_isready', '--quiet'], intervalMs: EVERY_SECOND } } },
  ];
}

function inPostgres(id: string, statement: string): string[] {
  return ['exec', '--user', 'postgres', id, 'psql', '--no-align', '--tuples-only', '--quiet', '--command', statement];
}

async function stateOf({ docker }: LabTools, id: string): Promise<ActsState> {
  const { Status, ExitCode, StartedAt, FinishedAt, Health } = JSON.parse(
    await docker(['inspect', '--format', '{{json .State}}', id]),
  );
  return {
    status: Status,
    health: Health?.Status ?? null,
    exitCode: ExitCode,
    startedAt: StartedAt,
    finishedAt: FinishedAt,
  };
}

/** Seconds since the epoch of the engine's clock. */
async function engineTime({ api }: LabTools): Promise<number> {
  const { SystemTime } = await api.get<{ readonly SystemTime: string }>('/info');
  return Date.parse(SystemTime) / 1_000;
}

async function eventsOf(lab: LabTools, { project, since }: { readonly project: string; readonly since: string }) {
  const said = await lab.docker([
    'events',
    ...['--since', since, '--until', (await engineTime(lab)).toFixed(3), '--format', '{{json .}}'],
    ...['--filter', 'type=container', '--filter', `label=com.docker.compose.project=${project}`],
  ]);
  return said.split('\n').flatMap((line) => {
    if (line === '') return [];
    const { Action, Actor } = JSON.parse(line);
    const { signal, exitCode, 'com.docker.compose.service': service } = Actor.Attributes;
    if (Action.startsWith('exec_')) return [];
    return [[Action, service, signal ?? exitCode].filter((part) => part !== undefined).join(' ')];
  });
}
