import { IconChevronDown } from '@tabler/icons-react';
import { useId } from 'react';
import type { Run, RunStep } from '#contract/actions.ts';
import { formatDuration, formatSpan } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { runMs } from '../../store/run-words.ts';
import { useAsk } from '../../store/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { StepMark } from '../../ui/step-mark.tsx';
import css from './runs.module.css';

interface RunItemProps {
  readonly run: Run;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** One run: how it stands, and opened, its steps as the core tells of them. */
export function RunItem({ run, open, onToggle }: RunItemProps) {
  const id = useId();
  return (
    <li className={css.run} data-run={run.state}>
      <h3 className={css.heading}>
        <button type="button" className={css.head} aria-expanded={open} aria-controls={id} onClick={onToggle}>
          <StepMark state={MARKS[run.state]} />
          <span className={css.title}>{run.title}</span>
          <span className={css.chevron} data-open={open || undefined}>
            <IconChevronDown size={15} stroke={1.75} aria-hidden="true" />
          </span>
          <span className={css.state}>
            <RunState run={run} />
          </span>
        </button>
      </h3>
      <div id={id} hidden={!open}>
        {open && <Opened run={run} />}
      </div>
    </li>
  );
}

const MARKS: Readonly<Record<Run['state'], RunStep['state']>> = {
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'skipped',
  unknown: 'unknown',
};

const STATES: Readonly<Record<Run['state'], string>> = {
  running: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  unknown: 'Outcome unknown',
};

function RunState({ run }: { readonly run: Run }) {
  if (run.endedAt === null) {
    return (
      <>
        {run.cancelling ? 'Cancelling' : STATES[run.state]} <Elapsed since={run.startedAt} prefix="for " />
      </>
    );
  }
  const ms = runMs(run);
  return (
    <>
      {STATES[run.state]}
      {ms !== null && run.state !== 'unknown' && ` ${run.state === 'succeeded' ? 'in' : 'after'} ${formatSpan(ms)}`} ·{' '}
      <Ago at={run.endedAt} />
    </>
  );
}

function Opened({ run }: { readonly run: Run }) {
  const ask = useAsk();
  const { steps, message, found, reason, state, cancelling } = run;
  return (
    <div className={css.opened}>
      {message !== null && <p className={css.message}>{message}</p>}
      {state === 'unknown' && (
        <p className={css.found}>
          <b>Found since:</b> {found ?? 'nothing yet. It is looked at as soon as the host is reached.'}
        </p>
      )}
      <ol className={css.steps} aria-label="Steps">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: its place is what tells a step from another
          <li key={index} data-step={step.state} aria-current={step.state === 'running' ? 'step' : undefined}>
            <StepMark state={step.state} />
            <span className={css.step}>{step.text}</span>
            <span className={css.stepState}>
              <StepState step={step} />
            </span>
            {step.note !== null && <span className={css.stepNote}>{step.note}</span>}
          </li>
        ))}
      </ol>
      {reason !== null && <p className={css.reason}>“{reason}”</p>}
      {state === 'running' && (
        <div className={css.actions}>
          <Button
            size="small"
            disabled={cancelling}
            onClick={() => void ask((client) => client.actions.cancel({ run: run.id }))}
          >
            Cancel
          </Button>
          <span className={css.hint}>
            {cancelling ? 'What is under way is finished, and nothing further begun.' : 'Leaves what has not begun.'}
          </span>
        </div>
      )}
    </div>
  );
}

function StepState({ step: { state, startedAt, endedAt } }: { readonly step: RunStep }) {
  switch (state) {
    case 'waiting':
      return 'waiting';
    case 'running':
      return startedAt === null ? 'under way' : <Elapsed since={startedAt} prefix="" />;
    case 'done':
      return startedAt === null || endedAt === null ? 'done' : formatSpan(Date.parse(endedAt) - Date.parse(startedAt));
    case 'failed':
      return 'failed';
    case 'skipped':
      return 'left out';
    case 'unknown':
      return 'not known';
  }
}

function Elapsed({ since, prefix }: { readonly since: string; readonly prefix: string }) {
  return <>{useAge(Date.parse(since), (age) => `${prefix}${formatDuration(age)}`)}</>;
}

function Ago({ at }: { readonly at: string }) {
  return <>{useAge(Date.parse(at), (age) => `${formatDuration(age)} ago`)}</>;
}
