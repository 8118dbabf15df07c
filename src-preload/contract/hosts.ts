import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { Problem } from './errors.ts';
import { Engine } from './fleet.ts';
import { procedure } from './procedures.ts';

export const HostMode = z.enum(['observe', 'operate']);
export type HostMode = z.infer<typeof HostMode>;

const TargetText = z.string().min(1).max(2_048);
const HostName = z.string().min(1).max(64);
const IdentityFiles = z.array(z.string().min(1).max(4_096)).max(16);

/** A host as it is saved. */
export const SavedHost = z.object({
  id: z.uuid(),
  /** What the operator calls it; null: its target is its name. */
  name: z.string().nullable(),
  /** Canonical target; without what may be a password where it is none. */
  target: z.string(),
  mode: HostMode,
  /** Private key files tried for it first; empty: the agent and the usual files. */
  identityFiles: z.array(z.string()),
  /** Why it is not followed; null where it is. */
  problem: Problem.nullable(),
});
export type SavedHost = z.infer<typeof SavedHost>;

/** What can be chosen from to log in with. */
export const Identities = z.object({
  /** An ssh-agent is there. */
  agent: z.boolean(),
  /** Private keys found in the operator's `.ssh`, whole paths. */
  files: z.array(z.string()),
});
export type Identities = z.infer<typeof Identities>;

/** What is being done while a host is tried, in this order. A question may stand in between: `updates` tells of it. */
export const TrialStep = z.enum(['connecting', 'checking-host-key', 'authenticating', 'asking-engine']);
export type TrialStep = z.infer<typeof TrialStep>;

export const TrialEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('step'), step: TrialStep }),
  /** The last event. */
  z.object({
    kind: z.literal('reached'),
    target: z.string(),
    engine: Engine,
    containers: z.int().min(0),
    latencyMs: z.number(),
    fingerprint: z.string(),
  }),
]);
export type TrialEvent = z.infer<typeof TrialEvent>;

export const hosts = {
  list: procedure.output(z.array(SavedHost)),
  identities: procedure.output(Identities),
  /** Connects once, saves nothing but an accepted host key. Leaving the iterator cancels it. */
  test: procedure
    .input(z.object({ trial: z.uuid(), target: TargetText, identityFiles: IdentityFiles }))
    .output(eventIterator(TrialEvent)),
  /** Saves the host and follows it from now on. Fails with TARGET_INVALID, HOST_EXISTS, USAGE (name), SETTINGS_*. */
  add: procedure
    .input(z.object({ target: TargetText, name: HostName.nullable(), identityFiles: IdentityFiles }))
    .output(SavedHost),
  rename: procedure.input(z.object({ id: z.uuid(), name: HostName.nullable() })).output(SavedHost),
  /** Stops following it. `restore` takes it back, until the core ends. */
  remove: procedure.input(z.object({ id: z.uuid() })).output(SavedHost),
  /** Puts back a host that was removed, with all that was set for it. */
  restore: procedure.input(z.object({ id: z.uuid() })).output(SavedHost),
  /**
   * `operate` lets what is in the catalogue of actions be done on it. The change is in the journal before it holds; back
   * to `observe` it holds even where that cannot be written. Fails with HOST_NOT_FOUND, SETTINGS_*, JOURNAL_*.
   */
  setMode: procedure.input(z.object({ id: z.uuid(), mode: HostMode })).output(z.void()),
  /** Connects now instead of waiting, or after a person has put right what blocked it. Does nothing to a live one. */
  retry: procedure.input(z.object({ id: z.uuid() })).output(z.void()),
};
