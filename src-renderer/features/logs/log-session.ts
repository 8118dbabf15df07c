import type { LogLine } from '#contract/logs.ts';
import { CreditWindow, type Room } from './credit-window.ts';
import { logBounds } from './log-bounds.ts';
import { type LogMark, LogRing } from './log-ring.ts';
import { LogSearch } from './log-search.ts';
import { type OpenStream, openStream } from './log-stream.ts';
import type { ReadingState, SessionPorts, Situation, StreamProblem, StreamState } from './log-types.ts';
import { Overlap, ResumeTracker } from './resume-point.ts';

/** What comes when the core itself is gone: no error of the contract can tell it. */
const CORE_LOST: StreamProblem = {
  code: null,
  message: 'The connection to Binnacle itself was lost.',
  hint: null,
  passing: true,
};

/**
 * The log of one container as one view reads it: asks for lines on credit, keeps them in a ring, goes on where a
 * broken stream stopped, and tells its listener at most once a frame. It knows no React, and holds nothing else.
 *
 * While the reader has paused it goes on reading into the ring, up to the ring's larger bound; from there on it grants
 * no credit, and what comes waits on the host. Nothing is lost either way.
 */
export class LogSession {
  readonly ring = new LogRing();
  readonly search = new LogSearch(this.ring);
  readonly #container: { readonly hostId: string; readonly containerId: string };
  readonly #ports: SessionPorts;
  readonly #listeners = new Set<() => void>();
  readonly #tracker = new ResumeTracker();
  #situation: Situation = { source: null, hostLive: false, run: null };
  #stream: StreamState = { state: 'opening' };
  #reading: ReadingState = { state: 'following' };
  #open: OpenStream | null = null;
  /** What stands between the lines held and those to come; null where nothing does. */
  #gap: 'lost' | 'ended' | null = null;
  /** Lines that come again after a break; null where none are waited for. */
  #overlap: Overlap | null = null;
  #endedRun: string | null = null;
  #retries = 0;
  #cancelRetry: (() => void) | null = null;
  readonly #credit = new CreditWindow();
  #version = 0;
  #frameAsked = false;

  constructor(container: { readonly hostId: string; readonly containerId: string }, ports: SessionPorts) {
    this.#container = container;
    this.#ports = ports;
  }

  /** For useSyncExternalStore: called at most once a frame. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly version = (): number => this.#version;

  get stream(): StreamState {
    return this.#stream;
  }

  get reading(): ReadingState {
    return this.#reading;
  }

  /** A line has come since it was opened; it may have been cleared or let go. */
  get hasWritten(): boolean {
    return this.#tracker.any;
  }

  /** Tells what the session depends on; call it whenever one of them changed. It opens, waits and resumes by it. */
  situate(situation: Situation): void {
    const before = this.#situation;
    this.#situation = situation;
    if (this.#open !== null && situation.source !== before.source) this.#broke(this.#open, CORE_LOST);
    const ready = situation.source !== null && situation.hostLive;
    const wasReady = before.source !== null && before.hostLive;
    if (this.#stream.state === 'ended') this.#reopenIfRunsAgain();
    else if (this.#open !== null || this.#stream.state === 'failed') return;
    else if (ready && !wasReady) this.#start();
    else if (!ready && (this.#stream.state === 'opening' || situation.source !== before.source)) {
      this.#become({ state: 'waiting', problem: situation.source === null ? CORE_LOST : null });
    }
  }

  /** Holds the view still: nothing is let go, and what comes is counted. */
  pause(): void {
    if (this.#reading.state === 'paused') return;
    this.ring.pin();
    this.#reading = { state: 'paused', waiting: 0, full: false };
    this.#changed();
  }

  /** Back to the end, and on with it. */
  follow(): void {
    if (this.#reading.state === 'following') return;
    this.ring.unpin();
    this.#reading = { state: 'following' };
    this.#grant();
    this.#changed();
  }

  /** Lets go of all that is held; the stream goes on. */
  clear(): void {
    this.ring.clear();
    this.search.restart();
    if (this.#reading.state === 'paused') this.#reading = { state: 'paused', waiting: 0, full: false };
    this.#grant();
    this.#changed();
  }

  /** Asks again after a failure that does not pass by itself. */
  retry(): void {
    if (this.#stream.state === 'failed') this.#start();
  }

  find(query: string): void {
    this.search.set(query);
    this.#changed();
  }

  /** Goes to the next match, or the one before (`-1`); the first time, to the nearest at or after `fromId`. Pauses. */
  goToMatch(step: 1 | -1, fromId: number): number | null {
    // Somebody waits for the answer, so all lines are looked at now: some tens of milliseconds at most.
    this.search.step(this.ring.size);
    const id = this.search.move(step, fromId);
    if (id !== null) this.pause();
    this.#changed();
    return id;
  }

  dispose(): void {
    this.#close();
    this.#cancelRetry?.();
    this.#listeners.clear();
  }

  #start(): void {
    const { source, run } = this.#situation;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (source === null) {
      this.#become({ state: 'waiting', problem: null });
      return;
    }
    const point = this.#tracker.point();
    this.#overlap = point === null ? null : new Overlap(point);
    this.#endedRun = run;
    const open = openStream(source, {
      stream: this.#ports.newId(),
      ...this.#container,
      follow: true,
      // All that came since; where lines tell no time, only what comes from now on, or lines would come twice.
      tail: point !== null ? null : this.#tracker.any ? 0 : logBounds.tail,
      after: point?.after ?? null,
      credit: this.#credit.first(this.#room),
    });
    this.#open = open;
    this.#become({ state: 'opening' });
    void this.#read(open);
  }

  async #read(open: OpenStream): Promise<void> {
    try {
      await open.opened;
      if (open !== this.#open) return;
      this.#become({ state: 'following' });
      if (this.#overlap === null) this.#bridge(!this.#tracker.any);
      for (let batch = await open.next(); batch !== null; batch = await open.next()) {
        if (open !== this.#open) return;
        this.#retries = 0;
        this.#take(open, batch);
      }
      if (open === this.#open) this.#ended();
    } catch (error) {
      this.#broke(open, this.#ports.explain(error));
    }
  }

  #take(open: OpenStream, batch: readonly LogLine[]): void {
    open.outstanding -= batch.length;
    const lines = this.#withoutOverlap(batch);
    for (const line of lines) this.#tracker.take(line);
    this.#credit.learn(lines);
    this.ring.push(lines);
    if (this.#reading.state === 'paused') {
      this.#reading = { ...this.#reading, waiting: this.#reading.waiting + lines.length };
    }
    this.#grant();
    this.#changed();
  }

  #withoutOverlap(batch: readonly LogLine[]): readonly LogLine[] {
    if (this.#overlap === null) return batch;
    const { lines, gapless } = this.#overlap.skip(batch);
    if (gapless !== null) {
      this.#overlap = null;
      this.#bridge(gapless);
    }
    return lines;
  }

  /** The stream is whole again after a gap, if there was one. */
  #bridge(gapless: boolean): void {
    if (this.#gap !== null) this.#mark({ mark: 'resumed', at: this.#ports.now(), after: this.#gap, gapless });
    this.#gap = null;
  }

  #grant(): void {
    const open = this.#open;
    // Once full it stays full: what lines larger than the usual push out must not ask for more, and so for ever.
    if (open === null || (this.#reading.state === 'paused' && this.#reading.full)) return;
    const lines = this.#credit.next(open.outstanding, this.#room);
    if (lines !== 'full') {
      if (lines > 0) open.grant(lines, (error) => this.#broke(open, this.#ports.explain(error)));
    } else if (this.#reading.state === 'paused') {
      this.#reading = { ...this.#reading, full: true };
    }
  }

  get #room(): Room {
    return this.#reading.state === 'paused' ? this.ring.room : null;
  }

  #ended(): void {
    this.#close();
    this.#gap = 'ended';
    this.#mark({ mark: 'ended', at: this.#ports.now() });
    this.#become({ state: 'ended' });
    this.#reopenIfRunsAgain();
  }

  #reopenIfRunsAgain(): void {
    const { source, hostLive, run } = this.#situation;
    if (run === null) this.#endedRun = null;
    else if (run !== this.#endedRun && hostLive && source !== null) this.#start();
  }

  #broke(open: OpenStream, problem: StreamProblem): void {
    if (open !== this.#open) return;
    const at = this.#ports.now();
    const had = this.#stream.state === 'following';
    this.#close();
    if (had && this.#gap !== 'lost') {
      this.#gap = 'lost';
      this.#mark({ mark: 'lost', at, message: problem.message });
    }
    this.#become(problem.passing ? { state: 'waiting', problem } : { state: 'failed', problem });
    const { source, hostLive } = this.#situation;
    if (!problem.passing || source === null || !hostLive) return;
    // The host may be live all the while, or not yet known not to be: then nothing else would call for another try.
    const wait = Math.min(logBounds.retry.capMs, logBounds.retry.baseMs * 2 ** Math.min(this.#retries++, 10));
    this.#cancelRetry = this.#ports.after(wait, () => {
      if (this.#situation.hostLive && this.#situation.source !== null) this.#start();
    });
  }

  #close(): void {
    this.#open?.close();
    this.#open = null;
    this.#overlap = null;
  }

  #mark(mark: LogMark): void {
    this.ring.mark(mark);
    this.#changed();
  }

  #become(stream: StreamState): void {
    this.#stream = stream;
    this.#changed();
  }

  #changed(): void {
    if (this.#frameAsked) return;
    this.#frameAsked = true;
    this.#ports.frame(() => {
      this.#frameAsked = false;
      this.#version++;
      if (this.search.step(logBounds.searchedLines)) this.#changed();
      for (const listener of this.#listeners) listener();
    });
  }
}
