import type { EngineChange } from '#contract/actions.ts';
import type { ContainerHealth, ContainerState, Engine, Port } from '#contract/fleet.ts';
import type { EngineCost } from '#contract/hosts.ts';
import type { AppError } from '../kernel/errors.ts';

/** One entry of `GET /containers/json?all=1`. Times are milliseconds since the epoch, of the engine's clock. */
export interface ContainerSummary {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly state: ContainerState;
  /** From the status text (`Up 3 minutes (unhealthy)`); null where it says nothing of health. */
  readonly health: Exclude<ContainerHealth, 'none'> | null;
  /** From the status text (`Exited (137) 2 minutes ago`); null elsewhere. */
  readonly exitCode: number | null;
  readonly ports: readonly Port[];
  readonly networks: readonly Attachment[];
  /** Paths inside the container at which volumes or folders are mounted. */
  readonly mountPaths: readonly string[];
  /** Names of the volumes, and folders of the host, that are mounted. */
  readonly volumes: readonly string[];
}

export interface Attachment {
  readonly name: string;
  readonly networkId: string;
  readonly ip: string | null;
}

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly maximumRetries: number;
}

/** What `GET /containers/{id}/json` adds to, or corrects in, the list. */
export interface ContainerDetail extends Omit<ContainerSummary, 'health'> {
  readonly health: ContainerHealth;
  /** First line of the last failed health check's output; null where there is none. */
  readonly healthOutput: string | null;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** The engine's own message for a container that would not start; null where empty. */
  readonly error: string | null;
  readonly restartCount: number;
  readonly restartPolicy: RestartPolicy;
  /** Milliseconds since the epoch, of the engine's clock; null for the zero time. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** ISO 8601 exactly as the engine wrote it; null for the zero time. */
  readonly startedAtText: string | null;
  /** Bytes; null where there is no limit. */
  readonly memoryLimitBytes: number | null;
  /** Ports the image or the container exposes, published or not, are in `ports`. */
  readonly tty: boolean;
  /** What it is asked to end with, as in `SIGTERM`; Docker's default where it names none. */
  readonly stopSignal: string;
  /** Seconds it asks for from that signal to the kill; null: the engine's default. Whole, and may be more than we give. */
  readonly stopTimeoutSeconds: number | null;
  /** Milliseconds its health check may need by its own times, from a start to a verdict; null: it has none. May be long. */
  readonly healthWaitMs: number | null;
}

export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** CIDRs, as the engine lists them. */
  readonly subnets: readonly string[];
}

/** One engine event, normalised: Podman's `died` is `die`. `at` is milliseconds of the engine's clock. */
export interface EngineEvent {
  readonly type: 'container' | 'network';
  /** `create`, `start`, `die`, `oom`, `destroy`, `health_status: unhealthy`, `connect` … */
  readonly action: string;
  /** Container or network id. */
  readonly id: string;
  readonly at: number;
  /** Nanoseconds of the engine's clock as text: with type, action and id it identifies the event. */
  readonly timeNano: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One one-shot sample of a container's load: counters, from which two make a rate. */
export interface StatsSample {
  readonly id: string;
  /** When the engine read it, milliseconds of its clock. */
  readonly readAt: number;
  /** Nanoseconds of processor time used by the container since it started. */
  readonly cpuTotalNs: number;
  /** Nanoseconds of processor time of the whole machine, all cores together; null where not told. */
  readonly systemCpuNs: number | null;
  readonly onlineCpus: number;
  /** Bytes as `docker stats` counts them: without the inactive file cache. null where not told. */
  readonly memoryBytes: number | null;
  /** Bytes: the container's limit, or the machine's memory where it has none. null where not told. */
  readonly memoryLimitBytes: number | null;
}

/** One line a container wrote. `text` is without its line ending, and as it came: make it visible before showing. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr' | 'tty';
  /** RFC 3339 with nanoseconds, as the engine wrote it; null where timestamps were not asked for or absent. */
  readonly time: string | null;
  readonly text: string;
  /** True where the line was longer than `limits.engine.logLineBytes` and was cut. */
  readonly cut: boolean;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Last lines to begin with; `all` for everything the engine keeps. */
  readonly tail: number | 'all';
  /** Milliseconds of the engine's clock; null for no bound. */
  readonly since: number | null;
  /** As {@link ContainerDetail.tty}: decides how the stream is framed. */
  readonly tty: boolean;
}

/**
 * What the rest of the core may ask of an engine. Every call rejects with an AppError: ENGINE_TIMEOUT,
 * ENGINE_UNREACHABLE (it hung up, while the link may well be there),
 * ENGINE_ANSWER_INVALID, ENGINE_ANSWER_TOO_LARGE, ENGINE_DENIED (403), ENGINE_NOT_FOUND (404), ENGINE_ERROR,
 * CONNECTION_LOST, GATE_REFUSED, or the signal's own.
 */
export interface EngineClient {
  readonly engine: Engine;
  /** Engine's clock minus this machine's, in milliseconds, within about a second; for `since`. */
  readonly clockOffsetMs: number;
  /** Round trip of one `/_ping` over an open channel, in milliseconds: a turn waited for does not count. */
  ping(signal: AbortSignal): Promise<number>;
  list(signal: AbortSignal): Promise<ContainerSummary[]>;
  inspect(id: string, signal: AbortSignal): Promise<ContainerDetail>;
  networks(signal: AbortSignal): Promise<NetworkSummary[]>;
  sample(id: string, signal: AbortSignal): Promise<StatsSample>;
  /**
   * Container and network events from `since` (milliseconds of the engine's clock) on, without exec and
   * health-check noise. Lossy on the engine's side: list again after opening. Returns once the engine has answered.
   * The iterator ends when the engine closes the stream, and throws when the link breaks. A `since` ahead of the
   * engine's clock is taken for now. Lines that are no events are left out: `onUnreadable` is told of the first, while
   * the stream goes on.
   */
  events(
    since: number,
    signal: AbortSignal,
    onUnreadable?: (problem: AppError) => void,
  ): Promise<AsyncIterable<EngineEvent>>;
  /**
   * One change of a container, sent once and never again by itself. `already`: it was so before (304). The answer may
   * take as long as the grace and `limits.actions.answerMs` beyond. ENGINE_DENIED, ENGINE_NOT_FOUND, ENGINE_ERROR and
   * GATE_REFUSED say that it was not done, or not to its end; ENGINE_TIMEOUT, ENGINE_UNREACHABLE, ENGINE_ANSWER_*,
   * CONNECTION_LOST, CANCELLED and the signal's own leave open whether it was, unless `wasNotSent` (errors.ts) says of
   * them that it never left this machine: no channel for it could be opened.
   * @param request.containerId all 64 digits
   * @param request.graceSeconds from the stop signal to the kill, whole and at most `limits.actions.mostGraceSeconds`;
   *   means nothing to `start`
   */
  change(
    what: EngineChange,
    request: { readonly containerId: string; readonly graceSeconds: number },
    signal: AbortSignal,
  ): Promise<'done' | 'already'>;
  /** Batches of lines, pulled: nothing more is read from the engine than `limits.engine.logHeldBytes` ahead. */
  logs(id: string, options: LogOptions, signal: AbortSignal): Promise<AsyncIterable<readonly LogLine[]>>;
  /**
   * Fails every request that has not been answered, changes included, with `why`: the engine is known to hang, and who
   * waits for it is told now. Streams that are open stay. Later requests are sent as ever.
   */
  rejectPending(why: AppError): void;
  /** What was asked of it so far, by kind. */
  costs(): readonly EngineCost[];
}
