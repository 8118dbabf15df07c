import { IconCheck, IconX } from '@tabler/icons-react';
import css from './add-host.module.css';
import { STEPS, type StepMark, stepMarks, type Trial } from './trial.ts';

interface TrialProgressProps {
  readonly trial: Trial;
  /** It waits for a person to answer. */
  readonly asks: boolean;
}

/** The steps of a test, as they are told. */
export function TrialProgress({ trial, asks }: TrialProgressProps) {
  const marks = stepMarks(trial);
  if (marks === null) return null;
  return (
    <ol className={css.steps} aria-label="Steps of the test">
      {STEPS.map(({ step, words }, index) => {
        const mark = marks[index] ?? 'open';
        return (
          <li key={step} className={css.step} data-mark={mark} aria-current={mark === 'now' ? 'step' : undefined}>
            <span className={css.dot} data-still={asks || undefined} aria-hidden="true">
              {DRAWINGS[mark]}
            </span>
            <span>{words}</span>
            <span className={css.stepState}>{mark === 'now' && asks ? 'waits for your answer' : SAID[mark]}</span>
          </li>
        );
      })}
    </ol>
  );
}

const DRAWINGS: Readonly<Record<StepMark, React.ReactNode>> = {
  done: <IconCheck size={12} stroke={2.5} />,
  now: null,
  failed: <IconX size={12} stroke={2.5} />,
  open: null,
};

const SAID: Readonly<Record<StepMark, string>> = { done: '', now: '…', failed: 'failed here', open: '' };
