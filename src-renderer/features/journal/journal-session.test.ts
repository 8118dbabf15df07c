import { expect, test } from 'vitest';
import { entry } from './journal-entry.fixture.ts';
import { JournalSession, type ReadJournal } from './journal-session.ts';

/** A journal of `size` entries that answers when it is told to. */
function stagedJournal(size: number) {
  const asked: { before: number | null; limit: number }[] = [];
  const waiting: (() => void)[] = [];
  const state = { size, failure: null as unknown };
  const read: ReadJournal = ({ before, limit }) => {
    asked.push({ before, limit });
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<ReadJournal>>>();
    waiting.push(() => {
      if (state.failure !== null) return reject(state.failure);
      const top = Math.min(state.size, (before ?? Number.POSITIVE_INFINITY) - 1);
      const entries = Array.from({ length: Math.min(limit, top) }, (_, index) => entry(top - index));
      const last = entries.at(-1)?.seq ?? 1;
      resolve({ entries, next: last > 1 ? last : null });
    });
    return promise;
  };
  const answer = async () => {
    for (const one of waiting.splice(0)) one();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { read, asked, answer, state };
}

function shape({ reading }: JournalSession) {
  if (reading.state !== 'known') return reading.state;
  const { entries, next } = reading.pages;
  return [entries[0]?.seq, entries.length, next, reading.older];
}

test('reads the newest, then what is older, one piece at a time', async () => {
  const journal = stagedJournal(230);
  const session = new JournalSession(journal.read, {});
  const seen: unknown[] = [];
  session.subscribe(() => seen.push(shape(session)));
  session.refresh();
  session.readOlder();
  await journal.answer();
  session.readOlder();
  session.readOlder();
  await journal.answer();
  session.readOlder();
  await journal.answer();
  session.readOlder();
  expect([seen, journal.asked]).toEqual([
    [
      [230, 100, 131, 'idle'],
      [230, 100, 131, 'loading'],
      [230, 200, 31, 'idle'],
      [230, 200, 31, 'loading'],
      [230, 230, null, 'idle'],
    ],
    [
      { before: null, limit: 100 },
      { before: 131, limit: 100 },
      { before: 31, limit: 100 },
    ],
  ]);
});

test('what grows while it is being read is read once more, and what is shown stays', async () => {
  const journal = stagedJournal(150);
  const session = new JournalSession(journal.read, {});
  session.refresh();
  await journal.answer();
  session.readOlder();
  await journal.answer();
  session.refresh();
  session.refresh();
  session.refresh();
  journal.state.size = 153;
  await journal.answer();
  const once = shape(session);
  await journal.answer();
  expect([once, shape(session), journal.asked.slice(2)]).toEqual([
    [153, 153, null, 'idle'],
    [153, 153, null, 'idle'],
    [
      { before: null, limit: 150 },
      { before: null, limit: 153 },
    ],
  ]);
});

test('a piece that is older than what comes next by now is let go', async () => {
  const journal = stagedJournal(300);
  const session = new JournalSession(journal.read, {});
  session.refresh();
  await journal.answer();
  journal.state.size = 900;
  session.refresh();
  session.readOlder();
  await journal.answer();
  expect(shape(session)).toEqual([900, 100, 801, 'idle']);
});

test('a failure is told, where the core told it; one to read what is older leaves the rest', async () => {
  const journal = stagedJournal(230);
  const session = new JournalSession(journal.read, {});
  session.refresh();
  await journal.answer();
  const failure = Object.assign(new Error('The journal cannot be read.'), { code: 'JOURNAL_UNUSABLE', data: {} });
  journal.state.failure = failure;
  session.readOlder();
  await journal.answer();
  const below = shape(session);
  journal.state.failure = new Error('the socket closed');
  session.refresh();
  await journal.answer();
  const gone = shape(session);
  journal.state.failure = failure;
  session.refresh();
  await journal.answer();
  const problem = { code: 'JOURNAL_UNUSABLE', message: 'The journal cannot be read.', hint: null };
  expect([below, gone, session.reading]).toEqual([
    [230, 100, 131, { problem }],
    [230, 100, 131, { problem }],
    { state: 'failed', problem },
  ]);
});

test('nothing is heard of what is closed', async () => {
  const journal = stagedJournal(3);
  const session = new JournalSession(journal.read, {});
  let heard = 0;
  session.subscribe(() => {
    heard += 1;
  });
  session.refresh();
  session.refresh();
  session.close();
  await journal.answer();
  expect([heard, journal.asked.length]).toEqual([0, 1]);
});
