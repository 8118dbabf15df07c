import type { TrialEvent, TrialStep } from '#contract/hosts.ts';

/** How far a step is. `open`: its turn has not come. */
export type StepMark = 'open' | 'now' | 'done' | 'skipped' | 'failed';

/** A line of the list; several steps that were left out for the same reason share one. */
export interface StepLine {
  readonly key: string;
  readonly words: string;
  readonly mark: StepMark;
  /** It waits for a person to answer. */
  readonly asks: boolean;
  /** Milliseconds; null where it was not tried, or is being tried. */
  readonly ms: number | null;
  /** What was found, or why it was left out; may be empty. */
  readonly said: string;
}

/** The steps of one machine. */
export interface StepGroup {
  /** A machine on the way, as `ana@bastion:22`; null: the host itself. */
  readonly jump: string | null;
  readonly lines: readonly StepLine[];
}

const STEP_WORDS: Readonly<Record<TrialStep, string>> = {
  resolve: 'Look it up',
  reach: 'Connect',
  'host-key': 'Host key',
  authenticate: 'Log in',
  forward: 'Tunnel',
  socket: 'Socket',
  engine: 'Engine',
  permissions: 'Rights',
};

/** In the order in which they are tried; as the contract has them, whose parser has no place in a window. */
export const STEPS: readonly TrialStep[] = [
  'resolve',
  'reach',
  'host-key',
  'authenticate',
  'forward',
  'socket',
  'engine',
  'permissions',
];
/** Of a machine on the way no more is wanted than to be let in. */
const OF_A_JUMP = STEPS.slice(0, 4);

/**
 * What was told of a test, machine by machine: those on the way in the order in which they were tried, the host itself
 * last. Steps to come are listed as well; those that were passed over without a word are not.
 */
export function stepGroups(events: readonly TrialEvent[]): readonly StepGroup[] {
  const told = new Map<string | null, Map<TrialStep, StepLine>>();
  for (const event of events) {
    if (event.kind === 'reached') continue;
    const { jump, step } = event;
    const lines = told.get(jump) ?? new Map<TrialStep, StepLine>();
    told.set(jump, lines.set(step, lineOf(event)));
  }
  const jumps = [...told.keys()].filter((jump) => jump !== null);
  const end = events.at(-1);
  const said = end?.kind === 'stopped' ? 'not tried' : '';
  return [...jumps, null].map((jump) => {
    const lines = told.get(jump) ?? new Map<TrialStep, StepLine>();
    const steps = jump === null ? STEPS : OF_A_JUMP;
    const last = steps.findLastIndex((step) => lines.has(step));
    const listed = steps.flatMap((step, index) => {
      const line = lines.get(step);
      if (line !== undefined) return [line];
      return index > last && end?.kind !== 'reached' ? [openLine(step, said)] : [];
    });
    // One by one only where their turn comes next.
    const waits = last === -1 && jumps.length > 0;
    return { jump, lines: together(listed, waits || end?.kind === 'stopped') };
  });
}

function lineOf(event: Exclude<TrialEvent, { kind: 'reached' }>): StepLine {
  const { step } = event;
  const line = { key: step, words: STEP_WORDS[step], asks: false };
  switch (event.kind) {
    case 'asking':
      return { ...line, asks: true, mark: 'now', ms: null, said: '' };
    case 'begun':
    case 'asked':
      return { ...line, mark: 'now', ms: null, said: '' };
    case 'passed':
      return { ...line, mark: 'done', ms: event.ms, said: event.seen };
    case 'skipped':
      return { ...line, mark: 'skipped', ms: null, said: event.why };
    case 'stopped':
      return { ...line, mark: 'failed', ms: event.ms, said: '' };
  }
}

function openLine(step: TrialStep, said: string): StepLine {
  return { key: step, words: STEP_WORDS[step], mark: 'open', asks: false, ms: null, said };
}

/**
 * Neighbours that were left out for the same reason are one line: the reason is read once.
 * @param open whether that holds for those whose turn has not come, too
 */
function together(lines: readonly StepLine[], open: boolean): readonly StepLine[] {
  const joined: StepLine[] = [];
  for (const line of lines) {
    const before = joined.at(-1);
    const joins = line.mark === 'skipped' || (open && line.mark === 'open');
    if (joins && before?.mark === line.mark && before.said === line.said) {
      joined[joined.length - 1] = { ...before, words: `${before.words}, ${line.words.toLowerCase()}` };
    } else {
      joined.push(line);
    }
  }
  return joined;
}
