import type { ContainerHealth, ContainerState, Verdict } from '#contract/fleet.ts';
import type { RestartPolicy } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { formatBytesOf, formatDuration } from './figures.ts';
import type { Planned } from './planned.ts';
import type { Death, RestartEvidence } from './restart-evidence.ts';

/** What is seen of one container. What is not known is null; each row below says what it makes of that. */
export interface VerdictEvidence {
  readonly state: ContainerState;
  readonly exitCode: number | null;
  readonly health: ContainerHealth | null;
  readonly healthOutput: string | null;
  /** The engine's message for a container that would not start. */
  readonly error: string | null;
  readonly oomKilled: boolean;
  readonly restartPolicy: RestartPolicy['name'] | null;
  /** Started by `docker compose run`. */
  readonly oneOff: boolean;
  /** Milliseconds of the engine's clock. */
  readonly createdAt: number;
  /** First seen to be `removing`, milliseconds of the engine's clock; null in any other state. */
  readonly removingSince: number | null;
  readonly memoryBytes: number | null;
  /** The container's own limit. */
  readonly memoryLimitBytes: number | null;
  /** Over {@link RESTART_WINDOW_MS}. */
  readonly restarts: RestartEvidence;
  readonly lastDeath: Death | null;
  readonly outOfMemory: { readonly at: number; readonly diedOfIt: boolean } | null;
}

export interface VerdictContext {
  readonly hostLive: boolean;
  /** Milliseconds since the facts were seen to be true; null: never. */
  readonly factAgeMs: number | null;
  readonly refreshIntervalMs: number;
  /** Milliseconds of the engine's clock. */
  readonly engineNow: number;
  readonly pinned: boolean;
  /** The operator has accepted the exit of this instance. */
  readonly accepted: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** The word for what has done its work: the sentence tells it from what was stopped, which nothing else does. */
export const FINISHED = 'finished';

/** DESIGN, verdicts. */
export const RESTART_WINDOW_MS = 5 * 60_000;
const RESTARTS_DOWN = 3;
const NEVER_STARTED_MS = 5 * 60_000;
const OOM_WINDOW_MS = 10 * 60_000;
const MEMORY_SHARE = 0.95;
/** Not in DESIGN, whose table leaves removal out. */
const REMOVAL_MS = 10_000;

type Rule = (evidence: VerdictEvidence, context: VerdictContext) => Judgement | null;

/**
 * DESIGN's table of verdicts, row by row; the first that applies decides. Rows after the table's own are marked `+`:
 * they make it total.
 */
export const VERDICT_ROWS: readonly (readonly [name: string, rule: Rule])[] = [
  [
    'not seen now',
    (_, { hostLive, factAgeMs, refreshIntervalMs }) => {
      const current = hostLive && factAgeMs !== null && factAgeMs <= refreshIntervalMs * limits.fleet.staleIntervals;
      if (current) return null;
      return judge('unknown', factAgeMs === null ? 'not seen yet' : `last seen ${formatDuration(factAgeMs)} ago`);
    },
  ],
  ['missing', ({ state }, { pinned }) => (state === 'missing' && pinned ? judge('down', 'missing') : null)],
  [
    'restarting',
    (evidence) =>
      evidence.state === 'restarting' || evidence.restarts.times >= RESTARTS_DOWN
        ? judge('down', restartingReason(evidence))
        : null,
  ],
  [
    'dead',
    ({ state, oomKilled }) => {
      if (state === 'dead') return judge('down', 'dead');
      return state === 'exited' && oomKilled ? judge('down', 'out of memory') : null;
    },
  ],
  [
    'unhealthy',
    ({ state, health, healthOutput }) =>
      state === 'running' && health === 'unhealthy' ? judge('down', withText('unhealthy', healthOutput)) : null,
  ],
  [
    'starting',
    ({ state, health, createdAt, error }, { engineNow }) => {
      if (state === 'running' && health === 'starting') return judge('attention', 'starting');
      if (state === 'paused') return judge('attention', 'paused');
      // An error is left by an attempt to start it, so there is nothing to wait for.
      if (state === 'created' && (error !== null || engineNow - createdAt > NEVER_STARTED_MS)) {
        return judge('attention', withText('never started', error));
      }
      return null;
    },
  ],
  [
    'short of memory',
    ({ state, outOfMemory, memoryBytes, memoryLimitBytes }, { engineNow }) => {
      if (state !== 'running') return null;
      if (outOfMemory !== null && engineNow - outOfMemory.at <= OOM_WINDOW_MS) {
        const ago = `out of memory ${formatDuration(engineNow - outOfMemory.at)} ago`;
        return judge('attention', outOfMemory.diedOfIt ? `${ago}, running again` : ago);
      }
      const near = memoryBytes !== null && memoryLimitBytes !== null && memoryBytes >= memoryLimitBytes * MEMORY_SHARE;
      return near ? judge('attention', `near its memory limit: ${formatBytesOf(memoryBytes, memoryLimitBytes)}`) : null;
    },
  ],
  [
    'running',
    ({ state, health }) => {
      if (state !== 'running') return null;
      // Without an inspect a list that says nothing of health is taken at its word; the view says it is provisional.
      return health === 'healthy' ? judge('green', 'healthy') : judge('green', 'unchecked');
    },
  ],
  [
    'stopped',
    ({ state, restartPolicy }, { pinned }) => {
      if (state !== 'exited' || (restartPolicy !== 'always' && restartPolicy !== 'unless-stopped')) return null;
      return pinned ? judge('attention', 'stopped') : judge('green', 'stopped');
    },
  ],
  [
    'finished',
    ({ state, exitCode, restartPolicy, oneOff }, { pinned }) => {
      if (state !== 'exited' || exitCode !== 0) return null;
      // Not inspected yet: finished or stopped, which differ in nothing but the pin.
      if (restartPolicy === null && !oneOff && pinned) return null;
      return judge('green', FINISHED);
    },
  ],
  [
    'exited',
    ({ state, exitCode }, { accepted }) => {
      if (state !== 'exited') return null;
      // Its restart policy may not be known yet: then attention stands, provisionally, rather than a green that is not sure.
      const reason = exitCode === null ? 'exited' : `exited ${exitCode}`;
      return accepted ? judge('green', `${reason}, accepted`) : judge('attention', reason);
    },
  ],
  ['+ created', ({ state }) => (state === 'created' ? judge('green', 'created') : null)],
  [
    '+ removing',
    ({ state, removingSince }, { engineNow }) => {
      if (state !== 'removing') return null;
      // Removal takes moments: one that is seen at it for longer is stuck.
      const isFresh = removingSince !== null && engineNow - removingSince <= REMOVAL_MS;
      return judge(isFresh ? 'green' : 'attention', 'being removed');
    },
  ],
];

/** The verdict on one container. Total: every evidence has one, and it never throws. */
export function containerVerdict(evidence: VerdictEvidence, context: VerdictContext): Judgement {
  for (const [, rule] of VERDICT_ROWS) {
    const judgement = rule(evidence, context);
    if (judgement !== null) return judgement;
  }
  // A state this version does not know, or `missing` without a pin, which nobody asked for.
  return judge('unknown', 'state not known');
}

/**
 * The verdict while a run of ours does `planned` to the container: what that causes is no alarm (DESIGN, verdicts). What
 * is not seen stays unknown, and what is green says why.
 */
export function whilePlanned(planned: Planned | null, judged: Judgement): Judgement {
  if (planned === null || judged.verdict === 'unknown' || judged.verdict === 'green') return judged;
  return judge('green', `${planned}, planned`);
}

const ORDER: readonly Verdict[] = ['down', 'unknown', 'attention', 'green'];

/** Place of a verdict, worst first: 0 for `down`. */
export function verdictRank(verdict: Verdict): number {
  return ORDER.indexOf(verdict);
}

/** The worst of them; `green` where there are none. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst = ORDER.length - 1;
  for (const verdict of verdicts) worst = Math.min(worst, verdictRank(verdict));
  return ORDER[worst] as Verdict;
}

function judge(verdict: Verdict, reason: string): Judgement {
  return { verdict, reason };
}

function restartingReason({ state, exitCode, oomKilled, lastDeath, restarts }: VerdictEvidence): string {
  const code = lastDeath?.exitCode ?? (state === 'running' ? null : exitCode);
  const last = code === null ? '' : `, last exit ${code}`;
  const memory = oomKilled || lastDeath?.outOfMemory ? ', out of memory' : '';
  const { times, spanMs } = restarts;
  const counted = times >= 2 ? ` (${times} times in ${formatDuration(Math.max(1_000, spanMs))})` : '';
  return `restarting${last}${memory}${counted}`;
}

/** Text from the host is made visible and bounded (DESIGN rule 6). */
function withText(word: string, text: string | null): string {
  const shown = text?.trim();
  return shown ? `${word}: ${visibleText(shown, limits.text.reasonChars)}` : word;
}
