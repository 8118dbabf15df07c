import type { EngineCost } from '#contract/hosts.ts';
import { limits } from '../kernel/limits.ts';

/** What was asked of one engine, by the name of its gate entry. Nothing is made for a request or for a packet. */
export class EngineCosts {
  readonly #calls = new Map<string, CallCost>();

  /** @param call as in `list containers` */
  of(call: string): CallCost {
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    const cost = new CallCost();
    this.#calls.set(call, cost);
    return cost;
  }

  /** In the order in which they were asked first. */
  report(): readonly EngineCost[] {
    return Array.from(this.#calls, ([call, cost]) => ({ call, ...cost.report() }));
  }
}

/** One kind of request. */
export class CallCost {
  /** Sent, or refused a channel; one that waits its turn is not counted yet. */
  count = 0;
  /** Not answered to the end, or answered with a refusal. */
  failed = 0;
  /** Bodies of the answers. */
  bytes = 0;
  readonly #times = new Float64Array(limits.engine.costTimes);
  #answered = 0;

  /** @param ms from sending to the last byte of the answer; of a stream, to its head */
  answered(ms: number): void {
    this.#times[this.#answered % this.#times.length] = ms;
    this.#answered += 1;
  }

  report(): Omit<EngineCost, 'call'> {
    const { count, failed, bytes } = this;
    const sorted = this.#times.slice(0, this.#answered).sort();
    const medianMs = sorted[Math.floor(sorted.length / 2)] ?? null;
    return { count, failed, medianMs, slowestMs: sorted.at(-1) ?? null, bytes };
  }
}
