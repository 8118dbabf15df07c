import { IconX } from '@tabler/icons-react';
import { Button } from '../../ui/button.tsx';
import type { Mark } from '../../ui/verdict-shape.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './notice.module.css';

interface NoticeProps {
  /** Left out where it is no verdict. */
  readonly mark?: Mark | undefined;
  readonly title: string;
  readonly actions?: React.ReactNode;
  readonly onClose?: () => void;
  readonly children?: React.ReactNode;
}

/** Something to be read, in a box of its own: a sentence, what is known of it, and what to do. */
export function Notice({ mark, title, actions, onClose, children }: NoticeProps) {
  return (
    <div className={css.notice}>
      {mark !== undefined && <VerdictShape mark={mark} size={16} />}
      <div className={css.body}>
        <p className={css.title}>{title}</p>
        {children}
      </div>
      {actions !== undefined && actions !== false && <div className={css.actions}>{actions}</div>}
      {onClose !== undefined && (
        <Button look="quiet" size="small" aria-label="Close" onClick={onClose}>
          <IconX size={14} stroke={1.75} aria-hidden="true" />
        </Button>
      )}
    </div>
  );
}
