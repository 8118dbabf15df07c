import type { Welcome } from '#contract/session.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { type CallProblem, callProblem, errorCode } from './call-problem.ts';
import type { Connection } from './client.ts';
import { NoSessionError } from './no-session.ts';

/** Whether the page has its core, and what happens next where it has not. Times in milliseconds of this machine's clock. */
export type ConnectionState =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly connection: Connection; readonly welcome: Welcome }
  /**
   * What is shown is as it was at `since`; `nextTryAt` is null while it is being tried. `refusal`: what the core said
   * when it was tried last; null where it said nothing.
   */
  | {
      readonly state: 'lost';
      readonly since: number;
      readonly nextTryAt: number | null;
      readonly refusal: CallProblem | null;
    }
  /** Only a person can help: the page needs a fresh link. */
  | { readonly state: 'no-session' }
  /** Page and core are of different versions: the page has to be loaded again. */
  | { readonly state: 'mismatch' };

/** What the controller needs of the world; a test gives its own. */
export interface ConnectionPorts {
  /** Opens one connection; rejects with NoSessionError where another try is no use. */
  readonly open: () => Promise<Connection>;
  readonly now: () => number;
  /** Runs `action` after `ms`; the function it returns takes that back. */
  readonly after: (ms: number, action: () => void) => () => void;
  /** In [0, 1), as Math.random. */
  readonly random: () => number;
  readonly onState: (state: ConnectionState) => void;
}

export interface ConnectionController {
  /** Tries at once instead of waiting. Does nothing while connected. */
  retryNow(): void;
  dispose(): void;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5_000;

/** Connects, and stays connected: the core may end and start again under a page that is left open. */
export function keepConnected({ open, now, after, random, onState }: ConnectionPorts): ConnectionController {
  let disposed = false;
  let failures = 0;
  let lostAt: number | null = null;
  let refusal: CallProblem | null = null;
  let cancelWait: (() => void) | null = null;
  let current: Connection | null = null;

  async function attempt(): Promise<void> {
    cancelWait = null;
    onState(lostAt === null ? { state: 'connecting' } : { state: 'lost', since: lostAt, nextTryAt: null, refusal });
    try {
      const connection = await open();
      if (disposed) return connection.close();
      current = connection;
      const welcome = await greet(connection);
      if (disposed) return;
      if (welcome === 'mismatch') return end({ state: 'mismatch' });
      failures = 0;
      lostAt = null;
      refusal = null;
      onState({ state: 'connected', connection, welcome });
      await connection.closed;
    } catch (error) {
      if (disposed) return;
      if (error instanceof NoSessionError) return end({ state: 'no-session' });
      refusal = errorCode(error) === null ? null : callProblem(error);
      current?.close();
    }
    current = null;
    if (!disposed) waitThenTry();
  }

  function waitThenTry(): void {
    lostAt ??= now();
    // Full jitter, so that ten tabs do not come back in step; the first try after a loss is soon.
    const waitMs = Math.round(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + random() / 2));
    failures = Math.min(failures + 1, 10);
    onState({ state: 'lost', since: lostAt, nextTryAt: now() + waitMs, refusal });
    cancelWait = after(waitMs, () => void attempt());
  }

  function end(state: ConnectionState): void {
    current?.close();
    current = null;
    disposed = true;
    onState(state);
  }

  void attempt();
  return {
    retryNow() {
      if (cancelWait === null) return;
      cancelWait();
      void attempt();
    },
    dispose() {
      disposed = true;
      cancelWait?.();
      current?.close();
    },
  };
}

async function greet({ client, closed }: Connection): Promise<Welcome | 'mismatch'> {
  try {
    const welcome = await Promise.race([
      client.session.hello({ contractVersion: CONTRACT_VERSION }),
      closed.then(() => {
        throw new Error('The connection ended before the core answered.');
      }),
    ]);
    return welcome.contractVersion === CONTRACT_VERSION ? welcome : 'mismatch';
  } catch (error) {
    if (errorCode(error) === 'CONTRACT_MISMATCH') return 'mismatch';
    throw error;
  }
}
