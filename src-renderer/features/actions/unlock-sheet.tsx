import { useId, useState } from 'react';
import { callProblem } from '../../client/call-problem.ts';
import { containerOf } from '../../store/act.ts';
import { protectionWhy } from '../../store/availability.ts';
import { useClient, useFleet, useHost } from '../../store/hooks.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';
import type { LockedRequest, Sheet as SheetOf } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './actions.module.css';
import { type Refusal, refusalOf } from './refusal.ts';
import { RefusalNote } from './refusal-note.tsx';
import { RemedyButton } from './remedy-button.tsx';

interface UnlockSheetProps {
  readonly request: LockedRequest;
  readonly onClose: () => void;
  /** Takes the place of this sheet. */
  readonly onSwap: (next: SheetOf) => void;
}

const MOST_REASON = 500;

/** Lets a protected container be acted upon, once, for a reason; then comes the plan. */
export function UnlockSheet({ request, onClose, onSwap }: UnlockSheetProps) {
  const client = useClient();
  const form = useId();
  const container = useFleet((state) => containerOf(state, request));
  const host = useHost(request.hostId);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const { noun } = ACTION_WORDS[request.action];
  const name = container?.service ?? 'this container';

  const unlock = async () => {
    const given = reason.trim();
    if (client === null || busy || given === '') return;
    setBusy(true);
    setRefusal(null);
    try {
      await client.actions.unlock({ ...request, reason: given });
      onSwap({ kind: 'plan', request });
    } catch (error) {
      const { code, ...problem } = callProblem(error);
      // It may have lost its protection meanwhile: then there is nothing to unlock, and the plan is next.
      if (code === 'NOT_PROTECTED') return onSwap({ kind: 'plan', request });
      setRefusal(refusalOf({ code, ...problem }));
      setBusy(false);
    }
  };

  const again = refusal === null || refusal.remedy === 'again' || refusal.remedy === 'nothing';
  return (
    <Sheet
      title={`Unlock ${container === null ? name : `${container.app} / ${name}`} on ${host?.label ?? '–'}`}
      subtitle={protectionWhy(container?.protection ?? null)}
      onClose={onClose}
      footer={
        <>
          {again ? (
            <Button
              look="primary"
              type="submit"
              form={form}
              busy={busy}
              disabled={client === null || reason.trim() === '' || container === null}
            >
              Unlock for one {noun}
            </Button>
          ) : (
            <RemedyButton remedy={refusal.remedy} request={request} onAgain={() => setRefusal(null)} onSwap={onSwap} />
          )}
          <Button onClick={onClose}>Cancel</Button>
        </>
      }
    >
      <form
        id={form}
        className={css.plan}
        onSubmit={(event) => {
          event.preventDefault();
          void unlock();
        }}
      >
        {refusal !== null && <RefusalNote refusal={refusal} />}
        <section>
          <h3 className={css.label}>What is at stake</h3>
          <p className={css.words}>
            {container?.protection === 'database'
              ? `Its data. While ${name} is down, everything that uses it fails, and a ${noun} at the wrong moment can mean a long recovery. It is given time to write out what it holds.`
              : `${name} was marked as one that must not go down by mistake.`}
          </p>
        </section>
        <section>
          <h3 className={css.label}>What it allows</h3>
          <ul className={css.affects}>
            <li>
              One {noun} of {name}, within 5 minutes. Nothing else.
            </li>
            <li>Its plan comes next, for you to confirm.</li>
            <li>Unused, it locks by itself; you can lock it again at any time.</li>
            <li>The journal keeps it, with your reason.</li>
          </ul>
        </section>
        <section className={css.reason}>
          <TextField
            label="Reason, for the journal"
            data-autofocus
            required
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
