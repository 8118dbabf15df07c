import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActionRequest, ContainerAction, Run } from '#contract/actions.ts';
import type { HostMode } from '#contract/hosts.ts';
import { createEngineServer } from './demo/engine-server.ts';
import { makeKeys } from './demo/keys.ts';
import { demoPlan, type PlannedHost } from './demo/plan.ts';
import { Simulation } from './demo/simulation.ts';
import { DEMO_USER, openSshHost } from './demo/ssh-host.ts';
import { Timetable } from './demo/timetable.ts';
import type { Home } from './home/home.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Services } from './router/services.ts';
import { until } from './window-core.fixture.ts';

/** A host that is not there: a real SSH server in front of a simulated engine, which keeps what it is asked to change. */
export interface RecordedHost extends AsyncDisposable {
  readonly id: string;
  readonly label: string;
  readonly target: string;
  readonly identityFile: string;
  /** `SHA256:…` */
  readonly hostKeyFingerprint: string;
  /** What is no plain look, in order, as in `POST shop-web-1/stop?t=10`. */
  readonly changes: readonly string[];
  /** Id of a container of the app `shop`, as in `worker-1`. */
  idOf(name: string): string;
  state(name: string): string;
  /** Called when a change has come, before it is carried out. */
  onChange: (change: string) => void;
  /** All of its containers are made anew, as by `compose up --force-recreate`: the same names, other ids. */
  recreate(): void;
}

/** What takes its time on a machine passes quickly here: containers end in a hundredth of it. */
const quick: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

/** The app `shop` of the demo: `web`, `worker` (two of them), `api`, and the databases `postgres` and `redis`. */
export async function startRecordedHost(label: string): Promise<RecordedHost> {
  await using cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-recorded-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const keys = await makeKeys(folder);
  const timetable = cleanup.use(new Timetable(quick));
  const simulations: Simulation[] = [];
  cleanup.defer(() => {
    for (const simulation of simulations) simulation[Symbol.dispose]();
  });
  const simulated = (generation: string) => {
    const options = { clock: quick, timetable, random: () => 0, wobble: null };
    const simulation = new Simulation(shopOn(`${label}${generation}`), options);
    simulations.push(simulation);
    return { simulation, server: createEngineServer(simulation) };
  };
  let engine = simulated('');
  const find = (reference: string) => {
    const found = engine.simulation.find(reference);
    if (found === null) throw new Error(`there is no ${reference}`);
    return found;
  };
  const changes: string[] = [];
  const front = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const [, id = '', rest = ''] = /\/containers\/(\w+)(\/.*)$/.exec(request.url ?? '') ?? [];
      const change = `${request.method} ${engine.simulation.find(id)?.plan.name ?? request.url}${rest}`;
      changes.push(change);
      host.onChange(change);
    }
    engine.server.emit('request', request, response);
  });
  const { port } = cleanup.use(await openSshHost(front, keys));
  const owned = cleanup.move();
  const host: RecordedHost = {
    id: `00000000-0000-4000-8000-${Buffer.from(label).toString('hex').padStart(12, '0').slice(-12)}`,
    label,
    target: `ssh://${DEMO_USER}@127.0.0.1:${port}`,
    identityFile: keys.identityFile,
    hostKeyFingerprint: keys.hostKeyFingerprint,
    changes,
    idOf: (name) => find(`shop-${name}`).id,
    state: (name) => find(`shop-${name}`).life.state,
    onChange: () => undefined,
    recreate() {
      engine = simulated(' anew');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return host;
}

function shopOn(label: string): PlannedHost {
  const [atlas] = demoPlan.hosts as [PlannedHost];
  return { ...atlas, label, containers: atlas.containers.filter(({ app }) => app === 'shop') };
}

/** Puts the hosts into the settings of `home`. */
export function saveHosts(home: Home, hosts: readonly RecordedHost[], mode: HostMode = 'operate'): void {
  const saved = hosts.map(({ id, label, target, identityFile }) => {
    return { id, name: label, target, mode, identityFiles: [identityFile] };
  });
  writeFileSync(home.settingsFile, JSON.stringify({ schema: 1, hosts: saved }));
}

/** Resolves when every host has been read; host keys are accepted on the way. */
export async function allLive({ fleet, questions }: Pick<Services, 'fleet' | 'questions'>): Promise<void> {
  const accept = () => {
    for (const { id } of questions.open()) questions.answer(id, { kind: 'hostKey', accept: true });
  };
  using _ = questions.subscribe(() => queueMicrotask(accept));
  accept();
  const isRead = (id: string) => {
    const { host, containers = [] } = fleet.host(id) ?? {};
    return (
      host?.status.state === 'live' && containers.length > 0 && containers.every((one) => !one.container.provisional)
    );
  };
  await until(fleet, () => fleet.hostIds.every(isRead));
}

/** One container of `shop` on a recorded host. */
export function asked(action: ContainerAction, host: RecordedHost, name: string): ActionRequest {
  return { action, hostId: host.id, containerId: host.idOf(name) };
}

const never = new AbortController().signal;

/** Plans, confirms, and waits until it has ended. */
export async function act(
  actions: Services['actions'],
  request: ActionRequest,
  reason: string | null = null,
): Promise<Run> {
  const { id } = await actions.plan(request, never);
  const { run } = await actions.run({ plan: id, reason });
  return await ended(actions, run);
}

export async function ended(actions: Services['actions'], run: string): Promise<Run> {
  const now = () => actions.runs().find(({ id }) => id === run);
  await until(actions, () => now()?.state !== 'running');
  return now() as Run;
}

/** The code it is refused with; else `done`. */
export function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'done',
    ({ code }: { readonly code: string }) => code,
  );
}
