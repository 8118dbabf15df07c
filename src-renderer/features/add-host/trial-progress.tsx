import { formatSpan } from '../../lib/format.ts';
import { MachineText } from '../../ui/machine-text.tsx';
import { StepMark, type StepState } from '../../ui/step-mark.tsx';
import css from './trial.module.css';
import type { Trial } from './trial.ts';
import { type StepMark as Mark, type StepLine, stepGroups } from './trial-steps.ts';

interface TrialProgressProps {
  readonly trial: Trial;
  /** What it waits for is asked here, by itself: not by another that goes the same way. */
  readonly asks: boolean;
  /** What the host itself is called, where others are on the way. */
  readonly host: string;
}

/** The steps of a test, as they are told: how long each took, and what was found. */
export function TrialProgress({ trial, asks, host }: TrialProgressProps) {
  if (trial.state === 'none') return null;
  // What failed before its first step was not tried at all.
  if (trial.state === 'failed' && trial.events.length === 0) return null;
  const groups = stepGroups(trial.events);
  const running = trial.state === 'running';
  return (
    <div className={css.groups}>
      {groups.map(({ jump, lines }) => (
        <section key={jump ?? ''} aria-label={jump === null ? `Steps on ${host}` : `Steps on ${jump}`}>
          {groups.length > 1 && (
            <h3 className={css.machine}>
              <code>{jump ?? host}</code> {jump !== null && 'on the way'}
            </h3>
          )}
          <ol className={css.steps}>
            {lines.map((line) => (
              <Line key={line.key} line={line} running={running} asks={asks} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

const STATES: Readonly<Record<Mark, StepState>> = {
  open: 'waiting',
  now: 'running',
  done: 'done',
  skipped: 'skipped',
  failed: 'failed',
};

/** What a screen reader says of a step, which the shape says to others. */
const HEARD: Readonly<Record<Mark, string>> = {
  open: 'not yet',
  now: 'under way',
  done: 'passed',
  skipped: 'left out',
  failed: 'failed',
};

interface LineProps {
  readonly line: StepLine;
  readonly running: boolean;
  readonly asks: boolean;
}

function Line({ line, running, asks }: LineProps) {
  const { words, mark, ms, said } = line;
  // What was begun, and not told the end of, when nobody tells any more.
  const shown = mark === 'now' && !running ? 'open' : mark;
  const waits = shown === 'now' && line.asks;
  const waiting = asks ? 'waits for your answer' : 'waits for your answer to what another host asks';
  return (
    <li
      className={css.step}
      data-mark={shown}
      data-joined={words.includes(', ') || undefined}
      aria-current={shown === 'now' ? 'step' : undefined}
    >
      <StepMark state={waits ? 'waiting' : STATES[shown]} />
      <span className={css.words}>
        {words}
        <span className={css.heard}>{`, ${HEARD[shown]}`}</span>
      </span>{' '}
      <span className={css.said}>{waits ? waiting : <MachineText text={said} />}</span>{' '}
      <span className={css.took}>{ms === null ? '' : formatSpan(ms)}</span>
    </li>
  );
}
