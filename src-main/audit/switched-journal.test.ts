import { expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { desk, intent, modeChange, outcome, refusal, titles } from './journal.fixture.ts';
import { openJournal } from './open-journal.ts';
import type { RecordBody } from './records.ts';
import { SwitchedJournal } from './switched-journal.ts';

const never = new AbortController().signal;
const RESTART = 'Restart shop / api on atlas: succeeded';

async function two(isOfFirst: (body: RecordBody) => boolean = () => true) {
  const [demo, home] = [desk(), desk()];
  const journal = new SwitchedJournal(await openJournal(demo.options), isOfFirst);
  return { demo, home, journal, toHome: () => journal.switchTo(() => openJournal(home.options)) };
}

it('writes to the first, reads from it, and tells of it', async () => {
  const { demo, journal } = await two();
  let told = 0;
  using _ = journal.subscribe(() => {
    told += 1;
  });
  await journal.append(intent(1));
  await journal.append(outcome(1));
  const subject = { hostId: intent(1).host.id, app: 'shop', service: 'api', action: 'container.restart' } as const;
  expect({
    told,
    status: journal.status,
    titles: await titles(journal),
    durations: await journal.durations(subject),
    unresolved: await journal.unresolved(),
    verified: (await journal.verify(never)).records,
    exported: (await journal.export({}, never)).records,
    setAside: await refusal(journal.setAside()),
  }).toEqual({
    told: 2,
    status: { state: 'sound', problem: null, records: 3 },
    titles: [RESTART, 'Journal begun'],
    durations: [1_001],
    unresolved: [],
    verified: 3,
    exported: 3,
    setAside: 'NOTHING_TO_DO',
  });
  await journal[Symbol.asyncDispose]();
  const again = await openJournal(demo.options);
  expect(await titles(again)).toEqual([RESTART, 'Journal begun']);
});

it('goes on with the second, which has nothing of the first, and tells who listens all along', async () => {
  const { demo, home, journal, toHome } = await two();
  await journal.append(intent(1));
  await journal.append(outcome(1));
  const told: number[] = [];
  using _ = journal.subscribe(() => told.push(journal.status.records));
  await toHome();
  await journal.append(modeChange());
  const inHome = await titles(journal);
  const before = home.files.trace.length;
  await using first = await openJournal(demo.options);
  await first.append(modeChange('observe'));
  expect({
    inHome,
    told,
    inDemo: (await titles(first)).includes(RESTART),
    touched: home.files.trace.length > before,
  }).toEqual({
    inHome: ['Changes allowed on atlas', 'Journal begun'],
    // At the switch, and at the record.
    told: [1, 2],
    inDemo: true,
    touched: false,
  });
});

it('keeps what was under way at the switch in the journal it was given to', async () => {
  const { demo, journal, toHome } = await two();
  const appended = journal.append(intent(1));
  await Promise.all([appended, toHome()]);
  await journal.append(modeChange());
  expect(await titles(journal)).toEqual(['Changes allowed on atlas', 'Journal begun']);
  await using first = await openJournal(demo.options);
  expect((await first.unresolved()).map(({ run }) => run)).toEqual([intent(1).run]);
});

it('closes the first, and no longer tells of it', async () => {
  const first = await openJournal(desk().options);
  const journal = new SwitchedJournal(first, () => true);
  await journal.switchTo(() => openJournal(desk().options));
  let told = 0;
  using _ = journal.subscribe(() => {
    told += 1;
  });
  expect([await refusal(first.append(modeChange())), told, journal.status.records]).toEqual(['JOURNAL_UNUSABLE', 0, 1]);
});

it('stays with the first where the second cannot be opened', async () => {
  const { journal } = await two();
  const fault = new AppError('INTERNAL', 'A bug.');
  await expect(journal.switchTo(() => Promise.reject(fault))).rejects.toBe(fault);
  await journal.append(modeChange());
  expect([journal.status.state, await titles(journal)]).toEqual([
    'sound',
    ['Changes allowed on atlas', 'Journal begun'],
  ]);
});

it('shows that the second is broken', async () => {
  const { home, journal, toHome } = await two();
  await (await openJournal(home.options))[Symbol.asyncDispose]();
  const [file = ''] = [...home.files.nodes.keys()].filter((name) => name.endsWith('.jsonl'));
  home.files.put(file, Buffer.from('{}\n'));
  await toHome();
  expect([journal.status.state, await refusal(journal.append(modeChange()))]).toEqual(['broken', 'JOURNAL_BROKEN']);
});

it('is closed with the one it has', async () => {
  const { journal, toHome } = await two();
  await toHome();
  let told = 0;
  using _ = journal.subscribe(() => {
    told += 1;
  });
  await journal[Symbol.asyncDispose]();
  expect([await refusal(journal.append(modeChange())), told]).toEqual(['JOURNAL_UNUSABLE', 0]);
});

it('keeps what belongs to the second until that is there, and lets the first go on meanwhile', async () => {
  const { demo, home, journal, toHome } = await two((body) => body.kind !== 'mode');
  const mode = journal.append(modeChange());
  await journal.append(intent(1));
  await toHome();
  await mode;
  const inHome = await titles(journal);
  await using first = await openJournal(demo.options);
  expect([inHome, (await titles(first)).length]).toEqual([['Changes allowed on atlas', 'Journal begun'], 2]);
  expect(home.files.trace.length).toBeGreaterThan(0);
  await journal[Symbol.asyncDispose]();
});

it('refuses what waits for a second that never comes', async () => {
  const { journal } = await two((body) => body.kind !== 'mode');
  const mode = refusal(journal.append(modeChange()));
  await journal[Symbol.asyncDispose]();
  expect(await mode).toBe('CANCELLED');
});
