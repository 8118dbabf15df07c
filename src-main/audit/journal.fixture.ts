import { type ManualClock, manualClock } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import type { Journal } from './journal.ts';
import { MemoryFiles } from './memory-files.fixture.ts';
import { type JournalOptions, openJournal } from './open-journal.ts';
import type { RecordBody, SeenState } from './records.ts';

export type Intent = Extract<RecordBody, { kind: 'intent' }>;
export type Outcome = Extract<RecordBody, { kind: 'outcome' }>;

export const HOST = { id: '5f0c1a52-7d0e-4c1e-9f3a-2b8a6f1f0c11', label: 'atlas', target: 'ssh://deploy@atlas.lan' };
export const BEGAN = Date.parse('2026-07-31T10:00:00.000Z');

/** The `number`th run's id. */
export function runId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function seen(service: string, more: Partial<SeenState> = {}): SeenState {
  return {
    id: Buffer.from(service).toString('hex').padEnd(64, '0'),
    name: `shop-${service}-1`,
    service,
    image: `registry.lan/shop/${service}:1.4`,
    imageId: `sha256:${'ab'.repeat(32)}`,
    state: 'running',
    health: 'healthy',
    exitCode: 0,
    startedAt: '2026-07-30T08:00:00.123456789Z',
    ...more,
  };
}

export function intent(number: number, more: Partial<Intent> = {}): Intent {
  return {
    kind: 'intent',
    run: runId(number),
    action: 'container.restart',
    title: 'Restart shop / api on atlas',
    host: HOST,
    login: { user: 'deploy', hostKey: `SHA256:${'A'.repeat(43)}`, loginKey: `SHA256:${'b'.repeat(43)}` },
    app: 'shop',
    service: 'api',
    reason: null,
    unlocks: [],
    steps: [{ text: 'Restart api (SIGTERM, 10 s)', request: 'POST /containers/617069000000/restart?t=10' }],
    leftOut: [],
    command: 'docker -H ssh://deploy@atlas.lan restart --time 10 shop-api-1',
    before: [seen('api')],
    ...more,
  };
}

export function outcome(number: number, more: Partial<Outcome> = {}): Outcome {
  return {
    kind: 'outcome',
    run: runId(number),
    outcome: 'succeeded',
    durationMs: 1_000 + number,
    message: 'api is running and healthy.',
    steps: [{ state: 'done', note: 'exit 0 after 1.2 s' }],
    after: [seen('api', { startedAt: '2026-07-31T10:00:01.5Z' })],
    ...more,
  };
}

export function modeChange(to: 'observe' | 'operate' = 'operate'): RecordBody {
  return { kind: 'mode', host: HOST, from: to === 'operate' ? 'observe' : 'operate', to };
}

export const FOLDER = '/home/ana/.binnacle/journal';
export const ANCHOR = '/home/ana/.binnacle/journal.anchor';

export interface Desk {
  readonly files: MemoryFiles;
  readonly clock: ManualClock;
  readonly options: JournalOptions;
}

/** Everything a journal in memory needs; opened as often as a test likes. */
export function desk(more: Partial<JournalOptions> = {}, files = new MemoryFiles()): Desk {
  const clock = manualClock(BEGAN);
  const options: JournalOptions = {
    folder: FOLDER,
    anchorFile: ANCHOR,
    exportFolder: '/home/ana/Downloads',
    author: { user: 'ana', machine: 'laptop', shell: 'desktop' },
    version: '0.1.0',
    clock,
    files,
    uid: 1_000,
    toAppError: (error) =>
      error instanceof AppError ? error : new AppError('INTERNAL', String(error), { cause: error }),
    ...more,
  };
  return { files, clock, options };
}

/** A journal of `records` records, closed. */
export async function filled(records: number, more: Partial<JournalOptions> = {}): Promise<Desk> {
  const made = desk(more);
  await using journal = await openJournal(made.options);
  await fill(journal, made.clock, records - 1);
  return made;
}

export async function fill(journal: Journal, clock: ManualClock, records: number): Promise<void> {
  for (let at = 0; at < records; at += 1) {
    await clock.advance(1_500);
    if (at === records - 1 && at % 2 === 0) await journal.append(modeChange());
    else await journal.append(at % 2 === 0 ? intent(at) : outcome(at - 1));
  }
}

export async function entries(journal: Pick<Journal, 'read'>) {
  return (await journal.read({ filter: {}, before: null, limit: 500 })).entries;
}

export async function titles(journal: Pick<Journal, 'read'>): Promise<string[]> {
  return (await entries(journal)).map(({ title, outcome }) => (outcome === null ? title : `${title}: ${outcome}`));
}

/** The code an act is refused with; null: it is not. */
export async function refusal(act: Promise<unknown>): Promise<string | null> {
  return act.then(
    () => null,
    (error: AppError) => error.code,
  );
}
