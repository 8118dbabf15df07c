import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineApi } from './engine-api.ts';
import type { PlannedContainer, PlannedState } from './fleet-plan.ts';
import { runContainer } from './lab-access.ts';

/** Who is told how far it is, and who may end it. */
export interface Steps {
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How many are being started at a time: more only wait for each other in the engine. */
const WIDTH = 4;

export async function createNetworks(api: EngineApi, names: readonly string[]): Promise<void> {
  // One after the other: the engine gives out address ranges under one lock anyway.
  for (const name of names) {
    const [project, network] = name.split('_');
    const Labels = { 'com.docker.compose.project': project, 'com.docker.compose.network': network };
    await api.post('/networks/create', { Name: name, Driver: 'bridge', CheckDuplicate: true, Labels });
  }
}

/** Starts all, and stops those that are to be stopped. @throws Error of the first that could not be started */
export async function startContainers(
  api: EngineApi,
  planned: readonly PlannedContainer[],
  { onProgress, signal }: Steps,
): Promise<void> {
  const queue = planned.entries();
  let started = 0;
  const lane = async () => {
    for (const [, { spec, state }] of queue) {
      signal.throwIfAborted();
      const id = await runContainer(api, spec);
      if (state === 'stopped') await api.post(`/containers/${id}/stop`);
      started += 1;
      if (started % 10 === 0 || started === planned.length) onProgress(`${started} of ${planned.length} containers`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** As `GET /containers/json` lists it. */
interface Listed {
  readonly Names: readonly string[];
  readonly State: string;
  readonly Status: string;
}

/** What the list says of one container; null where it says something that no plan wants. */
export function listedState({ State, Status }: Listed): PlannedState | null {
  if (State === 'restarting') return 'restarting';
  if (State === 'exited') return Status.startsWith('Exited (0)') ? 'finished' : 'stopped';
  if (State !== 'running') return null;
  if (Status.includes('(healthy)')) return 'healthy';
  if (Status.includes('(unhealthy)')) return 'unhealthy';
  return Status.includes('(health: starting)') ? null : 'unchecked';
}

/** Waits until every container is what its plan says. @throws Error naming those that are not, after 90 s */
export async function settle(
  api: EngineApi,
  planned: readonly PlannedContainer[],
  { onProgress, signal }: Steps,
): Promise<void> {
  const deadline = performance.now() + 90_000;
  for (let round = 0; ; round += 1) {
    signal.throwIfAborted();
    const listed = await api.get<Listed[]>('/containers/json?all=1');
    const waiting = planned.filter(({ spec, state }) => {
      const found = listed.find(({ Names }) => Names.includes(`/${spec.name}`));
      return found === undefined || !isAsPlanned(listedState(found), state);
    });
    if (waiting.length === 0) return;
    if (performance.now() > deadline) {
      const names = waiting.map(({ spec, state }) => {
        const found = listed.find(({ Names }) => Names.includes(`/${spec.name}`));
        return `${spec.name}: ${found?.Status ?? 'missing'}, not ${state}`;
      });
      throw new Error(`The lab's fleet did not become what it should be.\n${names.join('\n')}`);
    }
    if (round % 10 === 0) onProgress(`${waiting.length} have yet to be checked`);
    await sleep(500);
  }
}

/** A stopped one may have ended with 0, as it does when it heeds SIGTERM; one in a loop is, for a moment, running. */
function isAsPlanned(seen: PlannedState | null, planned: PlannedState): boolean {
  if (planned === 'stopped') return seen === 'stopped' || seen === 'finished';
  if (planned === 'restarting') return seen === 'restarting' || seen === 'unchecked';
  return seen === planned;
}
