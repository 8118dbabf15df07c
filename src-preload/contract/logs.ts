import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { procedure } from './procedures.ts';

export const LogLine = z.object({
  stream: z.enum(['stdout', 'stderr', 'tty']),
  /** RFC 3339 with nanoseconds, as the engine wrote it; null where it told none. */
  time: z.string().nullable(),
  /** Safe to show: controls are visible. Only SGR sequences (`ESC [ … m`, colours) stand as they came. */
  text: z.string(),
  /** True where the line was longer than is kept, and was cut. */
  cut: z.boolean(),
});
export type LogLine = z.infer<typeof LogLine>;

/** Lines that may be asked for at once; a view asks for more as it takes them in. */
const Credit = z.int().min(1).max(10_000);

export const logs = {
  /**
   * The lines of a container's log, oldest first, in batches; ends where the engine ends it (the container stopped, or
   * nobody follows). Sends no more lines than there is credit for, and none is left out: what is not yet asked for
   * waits on the host. Fails with HOST_NOT_FOUND, HOST_NOT_LIVE, ENGINE_*, CONNECTION_LOST.
   */
  read: procedure
    .input(
      z.object({
        /** Names it for `credit`. */
        stream: z.uuid(),
        hostId: z.uuid(),
        containerId: z.string().regex(/^[0-9a-f]{64}$/),
        follow: z.boolean(),
        /** Last lines to begin with; null: all the engine keeps. Counts after `after`. */
        tail: z.int().min(0).max(100_000).nullable(),
        /** Only lines later than this one's time, to go on where a broken stream stopped; null: no bound. */
        after: z.iso.datetime().nullable(),
        credit: Credit,
      }),
    )
    .output(eventIterator(z.array(LogLine))),
  /** Lets a stream of this connection send that many lines more. Nothing happens where it has ended. */
  credit: procedure.input(z.object({ stream: z.uuid(), lines: Credit })).output(z.void()),
};
