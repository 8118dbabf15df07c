import { expect, it } from 'vitest';
import type { Verification } from '#contract/journal.ts';
import { journalDesk } from './acting.ts';
import { FakeJournal } from './actions/journal.fixture.ts';
import { settled } from './kernel/clock.fixture.ts';
import { limits } from './kernel/limits.ts';

const never = new AbortController().signal;

/** Writes down how much of what is asked of it is under way. */
class BusyJournal extends FakeJournal {
  readonly atOnce = { verify: [] as number[], export: [] as number[] };
  readonly #underWay = { verify: 0, export: 0 };

  override async verify(): Promise<Verification> {
    await this.#work('verify');
    return { sound: true, records: 0, files: 0, head: null, at: '', tookMs: 0, findings: [], notes: [] };
  }

  override async export(): Promise<{ file: string; records: number }> {
    await this.#work('export');
    return { file: 'x', records: 0 };
  }

  async #work(what: 'verify' | 'export'): Promise<void> {
    this.#underWay[what] += 1;
    this.atOnce[what].push(this.#underWay[what]);
    await settled();
    this.#underWay[what] -= 1;
  }
}

it('a journal is verified and exported once at a time, however many windows ask', async () => {
  const journal = new BusyJournal();
  const desk = journalDesk(journal);
  const first = desk.verify(never);
  // It has begun: what is asked from here on is for the next.
  await Promise.resolve();
  await Promise.resolve();
  await Promise.all([first, ...Array.from({ length: 127 }, () => desk.verify(never))]);
  const exported = await Promise.allSettled(Array.from({ length: 128 }, () => desk.export({}, never)));
  const { exportsAtOnce } = limits.journal;
  expect({ ...journal.atOnce, done: exported.filter(({ status }) => status === 'fulfilled').length }).toEqual({
    verify: [1, 1],
    export: Array.from({ length: exportsAtOnce }, () => 1),
    done: exportsAtOnce,
  });
});
