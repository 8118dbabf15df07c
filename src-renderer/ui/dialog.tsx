import { Modal } from '@mantine/core';
import css from './dialog.module.css';
import { useLayer } from './layer.tsx';

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
  const { frame, content } = useLayer();
  return (
    <Modal.Root
      opened
      {...frame}
      unstyled
      onClose={onClose}
      lockScroll={false}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      classNames={{ root: css.root, inner: css.inner, content: css.content }}
      data-place={place}
    >
      <Modal.Overlay unstyled className={css.veil} />
      <Modal.Content {...content} {...(label === undefined ? {} : { 'aria-label': label })}>
        {title !== undefined && <Modal.Title className={css.title}>{title}</Modal.Title>}
        <div className={title === undefined ? css.bare : css.body}>{children}</div>
        {footer !== undefined && <div className={css.foot}>{footer}</div>}
      </Modal.Content>
    </Modal.Root>
  );
}
