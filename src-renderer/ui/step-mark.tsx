import type { RunStep } from '#contract/actions.ts';
import css from './step-mark.module.css';

export type StepState = RunStep['state'];

interface StepMarkProps {
  readonly state: StepState;
}

/** How far something has come, as a shape; the word stands beside it. */
export function StepMark({ state }: StepMarkProps) {
  return (
    <svg className={css.mark} data-step={state} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {DRAWINGS[state]}
    </svg>
  );
}

const DRAWINGS: Readonly<Record<StepState, React.ReactNode>> = {
  waiting: <circle cx="8" cy="8" r="5.5" />,
  running: <path d="M8 2.5A5.5 5.5 0 1 1 2.5 8" />,
  done: <path d="M3.4 8.4 6.6 11.6 12.8 4.8" />,
  failed: <path d="m4 4 8 8m0-8-8 8" />,
  skipped: <path d="M4 8h8" />,
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.3" strokeDasharray="2.3 1.85" />
      <path strokeWidth="1.4" d="M6.3 6.5c.1-1 .8-1.6 1.7-1.6s1.7.6 1.7 1.5c0 1.3-1.7 1.3-1.7 2.6M8 11v.05" />
    </>
  ),
};
