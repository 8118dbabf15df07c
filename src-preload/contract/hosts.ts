import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { ErrorCode, Problem } from './errors.ts';
import { Asked, Engine } from './fleet.ts';
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

/** What is tried of a host, in this order; the first four again for each machine on the way. */
export const TrialStep = z.enum([
  'resolve',
  'reach',
  'host-key',
  'authenticate',
  'forward',
  'socket',
  'engine',
  'permissions',
]);
export type TrialStep = z.infer<typeof TrialStep>;

/** Another way to the same host that may do; never taken unasked. */
export const TrialOffer = z.object({
  /** Canonical target, to be tried or saved in place of the one that was tested. */
  target: z.string(),
  /** What it is, as on a button: `Use the rootless socket of ana`. */
  label: z.string(),
  /** What it means, and what it rests on; a sentence. */
  why: z.string(),
});
export type TrialOffer = z.infer<typeof TrialOffer>;

const at = {
  step: TrialStep,
  /** A machine on the way, as `ana@bastion:22`; null: the host itself. */
  jump: z.string().nullable(),
};

/** How the engine's socket is reached. */
export const EngineVia = z.enum(['stream-local', 'dial-stdio', 'sudo-dial-stdio', 'tcp', 'local']);
export type EngineVia = z.infer<typeof EngineVia>;

/** A step begins, then it is passed or skipped, or is the one at which the trial stopped. Times in milliseconds. */
export const TrialEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begun'), ...at }),
  /**
   * The step waits for a person to answer, until `asked`, or its end. The question is among `questions`: the trial's own, or
   * of another who waits for the same answer.
   */
  z.object({ kind: z.literal('asking'), ...at, what: Asked }),
  z.object({ kind: z.literal('asked'), ...at }),
  /** `ms` is without the time a person took to answer; `seen`: what was found, in a few words (`192.0.2.7`). */
  z.object({ kind: z.literal('passed'), ...at, ms: z.number(), seen: z.string() }),
  z.object({ kind: z.literal('skipped'), ...at, why: z.string() }),
  /** The last event: it got through. */
  z.object({
    kind: z.literal('reached'),
    target: z.string(),
    engine: Engine,
    via: EngineVia,
    containers: z.int().min(0),
    latencyMs: z.number(),
    /** Of the host's key, `SHA256:…`; null for the local engine. */
    fingerprint: z.string().nullable(),
    /** What holds in spite of it: requests that a policy denies, lines of ssh_config that were not followed. */
    notes: z.array(z.string()),
    offers: z.array(TrialOffer),
  }),
  /** The last event: it did not, with the cause as `code`, and the fix as `hint`. UNDETERMINED where it cannot be told. */
  z.object({
    kind: z.literal('stopped'),
    ...at,
    ms: z.number(),
    code: ErrorCode,
    message: z.string(),
    hint: z.string().nullable(),
    /** What the cause rests on: what was asked, and what came back; a line each. */
    seen: z.array(z.string()),
    offers: z.array(TrialOffer),
  }),
]);
export type TrialEvent = z.infer<typeof TrialEvent>;

/** A host named in the operator's `~/.ssh/config`. */
export const SshAlias = z.object({
  /** As it stands there. */
  name: z.string(),
  /** `ssh://name`. */
  target: z.string(),
  /** What it comes to: `ana@192.0.2.7:2222`; null where its lines cannot be followed. */
  machine: z.string().nullable(),
  /** Machines on the way, from the first. */
  jumps: z.array(z.string()),
  /** Why its lines cannot be followed; null where they can. */
  problem: Problem.nullable(),
});
export type SshAlias = z.infer<typeof SshAlias>;

/** One machine that is logged in to. Everything is safe to show. */
export const HopReport = z.object({
  /** `ana@bastion.example:22`. */
  machine: z.string(),
  /** The address that was dialled; null where the machine before it did that. */
  address: z.string().nullable(),
  /** What its server calls itself, as `OpenSSH_9.2p1 Debian-2+deb12u3`. */
  software: z.string(),
  /** ISO 8601. */
  since: z.string(),
  hostKey: z.object({ type: z.string(), fingerprint: z.string() }),
  /** What let us in; `label` says which: the path of a key, the comment of one in the agent. */
  login: z.object({
    method: z.enum(['agent', 'key', 'keyboard-interactive', 'password', 'none']),
    label: z.string(),
    fingerprint: z.string().nullable(),
  }),
  /** `mac` is null where the cipher brings its own. */
  algorithms: z.object({
    kex: z.string(),
    hostKey: z.string(),
    cipher: z.string(),
    mac: z.string().nullable(),
  }),
  /** What of these is weaker than it should be, and why; empty where nothing is. */
  weak: z.array(z.object({ name: z.string(), why: z.string() })),
  /** Hosts whose way goes through this connection; 1 for the host's own. */
  sharedBy: z.int().min(1),
  /** Over the wire, encrypted, since `since`. */
  bytes: z.object({ received: z.number(), sent: z.number() }),
});
export type HopReport = z.infer<typeof HopReport>;

/** What was asked of an engine since it was connected, by kind. */
export const EngineCost = z.object({
  /** As in `list containers`. */
  call: z.string(),
  count: z.int(),
  failed: z.int(),
  /** Of the last ones, from sending to the last byte (of a stream: the first); null where none was answered. */
  medianMs: z.number().nullable(),
  slowestMs: z.number().nullable(),
  /** Bodies of the answers. */
  bytes: z.number(),
});
export type EngineCost = z.infer<typeof EngineCost>;

/** How a host is connected now. */
export const ConnectionReport = z.object({
  /** From the first machine to the host itself; empty for the local engine. */
  hops: z.array(HopReport),
  via: EngineVia,
  /** What is connected to there: `/var/run/docker.sock`, `127.0.0.1:2375`. */
  endpoint: z.string(),
  /** `most`: how many there may be at once; null where sshd does not count them. */
  channels: z.object({ open: z.int(), opened: z.int(), refused: z.int(), most: z.int().nullable() }),
  costs: z.array(EngineCost),
  /** What the operator should know of the way: lines of ssh_config that were not followed, keys that could not be used. */
  notes: z.array(z.string()),
});
export type ConnectionReport = z.infer<typeof ConnectionReport>;

export const hosts = {
  list: procedure.output(z.array(SavedHost)),
  identities: procedure.output(Identities),
  /** Hosts named in the operator's ssh_config, without patterns; empty where there is none. */
  aliases: procedure.output(z.array(SshAlias)),
  /** How a followed host is connected; null: it is not. Asked again and again by who shows it. */
  connection: procedure.input(z.object({ id: z.uuid() })).output(ConnectionReport.nullable()),
  /**
   * Connects once, saves nothing but an accepted host key. Leaving the iterator cancels it. What keeps it from getting
   * through is its last event; it fails only for what cannot be tried: TARGET_INVALID, USAGE, TOO_MANY, CANCELLED.
   */
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
