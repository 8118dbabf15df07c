import type { CallProblem } from '../../client/call-problem.ts';
import { useFleet } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './journal-page.module.css';

/** Before the first entries. */
export function Bones() {
  return (
    <div className={css.bones}>
      {[260, 320, 210, 290, 240, 300].map((width) => (
        <div key={width} className={css.bone}>
          <Skeleton width={56} />
          <Skeleton width={88} />
          <Skeleton width={width} />
          <Skeleton width={100} />
        </div>
      ))}
    </div>
  );
}

/** Nothing was done from here yet. */
export function NothingRecorded() {
  return (
    <div className={css.content}>
      <EmptyState title="Nothing has been done yet">
        <p>
          Whatever you do to a container from here is recorded before it is done: who, when, where and why, and then
          what came of it. So is every change of what Binnacle may do.
        </p>
      </EmptyState>
    </div>
  );
}

/** The filter leaves nothing. */
export function NothingTaken({ onClear }: { readonly onClear: () => void }) {
  return (
    <div className={css.content}>
      <EmptyState title="No record matches the filter" actions={<Button onClick={onClear}>Clear the filter</Button>}>
        <p>The journal has records, but none like that.</p>
      </EmptyState>
    </div>
  );
}

export function DaysSwapped({ onClear }: { readonly onClear: () => void }) {
  return (
    <div className={css.content}>
      <EmptyState title="The first day is after the last" actions={<Button onClick={onClear}>Clear both days</Button>}>
        <p>No moment lies between them. Choose a later last day, or an earlier first one.</p>
      </EmptyState>
    </div>
  );
}

interface CannotReadProps {
  readonly problem: CallProblem;
  readonly onRetry: () => void;
}

/** Why stands above, where the journal as a whole is unusable: it is not said twice. */
export function CannotRead({ problem, onRetry }: CannotReadProps) {
  const isTold = useFleet((state) => state.journal?.problem?.message === problem.message);
  return (
    <div className={css.content}>
      <EmptyState
        title={isTold ? 'No record can be shown' : 'The journal cannot be read'}
        actions={<Button onClick={onRetry}>Try again</Button>}
      >
        {isTold ? (
          <p>What was done is shown as soon as it can be read again.</p>
        ) : (
          <>
            <p>{problem.message}</p>
            {problem.hint !== null && <p>{problem.hint}</p>}
          </>
        )}
      </EmptyState>
    </div>
  );
}
