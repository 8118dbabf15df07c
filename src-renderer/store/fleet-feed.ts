import type { Connection } from '../client/client.ts';
import { applyBatch } from './apply-batch.ts';
import type { FleetStore } from './fleet-store.ts';

/** What the feed needs of the page it feeds. */
export interface FeedPorts {
  readonly store: FleetStore;
  readonly now: () => number;
  readonly newId: () => string;
  readonly visible: () => boolean;
  /** Runs `action` when what was drawn last is on the screen; the function it returns takes that back. */
  readonly afterPaint: (action: () => void) => () => void;
  readonly after: (ms: number, action: () => void) => () => void;
}

export interface FleetFeed {
  /** The window came into view or left it, or shows other hosts: null shows all. */
  setInterest(hosts: readonly string[] | null): void;
  dispose(): void;
}

const AGAIN_AFTER_MS = 1_000;

/**
 * Follows the fleet over one connection until it is disposed. Each batch is acknowledged once it is on the screen: a
 * window that is hidden, or slow, is sent less, and never behind. The first is acknowledged at once.
 */
export function followFleet(
  { client, closed }: Pick<Connection, 'client' | 'closed'>,
  ports: FeedPorts,
  hosts: readonly string[] | null,
): FleetFeed {
  const { store, now, newId, visible, afterPaint, after } = ports;
  let interest = hosts;
  let disposed = false;
  let subscription = '';
  let open = true;
  let leaving = new AbortController();
  let unpainted: number | null = null;
  let cancelPaint: (() => void) | null = null;
  let cancelWait: (() => void) | null = null;

  async function follow(): Promise<void> {
    subscription = newId();
    unpainted = null;
    const id = subscription;
    const { signal } = leaving;
    let first = true;
    try {
      const batches = await client.updates.watch({ subscription: id }, { signal });
      tellInterest();
      for await (const batch of batches) {
        if (disposed) return;
        const next = applyBatch(store.getState(), batch, now());
        if (next === 'gap') break;
        store.setState(next, true);
        unpainted = batch.seq;
        if (first) acknowledge();
        else schedule();
        first = false;
      }
    } catch {
      // A connection that ended tells so itself; anything else is worth another subscription.
    }
    if (open && !disposed) cancelWait = after(AGAIN_AFTER_MS, () => void follow());
  }

  function schedule(): void {
    if (unpainted === null || !visible() || cancelPaint !== null) return;
    cancelPaint = afterPaint(() => {
      cancelPaint = null;
      acknowledge();
    });
  }

  function acknowledge(): void {
    if (unpainted === null || disposed) return;
    const seq = unpainted;
    unpainted = null;
    const { signal } = leaving;
    client.updates.acknowledge({ subscription, seq }).catch(() => {
      // Nothing would ever come any more: another subscription begins with what there is.
      if (!open || disposed || signal !== leaving.signal) return;
      leaving.abort();
      leaving = new AbortController();
    });
  }

  function tellInterest(): void {
    const wanted = { subscription, visible: visible(), hosts: interest === null ? null : [...interest] };
    client.updates.interest(wanted).catch(() => undefined);
  }

  void closed.then(() => {
    open = false;
  });
  void follow();
  return {
    setInterest(next) {
      if (disposed) return;
      interest = next;
      tellInterest();
      if (visible()) {
        schedule();
      } else {
        cancelPaint?.();
        cancelPaint = null;
      }
    },
    dispose() {
      disposed = true;
      cancelPaint?.();
      cancelWait?.();
      // What has ended needs no goodbye, and cannot carry one.
      if (open) leaving.abort();
    },
  };
}
