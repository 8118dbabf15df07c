import { useId, useState } from 'react';
import type { ActionRequest, Plan } from '#contract/actions.ts';
import { callProblem } from '../../client/call-problem.ts';
import { formatCountdown } from '../../lib/format.ts';
import { useCountdown } from '../../lib/use-age.ts';
import { useClient, useFleet } from '../../store/hooks.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';
import type { Sheet as SheetOf } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './actions.module.css';
import { titleOf } from './names.ts';
import { PlanBody } from './plan-body.tsx';
import { tookWords } from './plan-words.ts';
import { EXPIRED, type Refusal, refusalOf } from './refusal.ts';
import { RefusalNote } from './refusal-note.tsx';
import { RemedyButton } from './remedy-button.tsx';
import { usePlan } from './use-plan.ts';

interface PlanSheetProps {
  readonly request: ActionRequest;
  readonly onClose: () => void;
  /** Takes the place of this sheet. */
  readonly onSwap: (next: SheetOf) => void;
}

/**
 * Exactly what an action is going to do, and the button that does it. When it opens the focus is on its title: an Enter
 * that was pressed twice, or held, on what opened it must not confirm what nobody has read.
 */
export function PlanSheet({ request, onClose, onSwap }: PlanSheetProps) {
  const { planning, again } = usePlan(request);
  const expected = useFleet((state) => titleOf(request, state));
  if (planning.state === 'planned') {
    const { plan } = planning;
    return <Planned key={plan.id} plan={plan} request={request} onAgain={again} onClose={onClose} onSwap={onSwap} />;
  }
  return (
    <Sheet
      title={expected}
      subtitle={planning.state === 'asking' ? 'Looking at what it would do' : 'It cannot be done now'}
      focus="title"
      onClose={onClose}
      footer={
        <>
          {planning.state === 'refused' && (
            <RemedyButton remedy={planning.refusal.remedy} request={request} onAgain={again} onSwap={onSwap} />
          )}
          <Button onClick={onClose}>{planning.state === 'refused' ? 'Close' : 'Cancel'}</Button>
        </>
      }
    >
      {planning.state === 'refused' ? <RefusalNote refusal={planning.refusal} /> : <Asking />}
    </Sheet>
  );
}

function Asking() {
  return (
    <div className={css.asking} role="status" aria-label="Planning">
      <Skeleton width={120} />
      <Skeleton height={30} />
      <Skeleton height={30} />
      <Skeleton height={30} />
      <Skeleton width={120} />
      <Skeleton height={30} />
    </div>
  );
}

interface PlannedProps extends PlanSheetProps {
  readonly plan: Plan;
  readonly onAgain: () => void;
}

const MOST_REASON = 500;

function Planned({ plan, request, onAgain, onClose, onSwap }: PlannedProps) {
  const client = useClient();
  const form = useId();
  const [reason, setReason] = useState(plan.unlock?.reason ?? '');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refusal | null>(null);
  const expired = useCountdown(Date.parse(plan.expiresAt), (left) => left === 0);
  // While it is being begun its time does not run out any more.
  const refusal = refused ?? (expired && !busy ? EXPIRED : null);

  const confirm = async () => {
    if (client === null || busy || refusal !== null) return;
    setBusy(true);
    try {
      const { run } = await client.actions.run({ plan: plan.id, reason: reason.trim() === '' ? null : reason.trim() });
      onSwap({ kind: 'runs', run });
    } catch (error) {
      setRefused(refusalOf(callProblem(error)));
      setBusy(false);
    }
  };

  return (
    <Sheet
      title={plan.title}
      subtitle={tookWords(plan.action, plan.took)}
      focus="title"
      onClose={onClose}
      footer={
        <>
          {refusal === null ? (
            <Button look="primary" type="submit" form={form} busy={busy} disabled={client === null}>
              {ACTION_WORDS[plan.action].verb}
            </Button>
          ) : (
            <RemedyButton remedy={refusal.remedy} request={request} onAgain={onAgain} onSwap={onSwap} />
          )}
          <Button onClick={onClose}>Cancel</Button>
          <span className={css.valid}>
            {client === null ? (
              'not connected'
            ) : refusal === null ? (
              <ValidFor until={plan.expiresAt} />
            ) : (
              'plan not valid'
            )}
          </span>
        </>
      }
    >
      <form
        id={form}
        className={css.plan}
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
        onKeyDown={(event) => {
          // A key that is held down asks for nothing twice.
          if (event.key === 'Enter' && event.repeat) event.preventDefault();
        }}
      >
        {refusal !== null && <RefusalNote refusal={refusal} />}
        <PlanBody plan={plan} />
        <section className={css.reason}>
          <TextField
            label="Reason, for the journal"
            placeholder="Optional"
            maxLength={MOST_REASON}
            value={reason}
            readOnly={busy}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </section>
      </form>
    </Sheet>
  );
}

function ValidFor({ until }: { readonly until: string }) {
  const at = Date.parse(until);
  // The page's clock ticks by the second, and may be one behind: no plan is valid for 2:01.
  const [most] = useState(() => at - Date.now());
  return <>{useCountdown(at, (left) => `plan valid for ${formatCountdown(Math.min(left, most))}`)}</>;
}
