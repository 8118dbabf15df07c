import type { ErrorCode } from '#contract/errors.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { type FakeLink, fakeEngine, fakeLink, fixtureClock, toAppError } from './engine.fixture.ts';
import { NO_PREFERENCES } from './facts.fixture.ts';
import type { HostEvent } from './host-access.ts';
import { type ConnectPhase, type EngineAgain, HostSession } from './host-session.ts';
import { hostWasReached } from './host-was-reached.ts';

const open: HostSession[] = [];

/** Ends all sessions of {@link session}: for `afterEach`. */
export async function endSessions(): Promise<void> {
  for (const session of open.splice(0)) await session[Symbol.asyncDispose]();
}

interface Given {
  /** What each try to connect comes to, the last one again and again; `wait`: it goes on for ever. */
  readonly tries?: readonly (ErrorCode | AppError | 'link' | 'wait')[];
  readonly retry?: boolean;
  /** A try whose engine fails asks whether it is to be tried again over the connection that stands. */
  readonly keepsConnection?: boolean;
  readonly ids?: readonly string[];
  /** No link is made before. */
  readonly made?: Promise<void>;
}

/** A session with a fake engine, and what it did. */
export function session({
  tries = ['link'],
  retry = true,
  keepsConnection = false,
  ids = ['a'],
  made: ready = Promise.resolve(),
}: Given = {}) {
  const clock = fixtureClock();
  const engine = fakeEngine(ids, () => clock.monotonic());
  const links: FakeLink[] = [];
  const triedAt: number[] = [];
  const wished: boolean[] = [];
  const logins: AbortController[] = [];
  let changes = 0;
  const events: Omit<HostEvent, 'hostId'>[] = [];
  let phase: (phase: ConnectPhase) => void = () => undefined;
  const begin = (isWished: boolean) => {
    wished.push(isWished);
    const outcome = tries[Math.min(triedAt.length, tries.length - 1)];
    triedAt.push(clock.monotonic());
    return typeof outcome !== 'string' || outcome === 'link' || outcome === 'wait' ? outcome : says(outcome);
  };
  const connect = async (
    signal: AbortSignal,
    _: unknown,
    onPhase: (phase: ConnectPhase) => void,
    isWished: boolean,
    again: EngineAgain | null,
  ) => {
    phase = onPhase;
    const login = new AbortController();
    logins.push(login);
    const over = AbortSignal.any([signal, login.signal]);
    let outcome = begin(isWished);
    while (keepsConnection && again !== null && outcome instanceof AppError && hostWasReached(outcome.code)) {
      outcome = begin(await again(outcome, over));
    }
    if (outcome === 'wait') {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortError(signal))));
    }
    if (outcome instanceof AppError) throw outcome;
    await ready;
    const link = fakeLink(engine);
    links.push(link);
    return link;
  };
  const intervals = { refreshMs: 10_000, sampleMs: 5_000 };
  const made = new HostSession({
    id: '00000000-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    connector: { connect },
    mode: () => 'observe',
    preferences: NO_PREFERENCES,
    intervals,
    loadWatched: true,
    retry,
    clock,
    // The longest wait there can be.
    random: () => 1,
    toAppError,
    onChange: () => {
      changes += 1;
    },
    onEvent: (event) => events.push(event),
  });
  open.push(made);
  const time = (ms: number) => new Date(clock.now() - clock.monotonic() + ms).toISOString();
  const reasons = () =>
    made.view().apps.flatMap(({ containers }) => containers.map(({ name, reason }) => `${name} ${reason}`));
  return {
    clock,
    engine,
    links,
    triedAt,
    /** Of each try, whether a person asked for it. */
    wished,
    /** Of each connection that was made for them: aborted, it ends. */
    logins,
    session: made,
    intervals,
    events,
    time,
    reasons,
    changes: () => changes,
    /** The connector tells what the try that was begun last is at. */
    phase: (at: ConnectPhase) => phase(at),
  };
}

function says(code: ErrorCode): AppError {
  return new AppError(code, `It says ${code}.`, { hint: 'Look.' });
}
