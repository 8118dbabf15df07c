import { z } from 'zod';
import { procedure } from './procedures.ts';

/** What can be done to one container. */
export const ContainerAction = z.enum(['container.start', 'container.stop', 'container.restart']);
export type ContainerAction = z.infer<typeof ContainerAction>;

/** The catalogue: what is not in it cannot be asked for. */
export const ActionName = z.enum([...ContainerAction.options, 'app.restart']);
export type ActionName = z.infer<typeof ActionName>;

/** What a protected container needs an unlock for; starting one puts no data at risk. */
export const LockedAction = ContainerAction.exclude(['container.start']);
export type LockedAction = z.infer<typeof LockedAction>;

const ContainerId = z.string().regex(/^[0-9a-f]{64}$/);
const AppName = z.string().min(1).max(512);
const ServiceName = z.string().min(1).max(512);
/** Why, in the operator's words; it goes into the journal. */
const Reason = z.string().trim().min(1).max(500);

/** What an operator wishes. */
export const ActionRequest = z.union([
  z.strictObject({ action: ContainerAction, hostId: z.uuid(), containerId: ContainerId }),
  z.strictObject({ action: z.literal('app.restart'), hostId: z.uuid(), app: AppName }),
]);
export type ActionRequest = z.infer<typeof ActionRequest>;

/** One container, one action, five minutes, once: lets a protected container be acted upon. */
export const Unlock = z.object({
  hostId: z.uuid(),
  containerId: z.string(),
  action: LockedAction,
  reason: z.string(),
  /** ISO 8601 of this machine's clock. */
  until: z.string(),
});
export type Unlock = z.infer<typeof Unlock>;

export const PlanStep = z.object({
  /** What is done, as in `Stop api (SIGTERM, 10 s)`. */
  text: z.string(),
  /** What is sent to the engine, as in `POST /containers/a41c…/restart?t=10`; null: it follows from the step before. */
  request: z.string().nullable(),
  containerId: z.string(),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** Exactly what an action is going to do, before it does it. */
export const Plan = z.object({
  /** Names it for `run`; good once. */
  id: z.uuid(),
  action: ActionName,
  hostId: z.uuid(),
  /** As in `Restart shop / api on atlas`. */
  title: z.string(),
  steps: z.array(PlanStep),
  /** What an action on an app leaves as it is, and why. */
  leftOut: z.array(
    z.object({ containerId: z.string(), service: z.string(), why: z.enum(['protected', 'not-running']) }),
  ),
  /** What else feels it, a sentence each: what depends on it, what shares its networks and volumes. */
  affects: z.array(z.string()),
  /** How long it took lately, from the journal; null: it was never done. */
  took: z.object({ medianMs: z.number(), runs: z.int().min(1) }).nullable(),
  /** The same by hand: for a shell on this machine. */
  command: z.string(),
  /** The unlock it will use up; null: it needs none. */
  unlock: Unlock.nullable(),
  /** ISO 8601 of this machine's clock. */
  expiresAt: z.string(),
});
export type Plan = z.infer<typeof Plan>;

/** `unknown`: it was begun, and nobody saw how it ended. */
export const RunState = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'unknown']);
export type RunState = z.infer<typeof RunState>;

export const RunStep = PlanStep.extend({
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped', 'unknown']),
  /** ISO 8601 of this machine's clock; null where it has not begun, or not ended. */
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** What was seen: `exit 0 after 1.2 s`, an error's words; null for nothing. */
  note: z.string().nullable(),
});
export type RunStep = z.infer<typeof RunStep>;

/** An action that was confirmed. It goes on whether a window looks or not. */
export const Run = z.object({
  id: z.uuid(),
  action: ActionName,
  hostId: z.uuid(),
  title: z.string(),
  app: z.string(),
  /** What it acts upon, in order. */
  containerIds: z.array(z.string()),
  reason: z.string().nullable(),
  state: RunState,
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** How it ended and what else was seen, as a sentence; null while it runs. */
  message: z.string().nullable(),
  /** What an `unknown` one's containers were found to be once the host could be asked; null elsewhere. */
  found: z.string().nullable(),
  /** A cancel was asked for: what is under way is finished, the rest is left. */
  cancelling: z.boolean(),
  steps: z.array(RunStep),
});
export type Run = z.infer<typeof Run>;

/** What a change in front of the engine (a socket proxy) has refused on a host since it was connected. */
export const EngineChange = z.enum(['start', 'stop', 'restart']);
export type EngineChange = z.infer<typeof EngineChange>;

export const actions = {
  /**
   * What the action would do. Fails with HOST_NOT_FOUND, HOST_NOT_LIVE, OBSERVE_ONLY, PROTECTED, NOTHING_TO_DO,
   * ENGINE_NOT_FOUND (the container is gone), PLAN_TOO_LARGE.
   */
  plan: procedure.input(ActionRequest).output(Plan),
  /**
   * Does what the plan says; answers when its intent is in the journal and it has begun. All is judged once more. Fails
   * with PLAN_UNKNOWN, PLAN_EXPIRED, PLAN_USED, PLAN_STALE, CHANGE_UNDER_WAY, RATE_LIMITED, JOURNAL_*, and as `plan`.
   */
  run: procedure
    .input(z.strictObject({ plan: z.uuid(), reason: Reason.nullable() }))
    .output(z.object({ run: z.uuid() })),
  /** What is under way is finished, and nothing further begun. Fails with RUN_UNKNOWN; does nothing to an ended one. */
  cancel: procedure.input(z.strictObject({ run: z.uuid() })).output(z.void()),
  /** Fails as `plan`, and with NOT_PROTECTED, JOURNAL_*. One that is there already is begun anew. */
  unlock: procedure
    .input(z.strictObject({ hostId: z.uuid(), containerId: ContainerId, action: LockedAction, reason: Reason }))
    .output(Unlock),
  /** Takes an unlock back. Does nothing where there is none. */
  lock: procedure
    .input(z.strictObject({ hostId: z.uuid(), containerId: ContainerId, action: LockedAction }))
    .output(z.void()),
  /** The operator's own protection of a service, put on or taken off. Fails with HOST_NOT_FOUND, SETTINGS_*, JOURNAL_*. */
  protect: procedure
    .input(z.strictObject({ hostId: z.uuid(), app: AppName, service: ServiceName, protect: z.boolean() }))
    .output(z.void()),
};
