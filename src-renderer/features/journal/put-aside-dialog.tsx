import { useEffect } from 'react';
import { formatCount } from '../../lib/format.ts';
import { useClient, useFleet } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import css from './put-aside-dialog.module.css';

interface PutAsideDialogProps {
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Says what putting a broken journal aside does, before it is done. */
export function PutAsideDialog({ onConfirm, onClose }: PutAsideDialogProps) {
  const records = useFleet((state) => state.journal?.records ?? 0);
  const client = useClient();
  useFocusGivenBack();
  return (
    <Dialog
      title="Put this journal aside?"
      onClose={onClose}
      footer={
        <>
          <Button
            look="primary"
            disabled={client === null}
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            Put it aside
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </>
      }
    >
      <ul className={css.list}>
        <li>
          Its folder is renamed and kept as it is
          {records > 0 && `, with ${formatCount(records, 'record')} that could be read`}. Nothing in it is changed or
          deleted.
        </li>
        <li>A new journal begins. Its first record says where the old one is, and how far it went.</li>
        <li>From then on hosts can be changed again. This page shows the new journal only.</li>
        <li>What damaged the old one is still to be found out: keep it, and a copy elsewhere.</li>
      </ul>
    </Dialog>
  );
}

/** The dialog keeps the focus while it is open; what opened it has it before and after. */
function useFocusGivenBack(): void {
  useEffect(() => {
    const opener = document.activeElement;
    return () => {
      requestAnimationFrame(() => {
        if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
      });
    };
  }, []);
}
