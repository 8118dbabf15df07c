import { z } from 'zod';
import { ActionName } from './actions.ts';
import { Problem } from './errors.ts';
import { procedure } from './procedures.ts';

/** Whether the journal can be written, and is what was written. While it is not `sound` nothing is changed on any host. */
export const JournalStatus = z.object({
  /** `broken`: what stands there is not what was written. `unusable`: it cannot be read or written. */
  state: z.enum(['sound', 'broken', 'unusable']),
  /** null: it is sound. */
  problem: Problem.nullable(),
  /** Records in it, as far as it could be read; grows with every record. */
  records: z.int().min(0),
});
export type JournalStatus = z.infer<typeof JournalStatus>;

/** `open`: begun, and not ended yet. */
export const JournalOutcome = z.enum(['open', 'succeeded', 'failed', 'cancelled', 'unknown']);
export type JournalOutcome = z.infer<typeof JournalOutcome>;

/** One thing that was done: an action's intent, outcome and what was found later are one entry. */
export const JournalEntry = z.object({
  /** Of its first record; they count from 1. */
  seq: z.int().min(1),
  /** ISO 8601, as the record has it. */
  at: z.string(),
  kind: z.enum(['action', 'mode', 'unlock', 'protection', 'journal']),
  /** As in `Restart shop / api on atlas`. */
  title: z.string(),
  hostId: z.uuid().nullable(),
  host: z.string().nullable(),
  app: z.string().nullable(),
  action: ActionName.nullable(),
  /** Who, as in `ana on laptop`. */
  who: z.string(),
  reason: z.string().nullable(),
  /** null where there is nothing to come out. */
  outcome: JournalOutcome.nullable(),
  durationMs: z.number().nullable(),
  /** How it ended, as a sentence; null where nothing was said. */
  message: z.string().nullable(),
  /** What the records hold beyond that, to be read line by line: requests, state before and after, keys. */
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** What is left out does not matter. */
export const JournalFilter = z.strictObject({
  hostId: z.uuid().optional(),
  app: z.string().min(1).max(512).optional(),
  action: ActionName.optional(),
  outcome: JournalOutcome.optional(),
  /** ISO 8601; first and last instant. */
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});
export type JournalFilter = z.infer<typeof JournalFilter>;

/** What verifying found. */
export const Verification = z.object({
  sound: z.boolean(),
  records: z.int().min(0),
  files: z.int().min(0),
  /** SHA-256 of the last record, hexadecimal; null where there is none. */
  head: z.string().nullable(),
  /** When it was done, ISO 8601, and how long it took. */
  at: z.string(),
  tookMs: z.number(),
  /** What is wrong, in the order of the files, bounded. */
  findings: z.array(
    z.object({
      file: z.string(),
      /** Counts from 1; null where it is about the whole file. */
      line: z.int().nullable(),
      text: z.string(),
    }),
  ),
  /** What is odd and breaks nothing: a clock that went back. */
  notes: z.array(z.string()),
});
export type Verification = z.infer<typeof Verification>;

export const journal = {
  /** Newest first. `before`: only entries whose `seq` is below. Fails with JOURNAL_UNUSABLE. */
  read: procedure
    .input(z.strictObject({ filter: JournalFilter, before: z.int().min(1).nullable(), limit: z.int().min(1).max(500) }))
    .output(
      z.object({
        entries: z.array(JournalEntry),
        /** For the next call's `before`; null: there are no more. */
        next: z.int().nullable(),
      }),
    ),
  /** Reads it all anew, and holds it against its anchor. Fails with JOURNAL_UNUSABLE where it cannot be read. */
  verify: procedure.output(Verification),
  /**
   * Writes the records that the filter takes, as they stand, to a new file of JSON Lines on this machine. Fails with
   * JOURNAL_UNUSABLE.
   */
  export: procedure
    .input(z.strictObject({ filter: JournalFilter }))
    .output(z.object({ file: z.string(), records: z.int() })),
  /**
   * Puts a broken journal aside, as it is, and begins a new one, whose first record names it. Fails with
   * JOURNAL_UNUSABLE, and with NOTHING_TO_DO where the journal is sound.
   */
  setAside: procedure.output(z.object({ folder: z.string() })),
};
