import type { Run } from '#contract/actions.ts';
import { wasNotSent } from '../engine/errors.ts';
import type { ContainerDetail } from '../engine/model.ts';
import type { FleetAccess, HostAccess } from '../fleet/host-access.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { bounded } from '../ssh/bounded.ts';
import type { PlannedChange } from './model.ts';
import { Doorbell } from './run-doorbell.ts';
import { type ChangeEnd, refusalOf } from './run-end.ts';
import { type Judgement, judge } from './run-judgement.ts';
import type { LiveRun } from './run-live.ts';
import { afterAnswer, afterHearing, afterLooking, endingNote, type Progress, sent, stepsSeen } from './run-progress.ts';
import { type Said, said } from './run-words.ts';

interface RunnerOptions {
  readonly fleet: Pick<FleetAccess, 'access' | 'onEvent'>;
  readonly clock: Clock;
  /** Says what is being done to a container, until what it returns is disposed. */
  readonly mark: (change: PlannedChange) => Disposable;
  /** Aborted when this core ends: whatever is under way is let go. */
  readonly closing: AbortSignal;
  readonly toAppError: (error: unknown) => AppError;
}

/** These say that a change was not even sent, whatever a host may make of it. */
const UNSENT: readonly AppError['code'][] = ['HOST_NOT_LIVE', 'HOST_NOT_FOUND'];

/** These say that a change was not done. After anything else it may have been. */
const REFUSALS: ReadonlySet<AppError['code']> = new Set([
  'ENGINE_ERROR',
  'ENGINE_DENIED',
  'ENGINE_NOT_FOUND',
  'GATE_REFUSED',
  'OBSERVE_ONLY',
]);

/**
 * Carries out the changes of a run, one after the other, each sent once. Whatever does not succeed is the last: what
 * follows is left. Never throws, and ends within the waits its changes have.
 */
export async function carryOut(live: LiveRun, options: RunnerOptions): Promise<ChangeEnd[]> {
  const ends: ChangeEnd[] = [];
  let goesOn = true;
  for (const change of live.prepared.changes) {
    if (!goesOn || live.cancelled.aborted || options.closing.aborted) {
      for (const part of PARTS) live.step(change.steps[part], 'skipped', null);
      ends.push({ change, state: 'left' });
      continue;
    }
    using _mark = options.mark(change);
    const end = await new ChangeUnderWay(live, change, options).end();
    ends.push(end);
    goesOn = end.state === 'judged' && end.judgement.state === 'succeeded';
  }
  return ends;
}

const PARTS = ['down', 'up', 'well'] as const;

class ChangeUnderWay {
  readonly #live: LiveRun;
  readonly #change: PlannedChange;
  readonly #options: RunnerOptions;
  readonly #bell: Doorbell;
  readonly #sentAtWall: number;
  #progress: Progress;

  constructor(live: LiveRun, change: PlannedChange, options: RunnerOptions) {
    const { clock } = options;
    this.#live = live;
    this.#change = change;
    this.#options = options;
    this.#bell = new Doorbell(clock);
    this.#sentAtWall = clock.now();
    const before = live.prepared.before.find(({ id }) => id === change.containerId);
    this.#progress = sent(change, before, clock.monotonic());
  }

  async end(): Promise<ChangeEnd> {
    const { fleet, closing } = this.#options;
    const { cancelled } = this.#live;
    using _events = fleet.onEvent((heard) => this.#hear(heard));
    for (const signal of [closing, cancelled]) signal.addEventListener('abort', this.#bell.ring, { once: true });
    try {
      this.#show();
      return await this.#follow();
    } finally {
      for (const signal of [closing, cancelled]) signal.removeEventListener('abort', this.#bell.ring);
    }
  }

  async #follow(): Promise<ChangeEnd> {
    const { clock, closing, toAppError } = this.#options;
    let failure: AppError | null = null;
    this.#send().then(
      (kind) => {
        this.#progress = afterAnswer(this.#progress, kind, clock.monotonic());
        this.#show();
        this.#bell.ring();
      },
      (error: unknown) => {
        failure = toAppError(error);
        this.#bell.ring();
      },
    );
    for (;;) {
      await this.#bell.wait(limits.actions.lookMs);
      if (failure !== null) return this.#failed(failure);
      const isAnswered = this.#progress.answer !== null;
      const askedAt = clock.monotonic();
      const look = await this.#look();
      if (look instanceof AppError) {
        // While the engine has not answered, that answer tells more than a look that went wrong.
        if (isAnswered || closing.aborted) return this.#lost(look);
        continue;
      }
      this.#progress = afterLooking(this.#progress, look, askedAt, isAnswered);
      const judgement = judge(this.#progress, this.#live.cancelled.aborted);
      if (judgement !== null) return this.#judged(judgement, look);
      this.#show();
    }
  }

  /** The one time that anything is sent. The engine's client has its own, shorter bound. */
  #send(): Promise<'done' | 'already'> {
    const { clock, closing } = this.#options;
    const { what, containerId, graceSeconds } = this.#change;
    const grace = what === 'start' ? 0 : graceSeconds * 1_000;
    const late = () => new AppError('ENGINE_TIMEOUT', 'The engine has not answered in time.');
    return bounded(
      { clock, ms: grace + limits.actions.answerMs + limits.engine.requestMs, signals: [closing], late },
      async (signal) => this.#host().change(what, { containerId, graceSeconds }, signal),
    );
  }

  async #look(): Promise<ContainerDetail | 'gone' | AppError> {
    const { clock, closing, toAppError } = this.#options;
    const late = () => new AppError('ENGINE_TIMEOUT', 'The engine has not answered in time.');
    try {
      return await bounded({ clock, ms: limits.actions.answerMs, signals: [closing], late }, async (signal) =>
        this.#host().inspect(this.#change.containerId, signal),
      );
    } catch (thrown) {
      const error = toAppError(thrown);
      return error.code === 'ENGINE_NOT_FOUND' ? 'gone' : error;
    }
  }

  /** @throws AppError HOST_NOT_FOUND; where the host is another machine now too, as an edit of the settings makes it */
  #host(): HostAccess {
    const { hostId, target } = this.#live.prepared;
    const host = this.#options.fleet.access(hostId);
    if (host.target === target) return host;
    throw new AppError('HOST_NOT_FOUND', `${host.label} leads to another machine than when this was begun.`);
  }

  #hear({ hostId, seen, event, at }: Parameters<Parameters<FleetAccess['onEvent']>[0]>[0]): void {
    // What is found out later is no sign of how far this is: looks tell that.
    if (seen === 'afterwards') return;
    if (hostId !== this.#live.prepared.hostId || event.type !== 'container') return;
    if (event.id !== this.#change.containerId || at < this.#sentAtWall - limits.actions.timelineSlopMs) return;
    this.#progress = afterHearing(this.#progress, event, this.#options.clock.monotonic());
    this.#show();
    this.#bell.ring();
  }

  #show(): void {
    const seen = stepsSeen(this.#progress);
    for (const part of PARTS) {
      const { state, note } = seen[part];
      this.#live.step(this.#change.steps[part], state, note === null ? null : said(note));
    }
  }

  #judged(judgement: Judgement, detail: ContainerDetail | 'gone'): ChangeEnd {
    const { steps } = this.#change;
    this.#show();
    if (judgement.state === 'failed') {
      this.#stopAt(judgement.at, 'failed', judgement.note);
    } else {
      const down = endingNote(this.#progress);
      this.#live.step(steps.down, 'done', down === null ? null : said(down));
      this.#live.step(steps.up, 'done', noteOf(this.#live.run, steps.up));
      const isWell = judgement.state === 'succeeded';
      const note = judgement.note === null ? null : said(judgement.note);
      this.#live.step(steps.well, isWell ? 'done' : 'skipped', note);
    }
    return { change: this.#change, state: 'judged', judgement, detail };
  }

  async #failed(error: AppError): Promise<ChangeEnd> {
    const wasSent = !UNSENT.includes(error.code) && !wasNotSent(error);
    if (wasSent && !REFUSALS.has(error.code)) return this.#lost(error);
    const look = await this.#look();
    this.#stopAt(this.#firstOpen(), 'failed', said(refusalOf(error)));
    return { change: this.#change, state: 'refused', error, wasSent, detail: look instanceof AppError ? null : look };
  }

  #lost(error: AppError): ChangeEnd {
    const { answer, sentAt } = this.#progress;
    this.#show();
    this.#stopAt(this.#firstOpen(), 'unknown', null);
    return { change: this.#change, state: 'lost', error, done: answer !== null, sentAt };
  }

  #firstOpen(): 'down' | 'up' | 'well' {
    const { steps } = this.#change;
    const open = PARTS.filter((part) => {
      const index = steps[part];
      return index !== null && this.#live.run.steps[index]?.state !== 'done';
    });
    return open[0] ?? 'well';
  }

  /** `part`, or the nearest that the action has, came out so; what follows it is left. */
  #stopAt(part: 'down' | 'up' | 'well', state: 'failed' | 'unknown', note: Said | null): void {
    const { steps } = this.#change;
    const has = PARTS.filter((each) => steps[each] !== null);
    const at = has.find((each) => PARTS.indexOf(each) >= PARTS.indexOf(part)) ?? has.at(-1);
    for (const each of has) {
      const order = PARTS.indexOf(each) - PARTS.indexOf(at ?? part);
      if (order < 0) this.#live.step(steps[each], 'done', noteOf(this.#live.run, steps[each]));
      if (order === 0) this.#live.step(steps[each], state, note);
      if (order > 0) this.#live.step(steps[each], 'skipped', null);
    }
  }
}

function noteOf(run: Run, index: number | null): Said | null {
  const note = index === null ? null : (run.steps[index]?.note ?? null);
  return note === null ? null : said(note);
}
