import { Modal } from '@mantine/core';
import css from './dialog.module.css';
import { LayerFrame } from './layer.tsx';

interface DialogProps {
  /** Named for screen readers where `title` is left out. */
  readonly label?: string;
  readonly title?: React.ReactNode;
  readonly onClose: () => void;
  readonly footer?: React.ReactNode;
  /** `top`: a list to choose from, under the upper edge; `middle`: a question. */
  readonly place?: 'middle' | 'top';
  readonly children: React.ReactNode;
}

/** A small window in the middle of the page, which keeps the focus and gives it back. */
export function Dialog({ label, title, onClose, footer, place = 'middle', children }: DialogProps) {
  return (
    <LayerFrame css={css} label={label} place={place} onClose={onClose}>
      {title !== undefined && <Modal.Title className={css.title}>{title}</Modal.Title>}
      <div className={title === undefined ? css.bare : css.body}>{children}</div>
      {footer !== undefined && <div className={css.foot}>{footer}</div>}
    </LayerFrame>
  );
}
