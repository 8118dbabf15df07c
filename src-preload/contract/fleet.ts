import { z } from 'zod';
import { ErrorCode } from './errors.ts';

/** Worst first: `down`, `unknown`, `attention`, `green`. Unknown is never green. */
export const Verdict = z.enum(['down', 'unknown', 'attention', 'green']);
export type Verdict = z.infer<typeof Verdict>;

/** Engine states as Docker names them; `missing`: pinned by the operator, and not there. */
export const ContainerState = z.enum([
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
  'missing',
  'unknown',
]);
export type ContainerState = z.infer<typeof ContainerState>;

/** `none`: the container has no healthcheck. null: not known (the list alone was read). */
export const ContainerHealth = z.enum(['none', 'starting', 'healthy', 'unhealthy']);
export type ContainerHealth = z.infer<typeof ContainerHealth>;

/** `database`: recognised as one; `label`: marked `binnacle.protect=true`; `operator`: set in Binnacle. */
export const Protection = z.enum(['database', 'label', 'operator']);
export type Protection = z.infer<typeof Protection>;

export const Port = z.object({
  /** Address on the host; null where the port is exposed but not published. */
  hostIp: z.string().nullable(),
  hostPort: z.int().min(0).max(65535).nullable(),
  containerPort: z.int().min(0).max(65535),
  protocol: z.enum(['tcp', 'udp', 'sctp']),
});
export type Port = z.infer<typeof Port>;

export const NetworkAddress = z.object({
  name: z.string(),
  /** The container's address in it; null while it is not running, or for `host` and `none`. */
  ip: z.string().nullable(),
  /** CIDR, as in `172.20.0.0/16`; null where the network has none or it is not known. */
  subnet: z.string().nullable(),
});
export type NetworkAddress = z.infer<typeof NetworkAddress>;

/** One container as a window or a script sees it. A number that is not known is null, never 0. */
export const Container = z.object({
  /** The engine's id, 64 hexadecimal digits; empty for a container that is missing. */
  id: z.string(),
  name: z.string(),
  /** Role within its app; the container's name where nothing better is known. */
  service: z.string(),
  image: z.string(),
  state: ContainerState,
  health: ContainerHealth.nullable(),
  verdict: Verdict,
  /** Why, in the words of the verdict table: `healthy`, `unchecked`, `restarting, last exit 1`. */
  reason: z.string(),
  /** True while inspect may still change the verdict: only the list has been read, or an event has come since. */
  provisional: z.boolean(),
  /** Exit code of the last run that ended; null where none did, or, while it runs, not within what events tell. */
  exitCode: z.int().nullable(),
  /** Times the engine's restart policy has restarted it. */
  restarts: z.int().nullable(),
  /** Start of the current or last run, ISO 8601 in the engine's time; null if never started. */
  startedAt: z.string().nullable(),
  /** 100 = one core fully used, as `docker stats` counts it. null where it was not sampled lately. */
  cpuPercent: z.number().nullable(),
  /** Bytes without the page cache that can be given back, as `docker stats` counts it. null as `cpuPercent`. */
  memoryBytes: z.number().nullable(),
  /** Bytes; null where the container has no limit of its own. */
  memoryLimitBytes: z.number().nullable(),
  ports: z.array(Port),
  networks: z.array(NetworkAddress),
  /** Actions that put its data at risk need an unlock. */
  protected: z.boolean(),
  /** Why it is protected; null: it is not. */
  protection: Protection.nullable(),
  /** What a run of ours is doing to it: what that causes is muted in its verdict. null: nothing. */
  planned: z.enum(['starting', 'stopping', 'restarting']).nullable(),
});
export type Container = z.infer<typeof Container>;

export const App = z.object({
  name: z.string(),
  verdict: Verdict,
  containers: z.array(Container),
});
export type App = z.infer<typeof App>;

export const Engine = z.object({
  name: z.enum(['docker', 'podman']),
  version: z.string(),
  /** What Binnacle and the engine agreed to speak, as in `1.41`. */
  apiVersion: z.string(),
});
export type Engine = z.infer<typeof Engine>;

/** What a person is asked while a host is connected. */
export const Asked = z.enum(['hostKey', 'passphrase', 'password', 'code']);
export type Asked = z.infer<typeof Asked>;

/** Times are ISO 8601, of this machine's clock. */
export const HostState = z.discriminatedUnion('state', [
  /** The way is looked up, dialled, and its host keys are checked. */
  z.object({ state: z.literal('connecting'), attempt: z.int().min(1), since: z.string() }),
  /** The host key is known; the login is under way. */
  z.object({ state: z.literal('authenticating'), attempt: z.int().min(1), since: z.string() }),
  /**
   * A person is asked, in `questions`; it goes on with the answer. `jump`: the machine on the way that asks, as
   * `ana@bastion:22`: all hosts behind it wait for the one answer, and the question may be another's. null: the host itself.
   */
  z.object({
    state: z.literal('asking'),
    attempt: z.int().min(1),
    since: z.string(),
    what: Asked,
    jump: z.string().nullable(),
  }),
  z.object({ state: z.literal('live'), since: z.string() }),
  /**
   * The connection stands, as far as is known, and nothing has been heard over it: for some seconds, or since this machine
   * slept or changed its network.
   */
  z.object({ state: z.literal('stale'), since: z.string() }),
  /**
   * Reached, and let in, but its engine is not: it does not answer, its socket is not given to us, or a policy in front of it
   * refuses what a host is read by. Facts grow old, and it is tried on.
   */
  z.object({ state: z.literal('degraded'), since: z.string(), code: ErrorCode, message: z.string() }),
  z.object({
    state: z.literal('offline'),
    since: z.string(),
    code: ErrorCode,
    message: z.string(),
    attempt: z.int().min(1),
    nextTryAt: z.string().nullable(),
  }),
  /** Waits for a person: a host key, a passphrase, a rejected login. Never tried again by itself. */
  z.object({ state: z.literal('blocked'), since: z.string(), code: ErrorCode, message: z.string() }),
]);
export type HostState = z.infer<typeof HostState>;

export const Host = z.object({
  /** UUID given when the host was added; a new one each run for a target that is not saved. */
  id: z.uuid(),
  target: z.string(),
  status: HostState,
  verdict: Verdict,
  engine: Engine.nullable(),
  /** Median of the last round trips to the engine, in milliseconds. */
  latencyMs: z.number().nullable(),
  /** When its facts were last seen to be true, ISO 8601 of this machine's clock. */
  freshAt: z.string().nullable(),
  apps: z.array(App),
});
export type Host = z.infer<typeof Host>;

export const Fleet = z.object({
  verdict: Verdict,
  /** The one line that answers "is everything green?", with what green hides; of the hosts that are seen now. */
  sentence: z.string(),
  hosts: z.array(Host),
});
export type Fleet = z.infer<typeof Fleet>;
