import { useState } from 'react';
import type { ActionRequest } from '#contract/actions.ts';
import { callProblem } from '../../client/call-problem.ts';
import { useClient, useHost, useUi } from '../../store/hooks.ts';
import type { Sheet } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import css from './actions.module.css';
import { type Refusal, refusalOf } from './refusal.ts';
import { RefusalNote } from './refusal-note.tsx';

interface AllowChangesDialogProps {
  readonly hostId: string;
  /** What was asked for when it could not be done: its plan comes next. */
  readonly wanted: ActionRequest | null;
  readonly onClose: () => void;
  /** Takes the place of this dialog. */
  readonly onSwap: (next: Sheet) => void;
}

/** Asks once for each host, what nobody should be able to say yes to by accident: the focus is on Cancel. */
export function AllowChangesDialog({ hostId, wanted, onClose, onSwap }: AllowChangesDialogProps) {
  const client = useClient();
  const host = useHost(hostId);
  const go = useUi((state) => state.go);
  const say = useUi((state) => state.say);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const label = host?.label ?? 'this host';
  const allow = async () => {
    if (client === null) return;
    setBusy(true);
    setRefusal(null);
    try {
      await client.hosts.setMode({ id: hostId, mode: 'operate' });
      if (wanted !== null) return onSwap({ kind: 'plan', request: wanted });
      say(`Changes are allowed on ${label}.`);
      onClose();
    } catch (error) {
      setRefusal(refusalOf(callProblem(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={`Allow changes on ${label}?`}
      onClose={onClose}
      footer={
        <>
          {refusal?.remedy === 'journal' ? (
            <Button look="primary" onClick={() => go('journal')}>
              Open the journal
            </Button>
          ) : (
            <Button look="primary" busy={busy} disabled={client === null} onClick={() => void allow()}>
              Allow changes on {label}
            </Button>
          )}
          <Button data-autofocus onClick={onClose}>
            Cancel
          </Button>
        </>
      }
    >
      <div className={css.allow}>
        {refusal !== null && <RefusalNote refusal={refusal} />}
        <p>Binnacle only reads there now. Allow changes, and it can start, stop and restart containers.</p>
        <ul className={css.affects}>
          <li>You see the plan of every change first, and confirm it.</li>
          <li>Databases, and what you protect, stay locked until you unlock one for a single action.</li>
          <li>The journal records all of it, this too.</li>
        </ul>
        <p className={css.quiet}>“Observe only” takes it back at any time, in Settings or on the host.</p>
      </div>
    </Dialog>
  );
}
