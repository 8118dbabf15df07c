import { describe, expect, it } from 'vitest';
import type { JournalFilter } from '#contract/journal.ts';
import { desk, HOST, intent, modeChange, outcome, runId, seen } from './journal.fixture.ts';
import type { Journal } from './journal.ts';
import { JournalIndex } from './journal-index.ts';
import { openJournal } from './open-journal.ts';
import type { JournalRecord, RecordBody } from './records.ts';

const OTHER = { ...HOST, id: '5f0c1a52-7d0e-4c1e-9f3a-2b8a6f1f0c12', label: 'borealis' };

/** Eight entries, one a minute; seq 2 to 13. */
async function journalOfADay(): Promise<Journal> {
  const { clock, options } = desk();
  const journal = await openJournal(options);
  const acts: RecordBody[][] = [
    [modeChange()],
    [intent(1), outcome(1)],
    [intent(2, { app: 'blog', host: OTHER }), outcome(2, { outcome: 'failed' })],
    [intent(3, { action: 'app.restart', service: null }), outcome(3, { outcome: 'cancelled' })],
    [intent(4, { action: 'container.stop' }), outcome(4, { outcome: 'unknown' })],
    [{ kind: 'protection', host: OTHER, app: 'blog', service: 'web', protect: true }],
    [intent(5, { action: 'container.start' })],
  ];
  for (const act of acts) {
    await clock.advance(60_000);
    for (const body of act) await journal.append(body);
  }
  return journal;
}

describe('reading', () => {
  it.each<[JournalFilter, number[]]>([
    [{}, [12, 11, 9, 7, 5, 3, 2, 1]],
    [{ hostId: OTHER.id }, [11, 5]],
    [{ app: 'blog' }, [11, 5]],
    [{ app: 'shop' }, [12, 9, 7, 3]],
    [{ action: 'container.restart' }, [5, 3]],
    [{ action: 'app.restart' }, [7]],
    [{ outcome: 'open' }, [12]],
    [{ outcome: 'unknown' }, [9]],
    [{ outcome: 'failed', hostId: HOST.id }, []],
    [{ from: '2026-07-31T10:03:00Z', to: '2026-07-31T10:05:00Z' }, [9, 7, 5]],
    [{ from: '2026-07-31T12:03:00+02:00' }, [12, 11, 9, 7, 5]],
  ])('takes what %o asks for, newest first', async (filter, seqs) => {
    await using journal = await journalOfADay();
    const { entries, next } = await journal.read({ filter, before: null, limit: 500 });
    expect({ seqs: entries.map(({ seq }) => seq), next }).toEqual({ seqs, next: null });
  });

  it('goes on where the page before ended, and knows the last one', async () => {
    await using journal = await journalOfADay();
    const pages: number[][] = [];
    let before: number | null = null;
    do {
      const page: Awaited<ReturnType<Journal['read']>> = await journal.read({ filter: {}, before, limit: 4 });
      pages.push(page.entries.map(({ seq }) => seq));
      before = page.next;
    } while (before !== null);
    expect(pages).toEqual([
      [12, 11, 9, 7],
      [5, 3, 2, 1],
    ]);
  });
});

function head(seq: number): Omit<JournalRecord, 'kind'> {
  const at = new Date(Date.parse('2026-07-31T10:00:00Z') + seq).toISOString();
  const by = { user: 'ana', machine: 'laptop', shell: 'desktop' } as const;
  return { v: 1, seq, at, prev: '0'.repeat(64), by } as Omit<JournalRecord, 'kind'>;
}

const place = { file: 1, offset: 0, bytes: 1 };
const record = (seq: number, body: RecordBody) => ({ ...head(seq), ...body }) as JournalRecord;

it('orders what was put in disorder, and loses none of two with one number', () => {
  const index = new JournalIndex();
  for (const seq of [4, 5, 1, 2, 2, 3]) index.add(record(seq, modeChange()), place);
  const first = index.page({}, null, 4);
  const second = index.page({}, first.next, 4);
  expect([first, second].map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([[5, 4, 3, 2, 2], [1]]);
});

it('tells runs of a moment ago from those that are to be looked at', () => {
  const index = new JournalIndex();
  const bodies: RecordBody[] = [
    intent(1),
    intent(2),
    outcome(2, { outcome: 'unknown' }),
    intent(3),
    outcome(3, { outcome: 'unknown' }),
    { kind: 'found', run: runId(3), message: 'up', after: [seen('api')] },
  ];
  for (const [at, body] of bodies.entries()) index.add(record(at + 1, body), place);
  expect([index.open(), index.unresolved()].map((found) => found.map(({ run }) => run))).toEqual([
    [runId(1)],
    [runId(2)],
  ]);
});
