import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openJournal } from '../audit/open-journal.ts';
import { watchedFiles } from '../audit/watched-files.fixture.ts';
import { manualClock } from '../kernel/clock.fixture.ts';
import { limits } from '../kernel/limits.ts';
import { FakeFleet, FakeHost, NOW } from './host.fixture.ts';
import { API, planOf, toAppError, uuid } from './run-book.fixture.ts';
import { createRunBook } from './run-book.ts';

let folder: string | null = null;

afterEach(async () => {
  if (folder !== null) await rm(folder, { recursive: true, force: true });
  folder = null;
});

it('fdatasync has returned for the intent and for its anchor before anything is sent', async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'binnacle-runs-'));
  const trace: string[] = [];
  const clock = manualClock(NOW);
  const host = new FakeHost('atlas', { trace }).put(API);
  const fleet = new FakeFleet(host);
  fleet.now = () => clock.now();
  await using journal = await openJournal({
    folder: path.join(folder, 'journal'),
    anchorFile: path.join(folder, 'anchor'),
    exportFolder: folder,
    author: { user: 'ana', machine: 'laptop', shell: 'browser' },
    version: '0.1.0',
    clock,
    toAppError,
    files: watchedFiles({ onDone: (call) => trace.push(call) }),
  });
  await using book = createRunBook({ fleet, journal, clock, newId: () => uuid(1), toAppError });

  trace.length = 0;
  await book.begin(planOf('stop', [API]), { reason: 'tidying up', unlocks: [] });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  using _ = book.subscribe(() => book.list().every(({ state }) => state !== 'running') && resolve());
  // Real disks answer when they do; what waits for the clock is a look, which the engine's answer calls for anyway.
  if (book.list().some(({ state }) => state === 'running')) await ended;

  expect(book.list()).toMatchObject([{ state: 'succeeded' }]);
  const [, file] = /^datasync (.+)$/.exec(trace[1] ?? '') ?? [];
  const kept = (kind: string) => [`write ${kind}`, `datasync ${file}`, 'write anchor', 'datasync anchor'];
  expect(trace).toEqual([...kept('intent'), 'stop shop-api-1', ...kept('outcome')]);
  const { entries } = await journal.read({ filter: {}, before: null, limit: 10 });
  expect(entries[0]).toMatchObject({ kind: 'action', outcome: 'succeeded', reason: 'tidying up' });
  expect(await journal.verify(AbortSignal.timeout(limits.actions.recordMs))).toMatchObject({
    sound: true,
    findings: [],
  });
});
