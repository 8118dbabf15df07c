import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/** How many channels to an engine there may be at once, and for what. */
export interface ChannelBudget {
  /** Short requests at once; more wait their turn. */
  readonly control: number;
  /** How many of those may be load samples. */
  readonly bulk: number;
  readonly events: number;
  /** Log streams. */
  readonly streams: number;
  /** All together, with the changes, which have what is left; null: nobody counts them. */
  readonly sessions: number | null;
}

/** sshd counts no channels to sockets and ports (FACTS, tunnel 4). What is held open is bounded by who asks for it. */
export const UNCOUNTED: ChannelBudget = {
  control: limits.engine.channels,
  bulk: limits.engine.bulkChannels,
  events: Number.POSITIVE_INFINITY,
  streams: Number.POSITIVE_INFINITY,
  sessions: null,
};

/**
 * Channels that are sessions of sshd. Each change has one of its own, because it holds it until a container has ended:
 * reads wait for none, and none waits for reads. One is always left for a change, so at worst there are
 * `stdioSessions`: 2 for short requests, 1 for events, 5 logs and 1 change; for a second change, one of those for
 * requests gives way.
 *
 * Where sshd opens fewer, one stays for short requests whatever else is open; then go the second of those, the events
 * (which are asked for again and again in their place), and the room for logs.
 */
export function stdioBudget(sessions: number = limits.engine.stdioSessions): ChannelBudget {
  const { stdioControl, stdioEvents, stdioStreams } = limits.engine;
  const control = sessions >= 5 ? stdioControl : 1;
  const events = sessions >= 4 ? stdioEvents : 0;
  const left = sessions - control - events;
  const streams = Math.min(stdioStreams, Math.max(left - 1, Math.min(left, 1)));
  // A sample takes a second on old engines (FACTS, engine 3): with two channels, never both.
  return { control, bulk: Math.max(1, control - 1), events, streams, sessions };
}

/** What a request needs its channel for. `bulk` is short too, and lets everything else go first. */
export type Lane = 'short' | 'bulk' | 'events' | 'stream' | 'change';

/** Hands out turns and room by a {@link ChannelBudget}, for all requests to one engine. */
export class Lanes {
  #budget: ChannelBudget;
  readonly #waiting: ((leave: () => void) => void)[] = [];
  readonly #waitingInBulk: ((leave: () => void) => void)[] = [];
  readonly #open = { short: 0, bulk: 0, events: 0, stream: 0, change: 0 };
  readonly #evictions = new Set<() => void>();
  readonly #listeners = new Set<() => void>();

  constructor(budget: ChannelBudget = UNCOUNTED) {
    this.#budget = budget;
  }

  get budget(): ChannelBudget {
    return this.#budget;
  }

  /**
   * Channels for short requests, now: all but one of them give way to changes, where logs were opened before it was known
   * how few there are.
   */
  get control(): number {
    const { control, sessions } = this.#budget;
    return sessions === null ? control : Math.max(1, Math.min(control, sessions - this.#held));
  }

  /** Whether {@link enter} would take one that is to hold its channel. Short requests always find room in the end. */
  hasRoom(lane: Lane): boolean {
    if (lane === 'short' || lane === 'bulk') return true;
    const { control, events, streams, sessions } = this.#budget;
    if (lane === 'events') return this.#open.events < events;
    if (lane === 'stream' && this.#open.stream >= streams) return false;
    return sessions === null || (lane === 'change' ? 1 : control) + this.#held < sessions;
  }

  /** Channels that are held open, or kept for events. */
  get #held(): number {
    return Math.max(this.#budget.events, this.#open.events) + this.#open.stream + this.#open.change;
  }

  /**
   * Calls `send` in its turn, perhaps at once, with what is to be called, once, when its channel is free again.
   * @param evict ends an event stream for which there is no room any more
   * @throws AppError CHANNELS_EXHAUSTED, at once, for one that is to hold its channel while there is no room for it
   */
  enter(lane: Lane, send: (leave: () => void) => void, evict?: () => void): void {
    if (lane === 'short' || lane === 'bulk') {
      (lane === 'bulk' ? this.#waitingInBulk : this.#waiting).push(send);
      this.#sendNext();
      return;
    }
    if (!this.hasRoom(lane)) throw this.exhausted(lane);
    const before = this.control;
    this.#open[lane] += 1;
    if (this.control < before) this.#tellNarrowed();
    if (evict !== undefined) this.#evictions.add(evict);
    send(() => {
      this.#open[lane] -= 1;
      if (evict !== undefined) this.#evictions.delete(evict);
      this.#sendNext();
    });
  }

  /** Who waits is sent now, whatever room there is: nothing will be opened any more. */
  flush(): void {
    for (const send of [...this.#waiting.splice(0), ...this.#waitingInBulk.splice(0)]) send(() => {});
  }

  /**
   * sshd has opened no more than `sessions` at once, and never will over this connection: MaxSessions is lower than
   * usual, or something else takes a share. Does nothing where that is known; none at all tells nothing.
   */
  narrow(sessions: number): void {
    const { sessions: before } = this.#budget;
    if (before === null || sessions >= before || sessions < 1) return;
    this.#budget = stdioBudget(sessions);
    if (this.#open.events > this.#budget.events) for (const evict of [...this.#evictions]) evict();
    this.#tellNarrowed();
  }

  /** `listener` is called when there is less room for short requests than before. */
  onNarrowed(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Why there is no room. */
  exhausted(lane: Lane): AppError {
    const { stream: logs, change: changes } = this.#open;
    const { sessions } = this.#budget;
    const what = { stream: 'another log', change: 'a change', events: 'events', short: 'a request', bulk: 'a sample' };
    const held = `${count(logs, 'log')} and ${count(changes, 'change')} under way`;
    const message = `There is no channel left for ${what[lane]}: with ${held}, all are taken that sshd on the host opens.`;
    return new AppError('CHANNELS_EXHAUSTED', message, {
      details: { for: lane, logs, changes, most: sessions },
      hint:
        (logs > 0 ? 'Close a log, or wait' : 'Wait') +
        ' until a change is done. There is room for more where sshd forwards to sockets (AllowStreamLocalForwarding yes) ' +
        'or where its MaxSessions is 10 or more.',
    });
  }

  #tellNarrowed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whoever waits for a sample has time: a ping or an inspect behind hundreds of them would tell of the queue. */
  #sendNext(): void {
    const { short, bulk } = this.#open;
    if (short + bulk >= this.control) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#begin('short', next);
    else if (bulk < this.#budget.bulk) {
      const sample = this.#waitingInBulk.shift();
      if (sample !== undefined) this.#begin('bulk', sample);
    }
  }

  #begin(lane: 'short' | 'bulk', send: (leave: () => void) => void): void {
    this.#open[lane] += 1;
    send(() => {
      this.#open[lane] -= 1;
      this.#sendNext();
    });
  }
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
