import type { LogLine } from '#contract/logs.ts';
import type { CallProblem } from '../../client/call-problem.ts';

export interface ReadRequest {
  readonly stream: string;
  readonly hostId: string;
  readonly containerId: string;
  readonly follow: boolean;
  readonly tail: number | null;
  readonly after: string | null;
  readonly credit: number;
}

/** What a session asks of the core: `client.logs`. */
export interface LogSource {
  read(request: ReadRequest, options: { readonly signal: AbortSignal }): Promise<AsyncIterable<readonly LogLine[]>>;
  credit(request: { readonly stream: string; readonly lines: number }): Promise<unknown>;
}

/** Why a stream is not there. `passing`: it comes back by itself once the host is live again. */
export interface StreamProblem extends CallProblem {
  readonly passing: boolean;
}

export type StreamState =
  | { readonly state: 'opening' }
  | { readonly state: 'following' }
  /** Opens by itself when it can. `problem`: what broke it; null: its host has not been live yet. */
  | { readonly state: 'waiting'; readonly problem: StreamProblem | null }
  /** The container stopped; opens by itself when it runs again. */
  | { readonly state: 'ended' }
  | { readonly state: 'failed'; readonly problem: StreamProblem };

export type ReadingState =
  | { readonly state: 'following' }
  /** `waiting`: lines that came since. `full`: no more is asked for, what comes waits on the host. */
  | { readonly state: 'paused'; readonly waiting: number; readonly full: boolean };

/** What a session depends on. */
export interface Situation {
  /** null: the core is not connected. Another object: it was connected anew. */
  readonly source: LogSource | null;
  readonly hostLive: boolean;
  /** Names the container's present run; null while it does not run. */
  readonly run: string | null;
}

export interface SessionPorts {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back after so many milliseconds, unless what it returns is called before. */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Calls back before the next frame is painted. */
  readonly frame: (callback: () => void) => void;
  /** A new uuid. */
  readonly newId: () => string;
  readonly explain: (error: unknown) => StreamProblem;
}
