import type { JournalEntry } from '#contract/journal.ts';

/** An entry for tests: a restart that succeeded, unless they say otherwise. */
export function entry(seq: number, change: Partial<JournalEntry> = {}): JournalEntry {
  return {
    seq,
    at: new Date(Date.UTC(2026, 10, 21, 9, 14, seq)).toISOString(),
    kind: 'action',
    title: 'Restart shop / api on atlas',
    hostId: '0b0e7c4e-0f6b-4a53-8f0c-0d8a3a5a8f11',
    host: 'atlas',
    app: 'shop',
    action: 'container.restart',
    who: 'ana on laptop',
    reason: null,
    outcome: 'succeeded',
    durationMs: 6_200,
    message: null,
    facts: [],
    ...change,
  };
}
