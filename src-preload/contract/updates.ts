import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { EngineChange, Run, Unlock } from './actions.ts';
import { Problem } from './errors.ts';
import { Container, Host, Verdict } from './fleet.ts';
import { HostMode } from './hosts.ts';
import { JournalStatus } from './journal.ts';
import { procedure } from './procedures.ts';
import { Question } from './questions.ts';
import { WindowSettings } from './settings.ts';

/** The answer to "is everything green?", in the parts a window lays out. */
export const Summary = z.object({
  verdict: Verdict,
  /** `All green`; `2 down, 1 needs attention, 1 host unknown`; `No hosts yet`; `Nothing is known: 1 host offline`. */
  headline: z.string(),
  /** What green hides, in order: `50 of 58 running are green (9 unchecked)`, `3 stopped`, `12 apps`, `3 hosts`. */
  counts: z.array(z.string()),
  /** When the oldest of the facts it rests on was seen, ISO 8601 of this machine's clock; null where none was. */
  freshAt: z.string().nullable(),
});
export type Summary = z.infer<typeof Summary>;

/** A host without its containers: these come one by one. */
export const FleetHost = Host.omit({ apps: true }).extend({
  /** What to call it: the operator's name for it, else the machine in its target. */
  label: z.string(),
  mode: HostMode,
  /** What a policy in front of its engine has refused since it was connected. */
  denied: z.array(EngineChange),
  /** What could not be read of it, or why it is not live. */
  problems: z.array(Problem),
});
export type FleetHost = z.infer<typeof FleetHost>;

export const FleetContainer = Container.extend({
  /** Unique in the fleet, and stable while the container is there. */
  key: z.string(),
  hostId: z.uuid(),
  /** Name of its app on that host. */
  app: z.string(),
});
export type FleetContainer = z.infer<typeof FleetContainer>;

/** Only the load of a container changed: `[key, cpuPercent, memoryBytes]`. */
export const LoadChange = z.tuple([z.string(), z.number().nullable(), z.number().nullable()]);
export type LoadChange = z.infer<typeof LoadChange>;

const everything = {
  summary: Summary,
  /** In the operator's order. */
  hosts: z.array(FleetHost),
  /** In no order. */
  containers: z.array(FleetContainer),
  questions: z.array(Question),
  settings: WindowSettings,
  /** What is wrong with Binnacle's own files; never of a host. */
  problems: z.array(Problem),
  /** Those that run and the last that ended, oldest first. */
  runs: z.array(Run),
  /** Those that hold now. */
  unlocks: z.array(Unlock),
  journal: JournalStatus,
};

/**
 * What a window is told. A delta holds each thing that changed since the batch before, whole and once, however often
 * it changed; what it leaves out is as it was. `seq` grows by one with each batch of a subscription.
 */
export const Batch = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), seq: z.int(), ...everything }),
  z.object({
    kind: z.literal('delta'),
    seq: z.int(),
    summary: Summary.optional(),
    /** Those that changed. */
    hosts: z.array(FleetHost),
    /** All ids in the operator's order, where a host was added, removed or moved. */
    hostOrder: z.array(z.uuid()).optional(),
    containers: z.array(FleetContainer),
    /** Keys of containers that are gone, those of removed hosts included. */
    gone: z.array(z.string()),
    loads: z.array(LoadChange),
    questions: z.array(Question).optional(),
    settings: WindowSettings.optional(),
    problems: z.array(Problem).optional(),
    runs: z.array(Run).optional(),
    unlocks: z.array(Unlock).optional(),
    journal: JournalStatus.optional(),
  }),
]);
export type Batch = z.infer<typeof Batch>;
export type Snapshot = Extract<Batch, { kind: 'snapshot' }>;
export type Delta = Extract<Batch, { kind: 'delta' }>;

export const updates = {
  /**
   * A snapshot, then deltas. The next batch is sent when the one before was acknowledged and something has changed:
   * a window that sleeps costs nothing. Leaving the iterator ends the subscription.
   */
  watch: procedure.input(z.object({ subscription: z.uuid() })).output(eventIterator(Batch)),
  acknowledge: procedure.input(z.object({ subscription: z.uuid(), seq: z.int() })).output(z.void()),
  /**
   * What the window shows: the load of those hosts' containers is sampled at the pace that is set, that of others
   * rarely. A new subscription shows all; one that is not visible is sent no loads.
   */
  interest: procedure
    .input(z.object({ subscription: z.uuid(), visible: z.boolean(), hosts: z.array(z.uuid()).max(500).nullable() }))
    .output(z.void()),
};
