import { IconChevronDown } from '@tabler/icons-react';
import { type RefObject, useId, useRef } from 'react';
import type { Run, RunStep } from '#contract/actions.ts';
import { formatDuration, formatSpan } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { runMs } from '../../store/run-words.ts';
import { useAsk } from '../../store/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Meter } from '../../ui/meter.tsx';
import { StepMark } from '../../ui/step-mark.tsx';
import { progressOf } from './run-groups.ts';
import { RunSteps } from './run-steps.tsx';
import css from './runs.module.css';

interface RunItemProps {
  readonly run: Run;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** One run: how it stands, and opened, its steps as the core tells of them. */
export function RunItem({ run, open, onToggle }: RunItemProps) {
  const id = useId();
  const head = useRef<HTMLButtonElement>(null);
  const progress = progressOf(run.steps);
  return (
    <li className={css.run} data-run={run.state}>
      <h3 className={css.heading}>
        <button
          ref={head}
          type="button"
          className={css.head}
          aria-expanded={open}
          aria-controls={id}
          onClick={onToggle}
        >
          <StepMark state={MARKS[run.state]} />
          <span className={css.title}>{run.title}</span>
          <span className={css.chevron} data-open={open || undefined}>
            <IconChevronDown size={15} stroke={1.75} aria-hidden="true" />
          </span>
          <span className={css.state}>
            <RunState run={run} />
          </span>
          {run.state === 'running' && progress !== null && (
            <span className={css.progress}>
              <Meter fraction={progress.done / progress.of} />
            </span>
          )}
        </button>
      </h3>
      <div id={id} hidden={!open}>
        {open && <Opened run={run} head={head} />}
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
  const progress = progressOf(run.steps);
  const done = progress === null || run.state === 'succeeded' ? '' : ` · ${progress.done} of ${progress.of} done`;
  if (run.endedAt === null) {
    return (
      <>
        {run.cancelling ? 'Cancelling, running for ' : 'Running for '}
        <Running since={run.startedAt} />
        {done}
      </>
    );
  }
  const ms = runMs(run);
  return (
    <>
      {STATES[run.state]}
      {ms !== null && run.state !== 'unknown' && ` ${run.state === 'succeeded' ? 'in' : 'after'} ${formatSpan(ms)}`}
      {done} · <Ago at={run.endedAt} />
    </>
  );
}

interface OpenedProps {
  readonly run: Run;
  /** Where the focus goes when what had it is used up. */
  readonly head: RefObject<HTMLButtonElement | null>;
}

function Opened({ run, head }: OpenedProps) {
  const ask = useAsk();
  const { hostId, steps, message, found, reason, state, cancelling } = run;
  const cancel = () => {
    head.current?.focus();
    void ask((client) => client.actions.cancel({ run: run.id }));
  };
  return (
    <div className={css.opened}>
      {message !== null && <p className={css.message}>{message}</p>}
      {state === 'unknown' && (
        <p className={css.found}>
          <b>Found since:</b> {found ?? 'nothing yet. It is looked at as soon as the host is reached.'}
        </p>
      )}
      <RunSteps hostId={hostId} steps={steps} />
      {reason !== null && <p className={css.reason}>“{reason}”</p>}
      {state === 'running' && (
        <div className={css.actions}>
          <Button size="small" disabled={cancelling} onClick={cancel}>
            Cancel
          </Button>
          <span className={css.hint}>{cancelling ? 'Nothing further is begun.' : 'Begins nothing further.'}</span>
        </div>
      )}
    </div>
  );
}

function Running({ since }: { readonly since: string }) {
  return <>{useAge(Date.parse(since), formatDuration)}</>;
}

function Ago({ at }: { readonly at: string }) {
  return <>{useAge(Date.parse(at), (age) => `${formatDuration(age)} ago`)}</>;
}
