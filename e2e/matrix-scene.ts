import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '#contract/errors.ts';
import type { Host, HostState } from '#contract/fleet.ts';
import type { ConnectionReport, TrialEvent } from '#contract/hosts.ts';
import type { Question } from '#contract/questions.ts';
import { openReach } from '../src-main/app.ts';
import { FleetService } from '../src-main/fleet/fleet-service.ts';
import { homeAt } from '../src-main/home/home.ts';
import { fleetMember, passingHost } from '../src-main/hosts/fleet-member.ts';
import { type Asker, Questions } from '../src-main/hosts/questions.ts';
import { noSshFiles } from '../src-main/hosts/ssh-files.ts';
import { HostTrials } from '../src-main/hosts/trial.ts';
import { systemClock } from '../src-main/kernel/clock.ts';
import { AppError } from '../src-main/kernel/errors.ts';
import { limits } from '../src-main/kernel/limits.ts';
import type { SshPrompts } from '../src-main/ssh/connection-types.ts';
import { nobody } from '../src-main/ssh/hop.fixture.ts';
import { parseTarget } from '../src-main/ssh/target.ts';
import type { Person, Scene, Stage } from './matrix-row.ts';

/** As often as Binnacle looks: facts are old after three of them, which a slow way must not be taken for. */
const INTERVALS = { refreshMs: limits.fleet.refreshMs, sampleMs: 60_000 };
/** A person takes a moment, in which the host has to be seen to be asking. */
const ANSWER_MS = 30;

/** The scene that `stage` makes, where its row says nothing else. */
export function usualScene(stage: Stage): Scene {
  return {
    target: stage.target(),
    identityFiles: [stage.ground.key.file],
    knownHosts: join(stage.folder, 'known_hosts'),
    config: null,
    agentSocket: null,
    person: null,
  };
}

/** Who is asked, and what of. */
interface Desk extends Disposable {
  readonly asked: string[];
  promptsFor(asker: Asker): SshPrompts;
}

function deskOf(person: Person | null): Desk {
  const asked: string[] = [];
  if (person === null) return { asked, promptsFor: () => nobody, [Symbol.dispose]() {} };
  const secrets = {
    recall: async () => null,
    remember: async () => undefined,
    discard: async () => undefined,
    canKeep: async () => false,
  };
  const desk = new Questions({ newId: randomUUID, secrets });
  const taken = new Set<string>();
  const take = (question: Question) => {
    taken.add(question.id);
    asked.push(question.kind === 'challenge' ? 'code' : question.kind);
    setTimeout(async () => desk.answer(question.id, await person(question)), ANSWER_MS);
  };
  desk.subscribe(() => {
    for (const question of desk.open()) if (!taken.has(question.id)) take(question);
  });
  return { asked, promptsFor: (asker) => desk.promptsFor(asker), [Symbol.dispose]: () => desk[Symbol.dispose]() };
}

/** The way to hosts as the core makes it, of a home in which no host key has been accepted yet. */
async function reachOf(scene: Scene, { folder }: Stage, cleanup: AsyncDisposableStack) {
  const home = homeAt(await mkdtemp(join(folder, 'home-')));
  const { config, agentSocket, knownHosts } = scene;
  const sshFiles = { ...noSshFiles(folder), config, agentSocket, knownHosts: knownHosts === null ? [] : [knownHosts] };
  const parts = { home, clock: systemClock, sshFiles, defaultUser: 'nobody-was-named', acceptHostKey: null };
  return openReach(parts, cleanup);
}

/** As `hosts test` and the dialog do it. @returns every step, and who was asked what */
export async function tried(scene: Scene, stage: Stage): Promise<{ events: TrialEvent[]; asked: readonly string[] }> {
  await using cleanup = new AsyncDisposableStack();
  const reach = await reachOf(scene, stage, cleanup);
  using desk = deskOf(scene.person);
  await using trials = new HostTrials({ reach, questions: desk, clock: systemClock });
  const request = { trial: randomUUID(), target: scene.target, identityFiles: [...scene.identityFiles] };
  const events = await Array.fromAsync(trials.test(request, AbortSignal.timeout(50_000)));
  return { events, asked: desk.asked };
}

/** A host as it is followed, once it has been read as far as it will get by itself. */
export interface Followed {
  readonly host: Host;
  /** In the order in which they were entered: `asking hostKey`, `blocked`. */
  readonly states: readonly string[];
  readonly problems: readonly Problem[];
  readonly report: ConnectionReport | null;
  readonly asked: readonly string[];
}

/**
 * Follows the host as the core does, until it is read and has told of `problems` problems, or will get no further without a
 * person or another try.
 */
export async function followed(scene: Scene, stage: Stage, problems = 0): Promise<Followed> {
  await using cleanup = new AsyncDisposableStack();
  const reach = await reachOf(scene, stage, cleanup);
  using desk = deskOf(scene.person);
  const target = parseTarget(scene.target);
  const id = randomUUID();
  const member = fleetMember(
    passingHost(id, target, scene.identityFiles),
    reach,
    desk.promptsFor({ target, hostId: id }),
  );
  const states: string[] = [];
  let settled: Pick<Followed, 'host' | 'problems' | 'report'> | null = null;
  await using fleet = new FleetService({
    members: [member],
    intervals: INTERVALS,
    retry: true,
    clock: systemClock,
    random: () => 1,
    toAppError: (error) => (error instanceof AppError ? error : new AppError('INTERNAL', String(error))),
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    const [host] = fleet.view().hosts;
    if (host === undefined || settled !== null) return;
    const word = stateWord(host.status);
    if (states.at(-1) !== word) states.push(word);
    const isRead = fleet.hasRead(id, 'inspected') && fleet.problems().length >= problems;
    if (!isSettled(host.status, isRead)) return;
    settled = { host, problems: fleet.problems(), report: fleet.report(id) };
    resolve();
  };
  using _ = fleet.subscribe(look);
  look();
  const late = setTimeout(resolve, 45_000);
  await promise.finally(() => clearTimeout(late));
  if (settled === null) throw new Error(`It did not come to rest: ${states.join(', ')}`);
  return { ...(settled as Pick<Followed, 'host' | 'problems' | 'report'>), states, asked: desk.asked };
}

function stateWord(status: HostState): string {
  return status.state === 'asking' ? `asking ${status.what}` : status.state;
}

function isSettled({ state }: HostState, isRead: boolean): boolean {
  return state === 'live' ? isRead : state === 'offline' || state === 'blocked' || state === 'degraded';
}
