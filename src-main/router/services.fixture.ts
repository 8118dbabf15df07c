import type { Plan, Run, Unlock } from '#contract/actions.ts';
import type { Problem } from '#contract/errors.ts';
import type { Container } from '#contract/fleet.ts';
import type { SavedHost } from '#contract/hosts.ts';
import type { JournalStatus } from '#contract/journal.ts';
import type { Question } from '#contract/questions.ts';
import type { WindowSettings } from '#contract/settings.ts';
import type { FleetHost, Summary } from '#contract/updates.ts';
import type { LogLine } from '../engine/model.ts';
import { AppError } from '../kernel/errors.ts';
import type {
  ActionDesk,
  FleetSource,
  HostBook,
  HostSnapshot,
  JournalDesk,
  QuestionDesk,
  Services,
  SettingsDesk,
  Watched,
} from './services.ts';

const SINCE = '2026-01-05T08:00:00.000Z';

/** A UUID that tells its number. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function aContainer(number: number, change: Partial<Container> = {}): Container {
  return {
    id: number.toString(16).padStart(64, '0'),
    name: `web-${number}`,
    service: 'web',
    image: 'nginx:1.27',
    state: 'running',
    health: 'healthy',
    verdict: 'green',
    reason: 'healthy',
    provisional: false,
    exitCode: null,
    restarts: 0,
    startedAt: SINCE,
    cpuPercent: 1,
    memoryBytes: 1_000,
    memoryLimitBytes: null,
    ports: [{ hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
    networks: [{ name: 'shop_default', ip: '172.20.0.2', subnet: '172.20.0.0/16' }],
    protected: false,
    protection: null,
    planned: null,
    ...change,
  };
}

export function aHost(id: string, change: Partial<FleetHost> = {}): FleetHost {
  return {
    id,
    target: 'ssh://ops@shop',
    status: { state: 'live', since: SINCE },
    verdict: 'green',
    engine: { name: 'docker', version: '27.5.1', apiVersion: '1.47' },
    latencyMs: 12,
    freshAt: SINCE,
    label: 'shop',
    mode: 'observe',
    denied: [],
    problems: [],
    ...change,
  };
}

export function aSavedHost(id: string): SavedHost {
  return { id, name: null, target: 'ssh://ops@shop', mode: 'observe', identityFiles: [], problem: null };
}

export function aLogLine(text: string, cut = false): LogLine {
  return { stream: 'stdout', time: '2026-01-05T08:00:00.000000001Z', text, cut };
}

/** Lets tests say that something changed, and count who listens. */
export class FakeWatched implements Watched {
  readonly listeners = new Set<() => void>();

  subscribe(onChange: () => void): Disposable {
    this.listeners.add(onChange);
    return { [Symbol.dispose]: () => void this.listeners.delete(onChange) };
  }

  changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

export class FakeFleet implements FleetSource {
  readonly listeners = new Set<(hostId: string | null) => void>();
  readonly snapshots = new Map<string, HostSnapshot>();
  /** What was asked to be sampled, call by call. */
  readonly watched: (readonly string[] | null)[] = [];
  /** Ids of the hosts looked at, look by look. */
  readonly looks: string[] = [];
  hostIds: string[] = [];
  ageingMs = 60_000;
  freshAt: string | null = SINCE;

  subscribe(onChange: (hostId: string | null) => void): Disposable {
    this.listeners.add(onChange);
    return { [Symbol.dispose]: () => void this.listeners.delete(onChange) };
  }

  host(id: string): HostSnapshot | null {
    this.looks.push(id);
    return this.snapshots.get(id) ?? null;
  }

  summary(): Summary {
    const containers = [...this.snapshots.values()].flatMap((host) => host.containers);
    return {
      verdict: containers.some(({ container }) => container.verdict === 'down') ? 'down' : 'green',
      headline: 'All green',
      counts: [`${containers.length} running`, `${this.hostIds.length} hosts`],
      freshAt: this.freshAt,
    };
  }

  watchLoadOf(hostIds: ReadonlySet<string> | null): void {
    this.watched.push(hostIds === null ? null : [...hostIds]);
  }

  logs: FleetSource['logs'] = async () => endless([aLogLine('one'), aLogLine('two')]);

  /** Adds the host, or changes it. */
  put(snapshot: HostSnapshot): void {
    const { id } = snapshot.host;
    const known = this.snapshots.has(id);
    this.snapshots.set(id, snapshot);
    if (!known) this.hostIds = [...this.hostIds, id];
    this.changed(known ? id : null);
  }

  remove(id: string): void {
    this.snapshots.delete(id);
    this.hostIds = this.hostIds.filter((other) => other !== id);
    this.changed(null);
  }

  changed(hostId: string | null): void {
    for (const listener of [...this.listeners]) listener(hostId);
  }
}

async function* endless<T>(batch: readonly T[]): AsyncGenerator<readonly T[], undefined> {
  for (;;) yield batch;
}

class FakeQuestions extends FakeWatched implements QuestionDesk {
  waiting: Question[] = [];
  open = () => this.waiting;
  answer: QuestionDesk['answer'] = () => {
    throw new AppError('QUESTION_GONE', 'It has been answered.');
  };
}

class FakeSettings extends FakeWatched implements SettingsDesk {
  window: WindowSettings = { theme: 'system', refreshSeconds: 10, sampleSeconds: 5, secretMinutes: 480 };
  troubles: Problem[] = [];
  current = () => this.window;
  problems = () => this.troubles;
  change: SettingsDesk['change'] = async () => this.window;
  forgetSecrets: SettingsDesk['forgetSecrets'] = async () => ({ forgotten: 2 });
  places: SettingsDesk['places'] = () => ({
    home: '/home/ops/.binnacle',
    settingsFile: '/home/ops/.binnacle/settings.json',
    knownHostsFile: '/home/ops/.ssh/known_hosts',
    logFile: '/home/ops/.binnacle/binnacle.log',
    journalFolder: '/home/ops/.binnacle/journal',
  });
}

export function aPlan(id: string): Plan {
  return {
    id,
    action: 'container.restart',
    hostId: uuid(1),
    title: 'Restart shop / web on shop',
    steps: [
      { text: 'Stop web (SIGTERM, 10 s)', request: 'POST /containers/0…/restart?t=10', containerId: '0'.repeat(64) },
    ],
    leftOut: [],
    affects: [],
    took: null,
    command: "ssh ops@shop 'docker restart -t 10 web-1'",
    unlock: null,
    expiresAt: SINCE,
  };
}

export function anUnlock(): Unlock {
  return { hostId: uuid(1), containerId: '0'.repeat(64), action: 'container.stop', reason: 'to copy it', until: SINCE };
}

/** One step of its first container is under way. */
export function aRun(number: number, change: Partial<Run> = {}): Run {
  const [step] = aPlan(uuid(7)).steps as [Plan['steps'][number]];
  return {
    id: uuid(number),
    action: 'container.restart',
    hostId: uuid(1),
    title: 'Restart shop / web on shop',
    app: 'shop',
    containerIds: [step.containerId],
    reason: null,
    state: 'running',
    startedAt: SINCE,
    endedAt: null,
    message: null,
    found: null,
    cancelling: false,
    steps: [{ ...step, state: 'running', startedAt: SINCE, endedAt: null, note: null }],
    ...change,
  };
}

class FakeActions extends FakeWatched implements ActionDesk {
  underWay: Run[] = [];
  held: Unlock[] = [];
  runs = () => this.underWay;
  unlocks = () => this.held;
  plan: ActionDesk['plan'] = async () => aPlan(uuid(7));
  run: ActionDesk['run'] = async () => ({ run: uuid(8) });
  cancel: ActionDesk['cancel'] = () => undefined;
  unlock: ActionDesk['unlock'] = async () => anUnlock();
  lock: ActionDesk['lock'] = async () => undefined;
  protect: ActionDesk['protect'] = async () => undefined;
  timeline: ActionDesk['timeline'] = () => [];
}

class FakeJournal extends FakeWatched implements JournalDesk {
  standing: JournalStatus = { state: 'sound', problem: null, records: 1 };
  status = () => this.standing;
  read: JournalDesk['read'] = async () => ({ entries: [], next: null });
  verify: JournalDesk['verify'] = async () => ({
    sound: true,
    records: 1,
    files: 1,
    head: '0'.repeat(64),
    at: SINCE,
    tookMs: 1,
    findings: [],
    notes: [],
  });
  export: JournalDesk['export'] = async () => ({ file: '/home/ops/journal.jsonl', records: 1 });
  setAside: JournalDesk['setAside'] = async () => ({ folder: '/home/ops/.binnacle/journal-1' });
}

export interface FakeServices extends Services {
  readonly fleet: FakeFleet;
  readonly questions: FakeQuestions;
  readonly settings: FakeSettings;
  readonly actions: FakeActions;
  readonly journal: FakeJournal;
  hosts: HostBook;
  /** What bugs threw. */
  readonly bugs: unknown[];
}

/** Domains that answer everything at once, and whose answers tests put in place. */
export function fakeServices(): FakeServices {
  const bugs: unknown[] = [];
  return {
    welcome: { appVersion: '0.1.0', shell: 'browser', demo: false },
    fleet: new FakeFleet(),
    questions: new FakeQuestions(),
    settings: new FakeSettings(),
    actions: new FakeActions(),
    journal: new FakeJournal(),
    hosts: {
      list: async () => [aSavedHost(uuid(1))],
      identities: async () => ({ agent: true, files: [] }),
      aliases: async () => [],
      connection: () => null,
      async *test(_request, _signal) {
        yield { kind: 'begun', step: 'reach', jump: null };
      },
      add: async () => aSavedHost(uuid(1)),
      rename: async ({ id }) => aSavedHost(id),
      remove: async (id) => aSavedHost(id),
      restore: async (id) => aSavedHost(id),
      setMode: async () => undefined,
      retry: async () => undefined,
    },
    bugs,
    toAppError(error) {
      if (error instanceof AppError) return error;
      bugs.push(error);
      return new AppError('INTERNAL', 'Something went wrong inside Binnacle (reference 0badf00d).', {
        hint: 'The log has the details.',
        details: { reference: '0badf00d' },
      });
    },
  };
}
