import { z } from 'zod';
import { procedure } from './procedures.ts';

/** Something that happened to a container, as its engine told it, or as it was found later. */
export const TimelineEntry = z.object({
  /** Unique within its app, and stable. */
  id: z.string(),
  /** ISO 8601 of this machine's clock. */
  at: z.string(),
  containerId: z.string(),
  service: z.string(),
  kind: z.enum([
    'created',
    'started',
    'stopped',
    'restarted',
    'killed',
    'exited',
    'out-of-memory',
    'healthy',
    'unhealthy',
    'paused',
    'unpaused',
    'removed',
  ]),
  /** As a sentence: `Restarted`, `Exited with 137`. */
  text: z.string(),
  /** Who caused it: a run of ours, somebody else, or the container and its engine by themselves. */
  by: z.enum(['binnacle', 'outside', 'itself']),
  /** The run that caused it; null elsewhere. */
  run: z.uuid().nullable(),
  /**
   * `event`: heard as it happened. `afterwards`: nobody listened (this machine slept, the link was down), and a later
   * inspect shows it; what came and went in between is not known.
   */
  seen: z.enum(['event', 'afterwards']),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const timeline = {
  /** Of an app, newest first; of what was seen since this core connected, and the ten minutes before. */
  read: procedure
    .input(z.strictObject({ hostId: z.uuid(), app: z.string().min(1).max(512) }))
    .output(z.array(TimelineEntry)),
};
